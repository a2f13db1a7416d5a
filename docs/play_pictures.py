"""Compare what a figure that moves draws with a stored picture of it, loosely: another font
passes; what is empty, mirrored or of one colour does not. For a figure that has changed,
`python docs/play_browser.py --write-pictures [SITE [FIGURE ...]]` stores another."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

STORED = Path(__file__).resolve().parent / "play/expected"
WIDTH = 160  # of a stored picture
ALONE = ".back-to-top { visibility: hidden !important }"  # the theme's, over the figure
# Share of the least that a picture of one colour differs by: other fonts reach 0.16, a
# mirrored picture of any figure at least 0.32
LOOSE = 0.25


def picture(place):
    "What a figure has drawn, in grey, as wide as the stored ones"
    shot = place.locator(".play-stage").screenshot(style=ALONE)
    grey = Image.open(BytesIO(shot)).convert("L")
    size = WIDTH, max(1, round(WIDTH * grey.height / grey.width))
    return grey.resize(size, Image.Resampling.BOX)


def blurred(grey):
    return np.asarray(grey.filter(ImageFilter.GaussianBlur(2)), float)


def unlike(seen, stored):
    "Mean difference of two pictures, over that of the stored one to a single colour"
    wanted = blurred(stored)
    plain = min(np.abs(wanted - f(wanted)).mean() for f in (np.mean, np.median))
    return np.abs(blurred(seen.resize(stored.size)) - wanted).mean() / plain


def write_picture(place, name):
    "Store what a figure has drawn"
    STORED.mkdir(exist_ok=True)
    picture(place).save(STORED / f"{name}.png", optimize=True)


def wrong_picture(place, name):
    "What is wrong with what a figure has drawn, or None; and with the comparison itself"
    path = STORED / f"{name}.png"
    if not path.is_file():
        return "no picture is stored: run docs/play_browser.py --write-pictures"
    seen, stored = picture(place), Image.open(path)
    if (far := unlike(seen, stored)) > LOOSE:
        return f"draws something else than play/expected/{name}.png: {far:.2f}"
    spoilt = {"a mirrored": ImageOps.mirror(seen)}
    spoilt |= {f"a {c}": Image.new("L", seen.size, c) for c in ("white", "grey", "black")}
    passing = [kind for kind, other in spoilt.items() if unlike(other, stored) <= LOOSE]
    return f"{passing[0]} picture would pass too" if passing else None
