"""Hold the rules for figures and diagrams: a sound one passes, and one with a single
fault is refused, in words that name it. `python docs/diagrams --check` runs this."""

import io
import re
from base64 import b64decode, b64encode
from functools import partial

import PIL.Image
import stored
from draw import Diagram
from matplotlib import pyplot as plt

from genmodels.figures import WIDTH, book_style, figure_svg

ALT = "Two lines over the number of steps, one above the other, and a picture below."
PNG = re.compile(r'(?<=href="data:image/png;base64,)[^"]+')


def figure(width=WIDTH, size=9, image=None, **line):
    "A figure with one panel, as a notebook stores it"
    fig, ax = plt.subplots(figsize=(width, 2))
    ax.plot([0, 1], [0, 1], **line)
    ax.text(0.1, 0.8, "rises", fontsize=size)
    if image:
        ax.imshow([[0, 1], [1, 0]], extent=(0, 1, 0, 1), interpolation=image)
    ax.set(title="A line", xlabel="steps", ylabel="loss")
    data = figure_svg(fig)
    plt.close(fig)
    return data


def smaller(data):
    "The same figure, its image with half of the pixels each way"

    def half(match):
        picture = PIL.Image.open(io.BytesIO(b64decode(match[0])))
        picture = picture.resize((picture.width // 2, picture.height // 2))
        picture.save(file := io.BytesIO(), "PNG")
        return b64encode(file.getvalue()).decode()

    return PNG.sub(half, data)


def twice(data):
    "The same figure with its panel a second time at the same place"
    return stored.PANEL.sub(lambda match: f"{match[0]}\n{match[0]}", data)


def figures():
    "Name -> alternative text, type and data of a figure, and the fault, None if sound"
    svg, sound, smooth = "image/svg+xml", figure(), figure(image="bilinear")
    without_dark = re.sub(r"<style>.*?</style>", "", sound)
    return {
        "a sound figure": (ALT, svg, sound, None),
        "one with sharp pixels": (ALT, svg, figure(image="none"), None),
        "one with a smooth image of 2x": (ALT, svg, smooth, None),
        "a smooth image of 1x": (ALT, svg, smaller(smooth), "pixels is shown on"),
        "no alternative text": ("", svg, sound, "has no alternative text"),
        "a word for an alternative text": ("a line", svg, sound, "no alternative text"),
        "a PNG": (ALT, "image/png", sound, "is image/png and no figure in the book's style"),
        "an SVG of another hand": (ALT, svg, "<svg></svg>", "no figure in the book's"),
        "small text": (ALT, svg, figure(size=6), "has text of 6.0 pt"),
        "text that a phone makes small": (ALT, svg, figure(2 * WIDTH), "has text of"),
        "a colour of its own": (ALT, svg, figure(color="#123456"), "colours #123456"),
        "no dark colours": (ALT, svg, without_dark, "is in the dark"),
        "a pale line": (ALT, svg, figure(color="data", alpha=0.2), "has a contrast of"),
        "a script": (ALT, svg, sound.replace("<defs>", "<script/><defs>"), "outside"),
        "a panel on another": (ALT, svg, twice(sound), "reaches into another"),
    }


def drawn(label="box", wide=80, at=180, size=13, line=None, name="sound"):
    "A diagram with a box, and perhaps a line"
    made = Diagram(name, "A box", 100, "A box with the word box in it, and no arrow.")
    made.box(at, 50, wide, 30, label, "data", size)
    if line:
        made.path(*line)
    return made


def diagrams():
    "Name -> a diagram, its uses as `used` finds them, and the fault, None if sound"
    one = drawn()
    use, other = [("00.ipynb", one.desc)], [("00.ipynb", "A circle, and nothing else.")]
    two = drawn()
    two.text(180, 52, "over it")
    return {
        "a sound diagram": (one, use, None),
        "a diagram that no notebook shows": (one, [], "stands in no notebook"),
        "another alternative text": (one, other, "is not that of its code"),
        "a small label": (drawn(size=9), use, "has text of 6.8 pt"),
        "a label wider than its box": (drawn("a long label"), use, "wider or higher"),
        "text at the edge": (drawn("wide label", 90, at=20), use, "leaves the picture"),
        "a line through text": (drawn(line=((0, 50), (360, 50))), use, "line crosses"),
        "text on text": (two, use, "touches"),
    }


def unrefused(contrast, faults):
    "Name of each rule that does not hold -> what it said instead"
    book_style()
    of_figures = {
        name: (partial(stored.faults, alt, kind, data, contrast), fault)
        for name, (alt, kind, data, fault) in figures().items()
    }
    of_diagrams = {
        name: (partial(faults, made, uses), fault)
        for name, (made, uses, fault) in diagrams().items()
    }
    found = {}
    for name, (said, fault) in (of_figures | of_diagrams).items():
        # no diagram of these tests has a file
        words = [each for each in said() if "run make figures" not in each]
        right = any(fault in each for each in words) if fault else not words
        found[f"the rules, {name}"] = [] if right else [f"says {words or 'nothing'}"]
    return found
