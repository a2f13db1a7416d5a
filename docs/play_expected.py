"""For each figure that moves a state, and how far its numbers are from PyTorch's and from
the package's own functions there."""

import json
import math
import re
from functools import partial
from unittest import mock

import torch
from play_site import SOURCE, bert_in_int8, classifier_in_int4, trained, trained_vaes
from play_tests import digest, drawn_flow, mixture_velocity, mulberry, normals, update
from torch import nn, tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from genmodels.attention import scaled_dot_product
from genmodels.bert import fill_mask
from genmodels.dcgan import DCGAN
from genmodels.decoding import beam_search, keep_min_p, keep_top_k, keep_top_p
from genmodels.gan import EIGHT_GAUSSIANS, GAN, cross_entropy, mode_shares, non_saturating
from genmodels.language_model import LanguageModel
from genmodels.layers import rotary, sinusoids
from genmodels.link import langevin
from genmodels.models import load_packaged
from genmodels.transformer import (
    Transformer,
    attention_maps,
    collate_pairs,
    encode_pairs,
    translate,
)
from genmodels.vae import kl_normal, rate_distortion


def far(found, wanted):
    "The largest difference of two lists of numbers"
    found = torch.as_tensor(found, dtype=torch.double).flatten()
    wanted = torch.as_tensor(wanted).detach().double().flatten()
    return (found - wanted).abs().max().item() if found.shape == wanted.shape else math.inf


def constant(figure, name):
    "A constant of a figure's script that is written as JSON"
    text = (SOURCE / f"figures/{figure}.js").read_text(encoding="utf-8")
    return json.loads(re.sub(r",(?=\s*[]}])", "", written(text, name)))


def written(text, name):
    "The right side of a constant"
    return re.search(rf"const {name} = (.*?);\n", text, re.S)[1]


def sampling(values):
    shares = tensor([*constant("decoding-sampling", "SHARES").values()]).double()
    scores = (shares.log() - shares.log().max()) / 0.7
    kept = keep_min_p(keep_top_p(keep_top_k(scores, 9), 0.85), 0.3)
    after = far(values["after"], kept.softmax(0))
    return max(after, far(values["before"], shares / shares.sum()))


def beam(values):
    table = [[0, 0, 0], [0.28, 0.4, 0.32], [0.9, 0.06, 0.04], [0.05, 0.55, 0.4]]
    logits = tensor(table).log()

    def step(tokens, state):
        return logits[tokens], state

    start, options = tensor([3]), dict(num_beams=2, alpha=0.6)
    best, score = beam_search(step, (), start, 3, 0, **options)
    tokens = best[0].tolist()
    tokens = tokens[: tokens.index(0) + 1 if 0 in tokens else None]
    return far(values["score"], score) if values["best"] == tokens else math.inf


def optimal(values):
    line = torch.linspace(-6, 6, 1201, dtype=torch.double)
    p_d, p_g = (Normal(m, s).log_prob(line).exp() for m, s in ((-1.0, 0.7), (1.2, 0.8)))
    m = (p_d + p_g) / 2
    integrand = torch.xlogy(p_d, p_d / m) + torch.xlogy(p_g, p_g / m)
    jsd = torch.trapezoid(integrand, line) / 2
    gaps = ((p_d - p_g).cumsum(0) * (line[1] - line[0])).abs()
    w1 = torch.trapezoid(gaps, line)
    best = [value if value is not None else math.nan for value in values["best"]]
    known = (p_d + p_g) > 1e-12
    best = far(tensor(best)[known], (p_d / (p_d + p_g))[known])
    return max(far([values["jsd"], values["w1"]], torch.stack([jsd, w1])), best)


def uniform(draws, w):
    "Fill a weight or a bias with the numbers that the runtime draws for it"
    n = w.shape[1] if w.dim() > 1 else uniform.inputs
    uniform.inputs = n
    numbers = tensor([next(draws) for _ in range(w.numel())], dtype=torch.double)
    w.data = ((2 * numbers - 1) / math.sqrt(n)).float().view_as(w)


