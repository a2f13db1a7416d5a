"""For `generated.py`: small models, and right arguments that annotations cannot tell"""

import functools
from pathlib import Path

import torch
from torch import nn

from genmodels import (
    bert,
    checkpoints,
    complexity,
    data,
    dcgan,
    diffusion,
    gan,
    language_model,
    link,
    metrics,
    pretrained,
    recurrent,
    scarcity,
    training,
    transformer,
    vae,
    vision_transformer,
)
from genmodels import (
    ledger as records,
)
from genmodels.models import Model

TEXTS = ["the cat sat on the mat", "a dog ran", "ein Hund", "two cats and one dog"]


class Small(Model):
    "A model of a reader's own"

    def __init__(self, width: int = 3):
        super().__init__()
        self.layer = nn.Linear(width, 2)

    def forward(self, x):
        return self.layer(x)


def of_text(cls, vocab_size=60, **options):
    return cls(
        vocab_size, d_model=8, num_heads=2, num_layers=2, d_ff=8, max_length=16, **options
    )


MODELS = {
    "Model": Small,
    "Module": Small,
    "VAE": lambda: vae.VAE((1, 4, 4), 2, (8,)),
    "GAN": lambda: gan.GAN((1, 4, 4), 4, (8,)),
    "DCGAN": lambda: dcgan.DCGAN((1, 8, 8), 4, (8, 8)),
    "AugmentedDCGAN": lambda: scarcity.AugmentedDCGAN((1, 8, 8), 4, (8, 8)),
    "M2": lambda: scarcity.M2((1, 8, 8), 3, 2, (8,)),
    "Classifier": lambda: metrics.Classifier((1, 8, 8), 3, 4),
    "RecurrentLM": lambda: recurrent.RecurrentLM(60, 8, 8, 1),
    "RecurrentTranslator": lambda: recurrent.RecurrentTranslator(60, 8, 8),
    "Transformer": lambda: of_text(transformer.Transformer),
    "LanguageModel": lambda: of_text(language_model.LanguageModel),
    "LinearLanguageModel": lambda: of_text(link.LinearLanguageModel),
    "VisionTransformer": lambda: vision_transformer.VisionTransformer(
        (1, 4, 4), 2, 3, 8, 2, 1, 8
    ),
    "BERT": lambda: of_text(bert.BERT),
    "Denoiser": lambda: diffusion.UNet((1, 4, 4), 3, (8,), 2),
    "UNet": lambda: diffusion.UNet((1, 4, 4), 3, (8,), 2),
    "DiT": lambda: diffusion.DiT((1, 4, 4), 3, 2, 8, 2, 1),
    "PointDenoiser": lambda: diffusion.PointDenoiser((2,), 3, (8,)),
    "JEM": lambda: link.JEM(2, 3, (8,), 20),
}


def noise(r):
    return torch.Generator().manual_seed(r.randint(0, 999))


def images(r, side=4, count=3):
    return torch.rand(count, 1, side, side, generator=noise(r))


def points(r, count=30, width=2):
    return torch.randn(count, width, generator=noise(r))


def kinds(r, count=3, classes=3):
    return torch.randint(classes, (count,), generator=noise(r))


def ids(r, count=2, length=4):
    return torch.randint(5, 30, (count, length), generator=noise(r))


def pairs(r):
    return dict(source=ids(r), lengths=torch.tensor([4, 2]), target=ids(r, 2, 3))


def sources(r):
    return dict(source=ids(r), lengths=torch.tensor([4, 2]))


def begun(start):
    return dict(tokens=start[1], state=start[0])


def told(r):
    return dict(model=spelling(language_model.LanguageModel), tokenizer=tokenizer())


def spelling(cls):
    return of_text(cls, tokenizer().get_vocab_size())


def small_loss(model, batch, step):
    return model(batch).square().sum(1)


def numbers(r):
    return list(torch.randn(6, 3, generator=noise(r)))


def heads(r, width=4):
    return torch.randn(2, 2, 3, width, generator=noise(r))


def forecasts(r):
    return dict(
        probabilities=torch.rand(6, 3, generator=noise(r)).softmax(1),
        labels=kinds(r, 6),
    )


