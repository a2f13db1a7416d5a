"""Train the small models that the package does not hold and figures of the site run: a
translator of number words, as chapter 32 trains it, a language model of the embedded
documentation, and VAEs of the digits, as chapter 21 trains them: one whose latent has two
dimensions, and one for each weight of the KL term. `python docs/play_train.py
translator|language-model|vae|vae-beta` writes the weights, and the tokenizer if there is
one, into docs/play/weights."""

import json
import sys
from functools import partial

import torch
from play_site import SOURCE, in_int8
from safetensors.torch import save_file
from torch import Tensor

from genmodels.bert import adamw
from genmodels.data import image_columns, load_images, load_pairs, load_text
from genmodels.demo import _fit_translator
from genmodels.image_recipes import _test_images
from genmodels.language_model import LanguageModel
from genmodels.losses import token_cross_entropy
from genmodels.models import _description
from genmodels.text_recipes import _read_pairs
from genmodels.tokenization import train_tokenizer
from genmodels.training import adam, evaluate_loss, fit, warmup_cosine
from genmodels.transformer import collate_pairs, encode_pairs, translation_loss
from genmodels.vae import VAE, binarize, elbo, kl_warmup, rate_distortion


def translator():
    "The translator of the chapter, its tokenizer, and nats a token on unseen numbers"
    tokenizer, rows = _read_pairs("numbers", 200)
    torch.manual_seed(0)
    model, _ = _fit_translator(tokenizer.get_vocab_size(), rows, steps=1500)
    unseen = load_pairs("numbers")["validation"]
    rows = encode_pairs(tokenizer, unseen["source"], unseen["target"])
    loss = partial(translation_loss, smoothing=0.0)
    return model, tokenizer, evaluate_loss(model, loss, rows, collate=collate_pairs)


def language_model(length=64):
    "A language model of the documentation, its tokenizer, and nats a token on held-out text"
    texts = load_text("pydocs")
    tokenizer = train_tokenizer(texts["train"]["text"], 1000, "byte-bpe")

    def rows(split):
        lines = (encoding.ids for encoding in tokenizer.encode_batch(texts[split]["text"]))
        end = tokenizer.token_to_id("[EOS]")
        stream = [token for ids in lines for token in (*ids, end)]
        count = len(stream) // (length + 1)
        return torch.tensor(stream[: count * (length + 1)]).view(count, length + 1)

    def loss(model: LanguageModel, tokens: Tensor, step: int) -> Tensor:
        h = model.features(tokens[:, :-1])
        return token_cross_entropy(h, tokens[:, 1:], model.lm_head, pad=-1)

    torch.manual_seed(0)
    size = tokenizer.get_vocab_size()
    model = LanguageModel(size, 96, 4, 2, 384, dropout=0.0, max_length=length)
    steps = 2000
    fit(
        model,
        loss,
        rows("train"),
        steps=steps,
        batch_size=24,
        collate=torch.stack,
        optimizer=partial(adamw, lr=3e-3, weight_decay=0.05),
        schedule=warmup_cosine(steps, 100),
        clip=1.0,
    )
    held_out = rows("validation")[:500]
    return model, tokenizer, evaluate_loss(model, loss, held_out, collate=torch.stack)


def write_with_tokenizer(train, path):
    "Train a model of texts and write it in half precision; nats a token on unseen rows"
    model, tokenizer, nats = train()
    half = {key: w.detach().half() for key, w in model.named_parameters()}
    save_file(half, path, {"config": json.dumps(_description(model))})
    tokenizer.save(str(path.with_suffix(".tokenizer.json")), pretty=False)
    return nats


def vae(latent_dim, hidden_dims, beta=1.0, steps=1500):
    "A VAE of the digits that was trained with this weight of the KL term"

    def loss(model, batch, step):
        x = binarize(batch["image"] / 255)
        return elbo(model, x, beta=beta * kl_warmup(step, 100))

    torch.manual_seed(0)
    model = VAE((1, 8, 8), latent_dim=latent_dim, hidden_dims=hidden_dims)
    fit(
        model,
        loss,
        image_columns(load_images("digits")["train"]),
        steps=steps,
        optimizer=partial(adam, lr=4e-3),
        schedule=warmup_cosine(steps, 50),
        progress=False,
    )
    return model


def write_vaes(latent_dim, hidden_dims, powers, path):
    """Train a VAE for each weight of the KL term, a power of two, and write their matrices
    and the test images in eight bits; rate and distortion of each, nats an image"""
    models = [vae(latent_dim, hidden_dims, 2.0**power) for power in powers]
    images = _test_images("digits")
    labels = image_columns(load_images("digits")["test"])[:]["label"]
    tensors = {"images": images.flatten(1), "labels": labels}
    tensors = {name: x.to(torch.int8) for name, x in tensors.items()}
    config = _description(models[0])
    if len(powers) > 1:
        config["powers"] = powers
    for number, model in enumerate(models):
        prefix = f"{number}." if "powers" in config else ""  # one is as any checkpoint
        tensors |= {prefix + name: w for name, w in in_int8(model).items()}
    save_file(tensors, path, {"config": json.dumps(config)})
    torch.manual_seed(0)
    return [rate_distortion(model, images) for model in models]


MODELS = {  # name → file, and what writes it and says how good it is
    "translator": ("translator-numbers", partial(write_with_tokenizer, translator)),
    "language-model": (
        "language-model-pydocs",
        partial(write_with_tokenizer, language_model),
    ),
    "vae": ("vae-digits", partial(write_vaes, 2, (128, 128), [0])),
    "vae-beta": (
        "vae-digits-beta",
        partial(write_vaes, 8, (64,), list(range(-4, 3))),
    ),
}


def main(name):
    file, write = MODELS[name]
    path = SOURCE / f"weights/{file}.safetensors"
    path.parent.mkdir(exist_ok=True)
    nats = write(path)
    print(f"{path.name}: {path.stat().st_size:,} bytes, {nats} on unseen rows")


if __name__ == "__main__":
    main(sys.argv[1])
