"""What runs of record have made, for the pictures of their chapters: `python
docs/pictures.py [--out FOLDER] [RECIPE ...]` takes the models that `genmodels train
RECIPE --seed 0` left in the folder (runs), and writes nbs/results/pictures/RECIPE.png,
and .json for what is no image. Without a name it takes every recipe that has a picture."""

import argparse
import json
from pathlib import Path

import torch
from torch import Tensor, tensor

from genmodels.data import load_pairs
from genmodels.figures import write_mosaic
from genmodels.gan import GAN
from genmodels.gan_recipes import gan_ablation
from genmodels.image_recipes import (
    _classes_of,
    _test_columns,
    _test_images,
    _training_images,
    vae_mnist_quick,
)
from genmodels.models import atomic_write
from genmodels.text_recipes import multi30k_transformer
from genmodels.tokenization import load_with_tokenizer
from genmodels.transformer import Transformer, encode_pairs, translate
from genmodels.vae import VAE, binarize, encode_dataset, interpolate

PICTURES = Path(__file__).resolve().parents[1] / "nbs/results/pictures"
COLUMNS = 10
MAPPED = 250  # test images on the map of latents


def gan(folder: Path, recipe) -> None:
    "The first ten images of a generator; all generators get the same noise"
    drawer = GAN.from_pretrained(folder)
    torch.manual_seed(0)
    images = drawer.sample(COLUMNS, _classes_of(COLUMNS, drawer.num_classes, None))
    write_mosaic(images / 2 + 0.5, PICTURES / f"{recipe.name}.png", COLUMNS)


def vae(folder: Path, recipe) -> None:
    """Thirty samples, the first ten test images with what is made of them, and two
    interpolations between the first four"""
    model, data = VAE.from_pretrained(folder), recipe.data
    grey, labels = (_test_columns(data).tensors[name] for name in ("image", "label"))
    x = _test_images(data)
    torch.manual_seed(0)
    parts = [model.sample(3 * COLUMNS), grey[:COLUMNS] / 255, x[:COLUMNS]]
    parts += [model.reconstruct(x[:COLUMNS])]
    parts += [interpolate(model, x[k], x[k + 1], COLUMNS) for k in (0, 2)]
    write_mosaic(torch.cat(parts), PICTURES / f"{recipe.name}.png", COLUMNS)
    torch.manual_seed(0)
    training = binarize(_training_images(data)[:10_000] / 255)
    places, share = plane(encode_dataset(model, training)[0], encode_dataset(model, x)[0])
    found = {"share": round(share, 4), "labels": labels[:MAPPED].tolist()}
    write(recipe, found | {"places": rounded(places[:MAPPED], 2)})


def plane(
    training: Tensor,  # means of latents, (N, d), which give the plane
    test: Tensor,      # those that are shown, (M, d)
) -> tuple[Tensor, float]:  # (M, 2), and their share of the variance
    "Places in the plane of the two principal components of other points"
    middle = training.mean(0)
    axes = torch.linalg.svd(training - middle, full_matrices=False)[2][:2]
    axes = axes * axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()
    places = (test - middle) @ axes.T
    return places, (places.var(0).sum() / test.var(0).sum()).item()


def translator(folder: Path, recipe) -> None:
    "The first three test sentences: translations, and where the decoder looks"
    test = load_pairs(recipe.data)["test"][:3]
    model, tokenizer = load_with_tokenizer(Transformer, folder)
    found = []
    for source, person in zip(test["source"], test["target"]):
        (text,) = translate(model, tokenizer, [source], num_beams=5)
        ((read, written),) = encode_pairs(tokenizer, [source], [text])
        pair = tensor([read]), tensor([len(read)]), tensor([written[:-1]])
        one = {"source": source, "translation": text, "reference": person}
        one |= {"read": tokens(tokenizer, read), "written": tokens(tokenizer, written[1:])}
        found.append(one | {"weights": rounded(model.attention(*pair)[0], 3)})
    write(recipe, found)


def tokens(tokenizer, ids: list[int]) -> list[str]:
    return [tokenizer.id_to_token(k) for k in ids]


def rounded(values: Tensor, digits: int) -> list:
    return [[round(value, digits) for value in row] for row in values.tolist()]


def write(recipe, found: dict | list) -> None:
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    path = PICTURES / f"{recipe.name}.json"
    atomic_write(path, lambda part: part.write_text(text + "\n", encoding="utf-8"))


def main():
    makers = {recipe.name: (recipe, gan) for recipe in gan_ablation}
    makers[vae_mnist_quick.name] = vae_mnist_quick, vae
    makers[multi30k_transformer.name] = multi30k_transformer, translator
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder of all runs")
    asked = parser.parse_args()
    PICTURES.mkdir(exist_ok=True)
    for name in asked.recipes or makers:
        if name not in makers:
            parser.error(f"{name} has no picture: give one of {', '.join(makers)}")
        recipe, make = makers[name]
        folder = asked.out / name / "seed-0/model"
        if not folder.is_dir():
            parser.error(f"no {folder}: genmodels train {name} --seed 0 --out {asked.out}")
        make(folder, recipe)
        print(f"made the picture of {name}")


if __name__ == "__main__":
    main()
