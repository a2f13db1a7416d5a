"""What the figures that move are made of, beside the pages: the runtime, the figures, and
the weights that they load when a reader first touches them."""

import json
import re
import shutil
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from genmodels.bert import load_bert
from genmodels.complexity import to_int8
from genmodels.metrics import load_classifier
from genmodels.models import _asset, _description, _header
from genmodels.vae import VAE

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "play"
TITLE = re.compile(r'^ *title: *"([^"\\]+)",', re.M)
# In this order; page.js, which loads them, has the same list
RUNTIME = [
    "core.js",
    "safetensors.js",
    "layers.js",
    "models.js",
    "tokenizers.js",
    "decoding.js",
    "learning.js",
]
# Largest size of the weights of each kind that a page loads, MB
LARGEST = {
    "bert": 5.52,
    "classifier": 0.1,
    "dcgan": 2,
    "language": 3,
    "translator": 3,
    "vae": 0.1,
}
IN_INT4 = "body.7.weight"  # the largest matrix of the classifier


def trained(cls, name):
    "A model that play_train.py made, and its tokenizer"
    path = SOURCE / f"weights/{name}.safetensors"
    weights = {key: w.float() for key, w in load_file(path).items()}
    model = filled(cls, json.loads(_header(path)["config"]), weights)
    return model, Tokenizer.from_file(str(path.with_suffix(".tokenizer.json")))


def filled(cls, config, weights):
    "A model with these weights"
    model = cls(**{key: one for key, one in config.items() if key[0] != "_"}).eval()
    lacking, extra = model.load_state_dict(weights, strict=False)
    if extra or set(lacking) - {"lm_head.weight"}:  # which is tied
        raise ValueError(f"{cls.__name__} does not fit: {lacking}, {extra}")
    return model


def trained_vaes(name):
    """The VAEs that play_train.py wrote into one file in eight bits, and the test images
    beside them, (N, 1, 8, 8)"""
    path = SOURCE / f"weights/{name}.safetensors"
    config, tensors = json.loads(_header(path)["config"]), load_file(path)
    images = tensors.pop("images").float().view(-1, *config["shape"])
    labels = tensors.pop("labels")
    scales = {key: tensors.pop(key) for key in [*tensors] if key.endswith(".scale")}
    wide = {
        key: w.float() * scales.get(f"{key}.scale", 1) for key, w in tensors.items()
    }
    several = range(len(config.pop("powers", [])))
    parts = [f"{number}." for number in several] or [""]
    models = [
        filled(VAE, config, {k[len(part) :]: w for k, w in wide.items() if k.startswith(part)})
        for part in parts
    ]
    return models, images, labels


def figures():
    "Names of the figures that there are"
    return sorted(path.stem for path in (SOURCE / "figures").glob("*.js"))


@cache
def titles():
    "Name of each figure → its title, as its script has it"
    texts = {name: SOURCE / f"figures/{name}.js" for name in figures()}
    found = {name: TITLE.search(p.read_text("utf-8")) for name, p in texts.items()}
    if lacking := [name for name, match in found.items() if not match]:
        raise ValueError(f"figures/{lacking[0]}.js has no title")
    return {name: match[1] for name, match in found.items()}


def write_play(target):
    "Write scripts, styles and weights into the folder `target`"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(SOURCE, target, ignore=shutil.ignore_patterns("check.js", "expected"))
    weights = target / "weights"  # with those of play_train.py
    write_generator(weights / "dcgan-mnist.safetensors")
    write_bert(weights / "bert-pydocs.safetensors")
    write_classifier(weights / "classifier-mnist.safetensors")
    tokenizer = Path(_asset("bert-pydocs"), "tokenizer.json")
    shutil.copy(tokenizer, weights / "bert-pydocs.tokenizer.json")
    for path in weights.iterdir():
        path.chmod(0o644)  # safetensors writes for the owner alone
        size, most = path.stat().st_size / 1e6, LARGEST[path.name.split("-")[0]]
        if size > most:
            raise ValueError(f"{path.name} is {size:.3f} MB, and may be {most}")


def write_generator(path):
    "The generator of the packaged DCGAN, in half precision as it is packaged"
    packaged = Path(_asset("dcgan-mnist"), "model.safetensors")
    tensors = {
        name: w
        for name, w in load_file(packaged).items()
        if name.startswith("generator.") and w.is_floating_point()
    }
    tensors["directions"] = directions(tensors["generator.0.weight"])
    save_file(tensors, path, {"config": _header(packaged)["config"]})


def directions(weight, latent_dim=100, count=2):
    """The directions of the latent to which the first layer, (outputs, inputs), responds
    most, (count, latent_dim) (Shen & Zhou 2021, eq. 6)"""
    *_, right = torch.linalg.svd(weight[:, :latent_dim].float(), full_matrices=False)
    largest = right.gather(1, right.abs().argmax(1, keepdim=True))
    return (right * largest.sign())[:count].contiguous()  # the sign is arbitrary


def in_int8(model):
    "The parameters of a model as `save_int8` writes them: matrices in eight bits"
    tensors = {}
    for name, w in model.named_parameters():
        if w.dim() == 2:
            tensors[name], tensors[f"{name}.scale"] = to_int8(w.detach())
        else:
            tensors[name] = w.detach().contiguous()
    return tensors


def write_bert(path):
    "The packaged BERT with its matrices in eight bits"
    model, _ = load_bert()
    save_file(in_int8(model), path, {"config": json.dumps(_description(model))})


def to_int4(w, size=49):
    """Weights in 15 steps, two in a byte, (rows, columns / 2), and the scale of each `size`
    of them in half precision, (rows, columns / size)"""
    parts = w.unflatten(1, (-1, size))
    scale = (parts.abs().amax(2) / 7).clamp(min=1e-4).half()
    steps = (parts / scale.float()[..., None]).round().flatten(1)
    low, high = (steps + 8).to(torch.uint8).unflatten(1, (-1, 2)).unbind(2)
    return low + 16 * high, scale


def from_int4(pairs, scale):
    "The weights that `to_int4` stores"
    steps = torch.stack([pairs & 15, pairs >> 4], 2).float() - 8
    parts = steps.flatten(1).unflatten(1, (scale.shape[1], -1))
    return (parts * scale.float()[..., None]).flatten(1)


def write_classifier(path):
    """The packaged classifier, its largest matrix in four bits, with a scale for what each
    unit reads of a channel, the rest in half precision"""
    model = load_classifier("mnist")
    tensors = {name: w.half() for name, w in model.state_dict().items()}
    stored = to_int4(model.state_dict()[IN_INT4])
    tensors[IN_INT4], tensors[f"{IN_INT4}.scale"] = stored
    save_file(tensors, path, {"config": json.dumps(_description(model))})


@torch.no_grad()
def classifier_in_int4():
    "The packaged classifier as `write_classifier` writes it"
    model = load_classifier("mnist")
    large = from_int4(*to_int4(model.get_parameter(IN_INT4)))
    model.half().float().get_parameter(IN_INT4).copy_(large)
    return model


@torch.no_grad()
def rounded(model):
    "A model with the weights that a file in eight bits gives back, to compare with"
    for w in model.parameters():
        if w.dim() == 2:
            whole, step = to_int8(w)
            w.copy_(whole * step)
    return model


def bert_in_int8():
    "The packaged BERT as `write_bert` writes it, and its tokenizer"
    model, tokenizer = load_bert()
    return rounded(model), tokenizer