def gan(values):
    "The figure's training, by gan_step and PyTorch's Adam"
    model, draws = GAN((2,), latent_dim=8, hidden_dims=(64, 64)), mulberry(1)
    for w in model.parameters():
        uniform(draws, w)
    kinds = dict(lr=6e-3, betas=(0.5, 0.99))
    players = dict(generator=model.generator, discriminator=model.discriminator)
    adam = {k: torch.optim.Adam(part.parameters(), **kinds) for k, part in players.items()}
    average = [w.detach().clone() for w in model.generator.parameters()]
    for step in range(2):
        real = torch.stack([example(draws) for _ in range(128)])
        z = normals(draws, 128 * 8).float().view(128, 8)
        with mock.patch.object(model, "noise", lambda n: z):
            update(model, real, adam, "non-saturating", 0.5)
        for mean, w in zip(average, model.generator.parameters()):
            mean.lerp_(w.detach(), 1 - (1 + step) / (10 + step))
    place = -2.8 + 5.6 * (torch.arange(28) + 0.5) / 28
    grid = torch.stack(torch.meshgrid(-place, place, indexing="ij"), -1).flip(-1)
    field = model.discriminate(grid.view(-1, 2)).sigmoid()
    for mean, w in zip(average, model.generator.parameters()):
        w.data = mean
    points = model.generate(normals(mulberry(2), 400 * 8).float().view(400, 8))
    return max(far(values["points"], points), far(values["field"], field))


def example(draws):
    "One example of the ring, as the figure draws it"
    angle = int(next(draws) * 8) * math.pi / 4
    noise = normals(draws, 2)
    return (tensor([2 * math.cos(angle), 2 * math.sin(angle)]) + 0.02 * noise).float()


def attention(values):
    n = len(values["words"])
    q, k, v = (tensor(values[key]).view(1, 1, n, -1) for key in "qkv")
    causal = torch.ones(n, n).tril().bool()
    y, weights = scaled_dot_product(q / 1.5, k, v, causal)
    return max(far(values["y"], y), far(values["weights"], weights))


def dcgan(values):
    model = load_packaged(DCGAN, "dcgan-mnist", digest("dcgan"))
    with torch.no_grad():
        image = model.generate(tensor(values["z"])[None], tensor([7]))
    return far(values["images"][:784], image)


def bert(values):
    model, tokenizer = bert_in_int8()
    wanted, worst = fill_mask(model, tokenizer, values["text"], 5), 0.0
    for found, right in zip(values["guesses"], wanted, strict=True):
        if [name for name, _ in found] != [name for name, _ in right]:
            return math.inf
        worst = max(worst, far([p for _, p in found], [p for _, p in right]))
    return worst


def heads(values):
    "The third head of the second layer"
    model, tokenizer = bert_in_int8()
    ids = tokenizer.encode("Return the sum of two numbers.").ids
    if values["ids"] != ids:
        return math.inf
    maps = attention_maps(model.eval(), tensor([ids]))["encoder.layers.1.attention"][0]
    return max(far(values["heads"], maps), far(values["weights"], maps[2]))


@torch.no_grad()
def next_token(values):
    "Before and after the cut, at a temperature of 0.7"
    model, tokenizer = trained(LanguageModel, "language-model-pydocs")
    ids = [tokenizer.token_to_id("[EOS]"), *tokenizer.encode("Return the name").ids]
    if values["ids"] != ids:
        return math.inf
    logits = model(tensor([ids]))[0, -1]
    after = keep_top_p(logits / 0.7, 0.9).softmax(0)
    return max(far(values["before"], logits.softmax(0)), far(values["after"], after))


def translated(values):
    "The translation, and the third head of the second layer"
    model, tokenizer = trained(Transformer, "translator-numbers")
    german = "siebenunddreißigtausendeinhundertzwölf"
    english = translate(model, tokenizer, [german], num_beams=3)
    if (values["text"], values["translation"]) != (german, english[0]):
        return math.inf
    ((source, target),) = encode_pairs(tokenizer, [german], english)
    batch = collate_pairs([(source, target[:-1])])
    maps = attention_maps(model, batch["source"], batch["lengths"], batch["target"])
    return far(values["weights"], maps["decoder.layers.1.cross_attention"][0, 2])


def waves(values):
    table = sinusoids(64, 16)
    q, k = (rotary(torch.ones(1, 1, 1, 16), t)[0, 0, 0] for t in (30, 12))
    pairs = torch.stack([q[[2, 10]], k[[2, 10]]])
    found = [values["q"], values["k"]]
    wave = far([values["sine"], values["cosine"]], table[:, 4:6].T)
    return max(far(values["score"], q @ k), far(found, pairs), wave)