def clouds(r):
    return dict(x=points(r), y=points(r))


@functools.cache
def tokenizer(kind="bpe"):
    return data.train_tokenizer(TEXTS * 3, 60, kind)


def folder(r):
    return Path("saved")


def rows(r):
    return bert.encode(tokenizer("wordpiece"), TEXTS, 8)


def by_table(tokens, state):
    "A language model of five tokens: the scores of the next depend on the last alone"
    return torch.arange(25.0).view(5, 5)[tokens].cos(), state


def cell_of(gates):
    "Right arguments of a recurrent cell"

    def make(r):
        states = (torch.zeros(2, 3),) * (2 if gates == 4 else 1)
        weights = dict(
            w_ih=torch.randn(3 * gates, 4),
            w_hh=torch.randn(3 * gates, 3),
            b_ih=torch.zeros(3 * gates),
            b_hh=torch.zeros(3 * gates),
        )
        return dict(x=torch.randn(2, 4, generator=noise(r)), state=states) | weights

    return make


def attention_input(r):
    return dict(x=torch.randn(2, 3, 8, generator=noise(r)))


def masked(r):
    return dict(
        q=heads(r),
        k=heads(r),
        v=heads(r),
        mask=torch.rand(3, 3, generator=noise(r)) < 0.7,
    )


def with_words(r):
    return dict(tokenizer=tokenizer("wordpiece"), texts=TEXTS, max_length=8)


def from_start(r):
    return dict(step=by_table, state=None, start=torch.tensor([1, 2]))


def seen(name):
    return lambda r: dict(model=MODELS[name](), x=images(r, 4 if name == "VAE" else 8))


def times(r, count=3):
    "Times that are neither 0 nor 1"
    return 0.1 + 0.8 * torch.rand(count, generator=noise(r))


def noisy(r):
    "Images and their times"
    return dict(x=images(r), t=times(r))


def flow(x, t, y=None):
    "Velocities of points or images"
    return x * t.view(-1, *[1] * (x.dim() - 1))


def labelled(r):
    return dict(model=MODELS["M2"](), x=images(r, 8), y=kinds(r))


def read(cls):
    return lambda r: dict(source=saved(MODELS[cls]()))


def row(r):
    return records.new_row(**new_row(r))


def new_row(r):
    run = dict(seed=0, value=0.5, cpu_minutes=1.0, peak_memory_mb=100.0)
    return dict(
        recipe="mine",
        chapter="21_vae",
        command="genmodels train mine",
        data=dict(name="digits", hash="00"),
        metric="loss",
        unit="nats",
        better="lower",
        runs=[run, run | dict(seed=1, value=0.6)],
        settings=dict(lr="0.001"),
    )


