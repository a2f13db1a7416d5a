"""How a figure that moves looks, in a few pixels in light and in dark, beside a stored
picture. The comparison is loose, because machines differ in fonts and in how they smooth
edges; a blank figure, one that is elsewhere or in another state, or the wrong theme fails."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

STORED = Path(__file__).parent / "looks"
SIZE = (48, 32)
MOST = 0.5  # of all that stands out from the ground; a blank figure is at 1


def look(reader):
    "What the browser paints of a figure: light on the left, dark on the right"
    shots = [shot(reader)]
    reader.page.emulate_media(color_scheme="dark")
    reader.page.wait_for_timeout(100)  # until it is painted again
    shots.append(shot(reader))
    return np.concatenate(shots, 1)


def shot(reader):
    png = reader.place.locator(".play-stage").screenshot()
    return np.asarray(Image.open(BytesIO(png)).convert("RGB").resize(SIZE, Image.BOX))


def apart(found, stored):
    "The part of what stands out from the ground that is different, in the worse theme"
    parts = []
    for a, b in zip(np.split(found.astype(float), 2, 1), np.split(stored.astype(float), 2, 1)):
        ground = np.median(b.reshape(-1, 3), 0)
        parts.append(np.abs(a - b).sum() / np.abs(b - ground).sum())
    return max(parts)


def store(reader, name):
    STORED.mkdir(exist_ok=True)
    Image.fromarray(look(reader)).save(STORED / f"{name}.png", optimize=True)


def from_stored(reader, name):
    "How far a figure is from its stored picture"
    return apart(look(reader), np.asarray(Image.open(STORED / f"{name}.png")))