def lstm(values):
    layer = nn.LSTM(4, 2)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(tensor(constant("lstm-gates", "WEIGHTS")).float())
        layer.weight_hh_l0.zero_(), layer.bias_hh_l0.zero_()
        layer.bias_ih_l0.copy_(tensor([0.0, 0, -2, -2, 0, 0, 0, 0]))
        x = nn.functional.one_hot(tensor([row["kind"] for row in values["steps"]]), 4)
        hidden, (_, cell) = layer(x.float())
    found = [row["hidden"] for row in values["steps"]]
    return max(far(found, hidden), far(values["steps"][-1]["cell"], cell))


def chains(values):
    "The figure's chains, by the chapter's langevin on the chapter's density"
    along = torch.linspace(0.2, 1, 8, dtype=torch.double)
    angle = 2 * math.pi * (torch.arange(3)[:, None] / 3 + 0.35 * along)
    centres = 2 * along[:, None] * torch.stack([angle.cos(), angle.sin()], -1)
    normal = Independent(Normal(centres.flatten(0, 1), 0.2), 1)
    arms = MixtureSameFamily(Categorical(torch.ones(24).double()), normal)
    draws = mulberry(5)
    x = tensor([next(draws) for _ in range(400)], dtype=torch.double).view(200, 2) * 6 - 3
    noise = [normals(draws, 400).view(200, 2) for _ in range(4)]
    with mock.patch("torch.randn_like", lambda x: noise.pop(0)):
        x = langevin(lambda x: -arms.log_prob(x), x, 4, 0.03)
    return max(far(values["x"], x), far(values["mean"], -arms.log_prob(x).mean()))


def flow(values, steps, solver, t, k=None, weight=1.0):
    "Every state, the points and the field at time t, and where the points end"
    draws = mulberry(24)
    noise, *fresh = normals(draws, (steps + 1) * 400).view(-1, 200, 2)
    states = drawn_flow(k, weight, noise, fresh, steps, solver)
    at, ends = (1 - t) * steps, states[-1]
    points = states[int(at)].lerp(states[int(at) + 1], at % 1)
    place = -3 + 6 * (torch.arange(15).double() + 0.5) / 15
    grid = torch.cartesian_prod(-place, place).flip(1)
    field = mixture_velocity(k, weight)(grid, torch.full((225,), t).double())
    distance = torch.cdist(ends, EIGHT_GAUSSIANS.double()).amin(1).square().mean().sqrt()
    wanted = dict(states=states, points=points, field=field, distance=distance)
    wanted["shares"] = mode_shares(ends)
    return max(far(values[key], x) for key, x in wanted.items())


def dirac(values):
    "The path by the gradients of the package's losses"
    kind = dict(dtype=torch.double, requires_grad=True)
    theta, psi = tensor([1.0], **kind), tensor([0.0], **kind)
    path = [[1.0, 0.0]]
    for _ in range(70):  # each loss is of one example, (1,)
        up = -torch.autograd.grad(non_saturating(psi * theta), theta)[0]
        loss = cross_entropy(psi * 0, psi * theta) + 0.25 * psi**2 / 2
        along = -torch.autograd.grad(loss, psi)[0]
        with torch.no_grad():
            theta += 0.2 * up
            psi += 0.2 * along
        path.append([theta.item(), psi.item()])
    return far(values["path"], path)


def digit(values):
    "Probabilities, and integrated gradients by the midpoint rule of the figure"
    model = classifier_in_int4()
    x, label = tensor(values["pixels"]).view(1, 1, 28, 28), values["label"]
    total = torch.zeros_like(x)
    for step in range(12):
        part = (x * (step + 0.5) / 12).requires_grad_()
        total += torch.autograd.grad(model(part)[0, label], part)[0] * x / 12
    shares = model(x).softmax(1)
    return max(far(values["map"], total), far(values["shares"], shares))


@torch.no_grad()
def latent(values):
    "The digit at a point, all digits behind it, and the classes around it"
    (model,), images, labels = trained_vaes("vae-digits")
    z, means = tensor([[0.7, -1.2]]), model.encode(images)[0]
    place = -3 + 6 * (torch.arange(15) + 0.5) / 15
    grid = torch.cartesian_prod(-place, place).flip(1)
    nearest = (means - z).norm(dim=1).argsort()[:10]
    if values["counts"] != labels[nearest].long().bincount(minlength=10).tolist():
        return math.inf
    found = [values["image"], values["grid"]]
    wanted = [model.likelihood_mean(model.decode(part)) for part in (z, grid)]
    return max(*map(far, found, wanted), far(values["means"], means))