EXAMPLES = {
    "attention.scaled_dot_product": masked,
    "attention.attend": masked,
    "attention.MultiHeadAttention": lambda r: dict(d_model=8, num_heads=2),
    "attention.length_mask": lambda r: dict(lengths=torch.tensor([1, 3])),
    "bert.BERT": lambda r: dict(
        vocab_size=20, d_model=8, num_heads=2, num_layers=1, d_ff=8, max_length=8, type_vocab_size=2
    ),
    "bert.BERT.forward": lambda r: dict(
        tokens=ids(r), document_ids=torch.tensor([[0, 0, 0, -1], [0, 0, 1, 1]])
    ),
    "bert.BERT.features": lambda r: dict(
        tokens=ids(r), document_ids=torch.tensor([[0, 0, 0, -1], [0, 0, 1, 1]])
    ),
    "bert.BERT.pool": lambda r: dict(h=points(r, 8, 8).view(2, 4, 8)),
    "bert.BERT.with_task": lambda r: dict(task="fill-mask"),
    "masking.VocabMasks": lambda r: bert.vocab_masks(tokenizer("wordpiece"))._asdict(),
    "masking.vocab_masks": lambda r: dict(tokenizer=tokenizer("wordpiece")),
    "masking.mask_tokens": lambda r: dict(
        tokens=ids(r), vocab_masks=bert.vocab_masks(tokenizer("wordpiece")), mlm_probability=0.3
    ),
    "masking.encode": with_words,
    "masking.chunks": with_words,
    "masking.next_sentence_pairs": lambda r: dict(
        tokenizer=tokenizer("wordpiece"), documents=[TEXTS[:2], TEXTS[2:]], max_length=8
    ),
    "masking.pad_rows": lambda r: dict(examples=rows(r)),
    "masking.pack_rows": lambda r: dict(examples=rows(r), max_length=16),
    "bert.pretraining_loss": lambda r: dict(
        model=MODELS["BERT"](),
        batch=bert.pad_rows(rows(r)),
        vocab_masks=bert.vocab_masks(tokenizer("wordpiece")),
        mlm_probability=0.5,
    ),
    "bert.task_loss": lambda r: dict(
        model=of_text(bert.BERT, task="text-classification", class_names=("a", "b")),
        batch=bert.pad_rows([row | {"label": 1} for row in rows(r)]),
    ),
    "bert.adamw": lambda r: dict(named_parameters=list(Small().named_parameters())),
    "pretrained.from_transformers": lambda r: dict(source=as_transformers()),
    "pretrained.to_transformers": lambda r: dict(
        model=MODELS["BERT"](), tokenizer=tokenizer("wordpiece"), folder=folder(r)
    ),
    "pretrained.mean_pool": lambda r: dict(
        h=points(r, 8, 8).view(2, 4, 8),
        document_ids=torch.tensor([[0, 0, 0, -1], [0, 0, 0, 0]]),
    ),
    "pretrained.sentence_embeddings": lambda r: dict(
        model=MODELS["BERT"](), tokenizer=tokenizer("wordpiece"), texts=TEXTS
    ),
    "bert.fill_mask": lambda r: dict(
        model=MODELS["BERT"](), tokenizer=tokenizer("wordpiece"), text="the [MASK] sat"
    ),
    "bert.classify": lambda r: dict(
        model=of_text(bert.BERT, task="text-classification", class_names=("a", "b")),
        tokenizer=tokenizer("wordpiece"),
        texts=TEXTS,
    ),
    "bert.step_flops": lambda r: dict(
        model=MODELS["BERT"](), batch_size=2, length=8, num_masked=2
    ),
    "complexity.distillation_loss": lambda r: dict(
        logits=points(r, 3, 4), teacher_logits=points(r, 3, 4), labels=kinds(r, 3, 4)
    ),
    "complexity.every_other_layer": lambda r: dict(teacher=MODELS["BERT"]()),
    "complexity.save_int8": lambda r: dict(model=Small(), folder=folder(r)),
    "complexity.load_int8": lambda r: dict(cls=Small, folder=in_int8()),
    "complexity.merge_lora": lambda r: dict(
        model=complexity.add_lora(
            MODELS["BERT"](), 2, 4.0, target="encoder", modules_to_save="head"
        )
    ),
    "complexity.LoRALinear": lambda r: dict(base=nn.Linear(4, 3), rank=2, alpha=4.0),
    "complexity.add_lora": lambda r: dict(
        model=MODELS["BERT"](), rank=2, alpha=4.0, target="encoder", modules_to_save="head"
    ),
    "compute.paired_speedup": lambda r: dict(
        baseline=lambda: sum(range(99)), candidate=lambda: None
    ),
    "compute.saved_activation_bytes": lambda r: dict(
        forward=lambda: torch.ones(3, requires_grad=True).exp().sum()
    ),
    "pictures.Columns": lambda r: dict(tensors=dict(image=images(r), label=kinds(r))),
    "embedded.near_duplicates": lambda r: dict(texts=TEXTS),
    "pictures.displayed": lambda r: dict(image=DIGITS["test"][0]["image"], frame=0),
    "pictures.image_columns": lambda r: dict(split=DIGITS["test"].select(range(5))),
    "tokenization.train_tokenizer": lambda r: dict(texts=TEXTS, vocab_size=60),
    "tokenization.bucket_batches": lambda r: dict(
        lengths=[3, 1, 2, 4], tokens=8, generator=noise(r)
    ),
    "tokenization.pad": lambda r: dict(sequences=[[1, 2, 3], [4]]),
    "data.fingerprint": lambda r: dict(dataset=DIGITS["test"].select(range(5))),
    "dcgan.DCGAN": lambda r: dict(shape=(1, 8, 8), latent_dim=4, hidden_dims=(8, 8)),
    "dcgan.DCGAN.discriminate": lambda r: dict(x=images(r, 8)),
    "dcgan.slerp": lambda r: dict(
        start=torch.tensor([1.0, 0.2]),
        end=torch.tensor([-0.3, r.uniform(0.5, 2)]),
        num_steps=r.randint(1, 5),
    ),
    "dcgan.features": lambda r: dict(model=MODELS["DCGAN"](), x=images(r, 8)),
    "decoding.reorder_state": lambda r: dict(
        state=(points(r, 3), {"a": points(r, 3)}), indices=torch.tensor([0, 2])
    ),
    "decoding.sequence_log_prob": (
        lambda r: from_start(r) | dict(tokens=kinds(r, 8, 5).view(2, 4))
    ),
    "decoding.greedy": lambda r: from_start(r) | dict(max_new_tokens=3),
    "decoding.beam_search": lambda r: from_start(r) | dict(max_new_tokens=3, eos_id=0),
    "decoding.sample": lambda r: from_start(r) | dict(max_new_tokens=3),
    "decoding.stream": lambda r: from_start(r) | dict(max_new_tokens=3),
    "generation.generate": (
        lambda r: told(r) | dict(prompts=TEXTS[:2], max_new_tokens=3)
    ),
    "generation.stream_text": (
        lambda r: told(r) | dict(prompt=TEXTS[0], max_new_tokens=3)
    ),
    "losses.token_cross_entropy": lambda r: dict(
        h=torch.randn(2, 3, 5, generator=noise(r)), target=kinds(r, 6, 5).view(2, 3)
    ),
    "decoding.keep_top_k": lambda r: dict(logits=points(r, 2, 5), k=2),
    "decoding.keep_top_p": lambda r: dict(logits=points(r, 2, 5), p=0.7),
    "diffusion.add_noise": lambda r: noisy(r) | dict(noise=images(r)),
    "diffusion.convert": lambda r: (
        noisy(r)
        | dict(
            prediction=images(r),
            kind=r.choice(diffusion.PREDICTIONS),
            to=r.choice(diffusion.PREDICTIONS),
        )
    ),
    "diffusion.flow_matching": lambda r: dict(model=MODELS["UNet"](), x=images(r)),
    "diffusion.trajectory": lambda r: dict(velocity=flow, x=points(r, 3)),
    "diffusion.Denoiser.velocity": lambda r: noisy(r) | dict(y=kinds(r)),
    "diffusion.Denoiser.denoise": lambda r: dict(
        noise=images(r), y=kinds(r), num_steps=2
    ),
    "diffusion.UNet": lambda r: dict(
        shape=(1, 4, 4), num_classes=3, hidden_dims=(8,), patch_size=2
    ),
    "diffusion.UNet.forward": lambda r: noisy(r) | dict(y=kinds(r)),
    "diffusion.DiT": lambda r: dict(
        shape=(1, 4, 4), num_classes=3, patch_size=2, d_model=8, num_heads=2, num_layers=1
    ),
    "diffusion.DiT.forward": lambda r: noisy(r) | dict(y=kinds(r)),
    "diffusion.PointDenoiser": lambda r: dict(shape=(2,), num_classes=3, hidden_dims=(8,)),
    "diffusion.PointDenoiser.forward": lambda r: dict(
        x=points(r, 3), t=times(r), y=kinds(r)
    ),
    "diffusion.inpaint": lambda r: dict(
        model=MODELS["UNet"](), x=images(r), known=images(r) < 0.5, num_steps=2
    ),
    "diffusion.variational_bound": lambda r: dict(
        model=MODELS["UNet"](),
        x=images(r),
        decoder=lambda z, log_snr: lambda x: -(x - z).square(),
    ),
    "diffusion.shade_decoder": lambda r: dict(counts=torch.arange(256.0)),
    "diffusion.ode_log_likelihood": lambda r: dict(
        velocity=flow, x=points(r, 3), num_steps=2
    ),
    "diffusion.chord_matching": lambda r: dict(
        model=MODELS["UNet"](),
        start=images(r),
        end=images(r),
        t=times(r) / 2 + 0.5,
        s=times(r) / 2,
    ),
    "gan.GAN": lambda r: dict(shape=(1, 4, 4), latent_dim=4, hidden_dims=(8,)),
    "gan.GAN.generate": lambda r: dict(z=points(r, 3, 4)),
    "gan.GAN.forward": lambda r: dict(z=points(r, 3, 4)),
    "gan.GAN.discriminate": lambda r: dict(x=images(r)),
    "gan.gradient_penalty": lambda r: dict(
        discriminator=lambda x: x.flatten(1).sum(1), real=images(r), fake=images(r)
    ),
    "gan.r1": lambda r: dict(
        discriminator=lambda x: x.flatten(1).square().sum(1), real=images(r)
    ),
    "gan.gan_step": lambda r: dict(model=MODELS["GAN"](), x=images(r)),
    "interpretability.saliency": lambda r: dict(
        score=lambda x: x.square().sum(1), x=points(r, 3)
    ),
    "interpretability.integrated_gradients": lambda r: dict(
        score=lambda x: x.square().sum(1), x=points(r, 3), baseline=torch.zeros(2)
    ),
    "interpretability.randomised": lambda r: dict(model=Small(), modules=["layer"]),
    "interpretability.rollout": lambda r: dict(
        attentions=[torch.rand(2, 2, 3, 3, generator=noise(r)).softmax(-1)] * 2
    ),
    "interpretability.control_labels": lambda r: dict(words=kinds(r, 9, 4), num_classes=3),
    "interpretability.latent_traversal": lambda r: dict(
        model=MODELS["VAE"](), z=torch.zeros(2), values=torch.tensor([-1.0, 0.0, 1.0])
    ),
    "interpretability.mutual_information": lambda r: dict(a=kinds(r, 9), b=kinds(r, 9)),
    "interpretability.normalized_mutual_information": lambda r: dict(
        codes=points(r), factors=torch.stack([kinds(r, 30), kinds(r, 30)], 1)
    ),
    "interpretability.mig": lambda r: dict(
        codes=points(r), factors=torch.stack([kinds(r, 30), kinds(r, 30)], 1)
    ),
    "link.linear_attention_step": lambda r: dict(
        q=heads(r)[:, :, 0],
        k=heads(r)[:, :, 0],
        v=heads(r)[:, :, 0],
        state=(torch.rand(2, 2, 4, 4), torch.rand(2, 2, 4)),
    ),
    "link.LinearMultiHeadAttention": lambda r: dict(d_model=8, num_heads=2),
    "link.LinearLanguageModel": lambda r: dict(
        vocab_size=20, d_model=8, num_heads=2, num_layers=1, d_ff=8
    ),
    "link.log_joint": lambda r: dict(
        model=vae.VAE((1, 4, 4), 2, (8,), num_classes=3),
        x=images(r),
        class_prior=torch.tensor([0.2, 0.3, 0.5]),
        samples=2,
    ),
    "link.langevin": lambda r: dict(
        energy=lambda x: x.square().sum(1), x=points(r, 3), num_steps=2, step_size=0.1
    ),
    "link.JEM": lambda r: dict(inputs=2, num_classes=3, hidden_dims=(8,), buffer_size=20),
    "link.JEM.forward": lambda r: dict(x=points(r, 3)),
    "link.JEM.energy": lambda r: dict(x=points(r, 3)),
    "link.jem_loss": lambda r: dict(model=MODELS["JEM"](), x=points(r, 3), y=kinds(r)),
    "metrics.mean_interval": lambda r: dict(values=[1.0, 2.0, 4.0]),
    "metrics.paired": lambda r: dict(a=[1.0, 2.0, 4.0], b=[0.5, 2.0, 3.0]),
    "metrics.proportion_interval": lambda r: dict(successes=2, trials=5),
    "metrics.quartiles": lambda r: dict(ratios=[1.0, 2.0, 4.0, 3.0]),
    "metrics.nll": forecasts,
    "metrics.brier": forecasts,
    "metrics.reliability": forecasts,
    "metrics.calibration_error": forecasts,
    "metrics.plot_reliability": lambda r: dict(
        table=metrics.reliability(**forecasts(r))
    ),
    "metrics.Classifier": lambda r: dict(shape=(1, 8, 8), classes=3, width=4),
    "metrics.Classifier.forward": lambda r: dict(x=images(r, 8)),
    "metrics.Classifier.features": lambda r: dict(x=images(r, 8)),
    "metrics.load_classifier": lambda r: dict(name="digits"),
    "metrics.embed": lambda r: dict(images=images(r), features=lambda x: x.flatten(1)),
    "metrics.frechet_distance": clouds,
    "metrics.kernel_distance": clouds,
    "metrics.nearest": lambda r: dict(x=points(r), among=points(r)),
    "metrics.precision_recall": lambda r: dict(real=points(r), fake=points(r)),
    "metrics.density_coverage": lambda r: dict(real=points(r), fake=points(r)),
    "ledger.new_row": new_row,
    "ledger.write_row": lambda r: dict(row=row(r), folder=folder(r)),
    "ledger.read_row": lambda r: dict(name="mine", folder=ledger(r)),
    "ledger.read_rows": lambda r: dict(folder=ledger(r)),
    "ledger.ledger_table": lambda r: dict(rows=[row(r)]),
    "record.ledger_html": lambda r: dict(rows=[row(r)]),
    "ledger.prior_cost": lambda r: dict(names=["mine"], folder=ledger(r)),
    "ledger.row_difference": lambda r: dict(a=row(r), b=row(r)),
    "models.atomic_write": lambda r: dict(
        path=Path("page"), write=lambda path: path.write_text("new")
    ),
    "models.load_packaged": lambda r: dict(
        cls=dcgan.DCGAN, name="dcgan-mnist", sha256=dcgan._WEIGHTS
    ),
    "models.Model.save_pretrained": lambda r: dict(folder=folder(r)),
    "checks.check_texts": lambda r: dict(texts=TEXTS),
    "checks.checked": lambda r: dict(f=forecasts),
    "checks.check_input": lambda r: dict(
        x=images(r), shape=(1, 4, 4), low=0.0, high=1.0, name="x"
    ),
    "checks.check_tokens": lambda r: dict(tokens=ids(r), vocab_size=30),
    "layers.append_one_hot": lambda r: dict(h=points(r, 3, 4), y=kinds(r), num_classes=3),
    "recurrent.rnn_cell": cell_of(1),
    "recurrent.lstm_cell": cell_of(4),
    "recurrent.gru_cell": cell_of(3),
    "recurrent.unroll": lambda r: dict(
        cell=recurrent.rnn_cell,
        x=torch.randn(2, 3, 4),
        state=(torch.zeros(2, 3),),
        weights=[torch.ones(3, 4), torch.ones(3, 3), torch.ones(3), torch.ones(3)],
    ),
    "recurrent.zero_state": lambda r: dict(layer=nn.GRU(4, 3, batch_first=True), batch=2),
    "recurrent.rnn_by_hand": lambda r: dict(
        layer=nn.LSTM(4, 3, batch_first=True),
        x=torch.randn(2, 3, 4),
        lengths=torch.tensor([3, 1]),
    ),
    "recurrent.run_rnn": lambda r: dict(
        layer=nn.LSTM(4, 3, batch_first=True),
        x=torch.randn(2, 3, 4),
        lengths=torch.tensor([3, 1]),
    ),
    "recurrent.chrono_init_": lambda r: dict(layer=nn.LSTM(4, 3), steps=10.0),
    "recurrent.RecurrentLM": lambda r: dict(
        vocab_size=20, embedding_dim=8, hidden_size=8, num_layers=1
    ),
    "recurrent.RecurrentLM.init_state": lambda r: dict(prompts=ids(r)),
    "recurrent.RecurrentLM.step": lambda r: begun(
        MODELS["RecurrentLM"]().init_state(ids(r))
    ),
    "recurrent.RecurrentLM.forward": lambda r: dict(tokens=ids(r)),
    "recurrent.RecurrentTranslator": lambda r: dict(vocab_size=20, embedding_dim=8, hidden_size=8),
    "recurrent.RecurrentTranslator.init_state": sources,
    "recurrent.RecurrentTranslator.step": lambda r: dict(
        tokens=ids(r)[:, 0],
        state=MODELS["RecurrentTranslator"]().init_state(*sources(r).values()),
    ),
    "recurrent.RecurrentTranslator.features": pairs,
    "recurrent.RecurrentTranslator.forward": pairs,
    "recurrent.RecurrentTranslator.attention": pairs,
    "scarcity.predictive_entropy": lambda r: dict(p=forecasts(r)["probabilities"]),
    "scarcity.margin": lambda r: dict(p=forecasts(r)["probabilities"]),
    "scarcity.M2": lambda r: dict(shape=(1, 8, 8), num_classes=3, latent_dim=2, hidden_dims=(8,)),
    "scarcity.M2.forward": lambda r: dict(x=images(r, 8)),
    "scarcity.M2.sample": lambda r: dict(y=kinds(r)),
    "scarcity.m2_labelled": labelled,
    "scarcity.m2_unlabelled": seen("M2"),
    "scarcity.m2": lambda r: labelled(r) | dict(unlabelled=images(r, 8), label_ratio=0.5),
    "scarcity.AugmentedDCGAN": lambda r: dict(
        shape=(1, 8, 8), latent_dim=4, hidden_dims=(8, 8)
    ),
    "scarcity.AugmentedDCGAN.discriminate": lambda r: dict(x=images(r, 8)),
    "batches.random_batches": lambda r: dict(
        num_examples=r.randint(2, 9), batch_size=2, generator=noise(r)
    ),
    "batches.BatchStream": lambda r: dict(train=numbers(r), batch_size=2),
    "checkpoints.checkpoints": lambda r: dict(out=trained(r).parent),
    "checkpoints.load_weights": lambda r: dict(model=Small(), checkpoint=trained(r)),
    "training.read_log": lambda r: dict(run=trained(r).parent),
    "training.evaluate_loss": lambda r: dict(
        model=Small(), loss=small_loss, data=numbers(r), batch_size=2
    ),
    "training.fit": lambda r: dict(
        model=Small(),
        loss=small_loss,
        train=numbers(r),
        steps=2,
        batch_size=2,
        progress=False,
    ),
    "layers.sinusoids": lambda r: dict(length=5, d_model=4),
    "layers.rotary": lambda r: dict(x=heads(r)),
    "layers.Embedding": lambda r: dict(vocab_size=20, d_model=8, max_length=9),
    "transformer.TransformerLayer": lambda r: dict(d_model=8, num_heads=2, d_ff=8),
    "transformer.TransformerStack": lambda r: dict(num_layers=1, d_model=8, num_heads=2, d_ff=8),
    "transformer.Transformer": lambda r: dict(
        vocab_size=20, d_model=8, num_heads=2, num_layers=1, d_ff=8, max_length=9
    ),
    "transformer.Transformer.encode": sources,
    "transformer.Transformer.features": pairs,
    "transformer.Transformer.forward": pairs,
    "transformer.Transformer.init_state": sources,
    "transformer.translation_loss": lambda r: dict(
        model=MODELS["Transformer"](), batch=pairs(r)
    ),
    "transformer.encode_pairs": lambda r: dict(
        tokenizer=tokenizer(), sources=TEXTS[:2], targets=TEXTS[2:]
    ),
    "transformer.collate_pairs": lambda r: dict(
        examples=[([5, 6], [2, 5, 3]), ([7], [2, 6, 7, 3])]
    ),
    "tokenization.save_with_tokenizer": lambda r: dict(
        model=Small(), tokenizer=tokenizer(), folder=folder(r)
    ),
    "tokenization.load_with_tokenizer": lambda r: dict(
        cls=Small, source=with_tokenizer(r)
    ),
    "tokenization.load_tokenizer": lambda r: dict(source=with_tokenizer(r)),
    "transformer.attention_maps": lambda r: dict(
        model=MODELS["LanguageModel"](), inputs=(ids(r),)
    ),
    "transformer.translate": lambda r: dict(
        model=spelling(transformer.Transformer),
        tokenizer=tokenizer(),
        texts=TEXTS[:2],
        num_beams=2,
        max_new_tokens=3,
    ),
    "language_model.LanguageModel.init_state": lambda r: dict(prompts=ids(r)),
    "language_model.LanguageModel.step": lambda r: begun(
        MODELS["LanguageModel"]().init_state(ids(r))
    ),
    "link.LinearLanguageModel.init_state": lambda r: dict(prompts=ids(r)),
    "language_model.LanguageModel": lambda r: dict(
        vocab_size=20, d_model=8, num_heads=2, num_layers=1, d_ff=8
    ),
    "language_model.LanguageModel.features": lambda r: dict(tokens=ids(r)),
    "language_model.LanguageModel.forward": lambda r: dict(tokens=ids(r)),
    "vision_transformer.patchify": lambda r: dict(x=images(r), patch_size=2),
    "vision_transformer.VisionTransformer": lambda r: dict(
        shape=(1, 4, 4), patch_size=2, num_classes=3, d_model=8, num_heads=2, num_layers=1, d_ff=8
    ),
    "vision_transformer.VisionTransformer.forward": lambda r: dict(x=images(r)),
    "vae.bernoulli_log_prob": lambda r: dict(params=images(r), x=images(r)),
    "vae.gaussian_log_prob": lambda r: dict(
        params=torch.cat([images(r)] * 2, 1), x=images(r)
    ),
    "vae.logistic_log_prob": lambda r: dict(
        params=torch.cat([images(r)] * 2, 1), x=images(r)
    ),
    "vae.VAE": lambda r: dict(shape=(1, 4, 4), latent_dim=2, hidden_dims=(8,)),
    "vae.VAE.encode": lambda r: dict(x=images(r)),
    "vae.VAE.decode": lambda r: dict(z=points(r, 3)),
    "vae.VAE.log_prob": lambda r: dict(params=images(r), x=images(r)),
    "vae.VAE.likelihood_mean": lambda r: dict(params=images(r)),
    "vae.VAE.forward": lambda r: dict(x=images(r)),
    "vae.VAE.reconstruct": lambda r: dict(x=images(r)),
    "vae.log_weights": lambda r: seen("VAE")(r) | dict(samples=2),
    "vae.iwae": lambda r: seen("VAE")(r) | dict(samples=2),
    "vae.dreg": lambda r: seen("VAE")(r) | dict(samples=2),
    "vae.iwae_bound": lambda r: seen("VAE")(r) | dict(samples=2),
    "vae.interpolate": lambda r: dict(
        model=MODELS["VAE"](), a=images(r)[0], b=images(r)[1]
    ),
} | {
    f"vae.{name}": seen("VAE")
    for name in (
        "elbo",
        "encode_dataset",
        "kl_per_dimension",
        "active_units",
        "rate_distortion",
    )
}
# What changes an argument, as it documents
CHANGED = {
    "recurrent.chrono_init_",
    "training.fit",
    "checkpoints.load_weights",
    "link.jem_loss",
}
UNTRIED = {  # they have tests of their own
    "models.Model.push_to_hub",  # talks to the Hub
    "pretrained.load_minilm",  # reads a package that need not be installed
}
DIGITS = data.load_images("digits")


# Folders with what was saved, made in the working folder when they are asked for
def saved(model):
    "A folder with a saved model"
    model.save_pretrained("saved")
    return Path("saved")


def with_tokenizer(r):
    transformer.save_with_tokenizer(Small(), tokenizer(), "saved")
    return Path("saved")


def as_transformers():
    pretrained.to_transformers(MODELS["BERT"](), tokenizer("wordpiece"), "saved")
    return Path("saved")


def in_int8():
    complexity.save_int8(Small(), "saved")
    return Path("saved")


def ledger(r):
    records.write_row(row(r), "saved")
    return Path("saved")


def trained(r):
    training.fit(
        Small(),
        small_loss,
        numbers(r),
        steps=2,
        batch_size=2,
        progress=False,
        out="saved",
    )
    return checkpoints.checkpoints("saved")[-1]