DRAWN = "081830647c0c0808"  # a four of 8 x 8 pixels, a bit each


@torch.no_grad()
def drawn_digit(values):
    "Posterior, decoded latents and terms of a drawing, and the terms of the test images"
    (model,), images, _ = trained_vaes("vae-digits")
    x = tensor([float(bit) for bit in f"{int(DRAWN, 16):064b}"]).view(1, 1, 8, 8)
    noise = normals(mulberry(1), 200).float().view(100, 2)
    mean, logvar = model.encode(x)
    z = mean + (logvar / 2).exp() * noise
    params = model.decode(z[:, None])  # (L, 1, 1, 8, 8)
    terms = -model.log_prob(params, x).mean(), kl_normal(mean, logvar).sum()
    noise = normals(mulberry(2), 2 * len(images)).float().view(-1, 2)
    with mock.patch("torch.randn_like", lambda mean: noise):
        usual = rate_distortion(model, images)
    wanted = dict(mean=mean, sd=(logvar / 2).exp(), z=z[2], usual=usual[::-1])
    wanted |= dict(terms=torch.stack(terms), ink=x)
    decoded = torch.cat([model.decode(mean), params[2]]).sigmoid()
    found = [x for image in values["decoded"] for x in image]
    return max(far(found, decoded), *(far(values[key], x) for key, x in wanted.items()))


@torch.no_grad()
def weights_of_kl(values):
    "The curve of all models, and what one of them reconstructs and draws"
    models, images, _ = trained_vaes("vae-digits-beta")
    noise = normals(mulberry(1), len(images) * 8).float().view(-1, 8)
    with mock.patch("torch.randn_like", lambda mean: noise):
        curve = [rate_distortion(model, images) for model in models]
    z = normals(mulberry(2), 80).float().view(10, 8)
    model = models[3]
    wanted = [model.reconstruct(images[:10]), model.likelihood_mean(model.decode(z))]
    found = [values["reconstructions"], values["samples"]]
    return max(far(values["curve"], curve), *map(far, found, wanted))


EXPECTED = {  # figure → controls of the state, and the comparison there
    "attention-matrix": (dict(mask="causal", temperature=1.5), attention),
    "bert-heads": (
        dict(sentence="Return the sum of two numbers.", layer=2, head=3),
        heads,
    ),
    "bert-mask": (dict(hide="0-2-5"), bert),
    "dcgan-latent": (dict(digit=7, first=2, second=-1, t=0.35), dcgan),
    "decoding-beam": (dict(alpha=0.6, shown=3), beam),
    "decoding-sampling": (dict(temperature=0.7, topK=9, topP=0.85, minP=0.3), sampling),
    "diffusion-flow": (dict(steps=5, t=0.3), partial(flow, steps=5, solver="heun", t=0.3)),
    "explain-digit": (dict(kind="integrated gradients"), digit),
    "gan-dirac": (
        dict(objective="non-saturating", gamma=0.25, lr=0.2, steps=70),
        dirac,
    ),
    "gan-optimal": (dict(mean=1.2, width=0.8), optimal),
    "gan-training": (dict(objective="non-saturating", steps=2), gan),
    "langevin": (dict(size=0.03, steps=4), chains),
    "lstm-gates": (dict(bias=-2), lstm),
    "next-token": (
        dict(prompt="Return the name", temperature=0.7, cut="top-p 0.9"),
        next_token,
    ),
    "positions": (dict(query=30, key=12, pair=3), waves),
    "translate-number": (dict(number="37 112", layer=2, head=3, beams=3), translated),
    "vae-beta": (dict(power=-1, draw=2), weights_of_kl),
    "vae-draw": (dict(digit=4, draw=3, drawn=f"4{DRAWN}"), drawn_digit),
    "vae-latent": (dict(z1=0.7, z2=-1.2, behind="decoded digits"), latent),
}

SECOND = {  # a second state of a figure, likewise
    "diffusion-flow": (
        {"steps": 12, "solver": "ddpm", "t": 0.26, "class": "3", "weight": 2},
        partial(flow, steps=12, solver="ddpm", t=0.26, k=3, weight=2.0),
    ),
}
