"""Write every diagram of the book into nbs/diagrams, their colours for the site, and a
page with all of them, and all figures that notebooks store, in both themes. With
`--check`, say whether the files are what the code draws, and hold each diagram and each
figure to the rules of `faults`; ends with `N passed, N failed`."""

import io
import json
import re
import sys
from base64 import b64decode
from html import escape
from itertools import combinations
from pathlib import Path

import attention
import challenges
import draw
import foundations
import generative
import numpy as np
import outputs
import PIL.Image
import refused
import sequences
import stored

from genmodels.figures import INK

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "nbs/diagrams"
STYLE = ROOT / "docs/_static/diagrams.css"
SHEET = ROOT / "docs/_build/figures.html"
MODULES = (outputs, foundations, sequences, generative, attention, challenges)
BYTES, POINTS = 30_000, 8  # the most of a file; the least of its text, 360 pixels wide
ALLOWED = {"svg", "title", "desc", "style", "rect", "circle", "path", "text", "tspan"}
ALLOWED |= {"image"}
PIXELS = re.compile(r'(?<=href="data:image/png;base64,)[^"]+')
USED = re.compile(r"!\[([^\n]*?)\]\(diagrams/([\w-]+)\.svg\)")


def diagrams():
    "Every diagram, by name"
    made = [one() for module in MODULES for one in module.DIAGRAMS]
    return {diagram.name: diagram for diagram in made}


def stylesheet():
    "Colours of the diagrams on the site, which follow its switch between themes"
    properties = {
        theme: "".join(f"--d-{name}:{value};" for name, value in found.items())
        for theme in draw.THEMES
        for found in [draw.theme_colours(theme)]
    }
    rules = draw.rules("light", ".diagram ", value=lambda name: f"var(--d-{name})")
    phone = "width: 100vw; max-width: none; margin-inline: calc(50% - 50vw);"
    return (
        "/* Made by make figures: edit docs/diagrams. */\n"
        ".diagram { display: block; width: 30rem; max-width: 100%; height: auto;"
        " margin: 1rem auto; }\n"
        f"@media (max-width: 30rem) {{ .diagram {{ {phone} }} }}\n"
        f".diagram{{{properties['light']}}}\n"
        "@media screen and (prefers-color-scheme: dark){"
        f'body:not([data-theme="light"]) .diagram{{{properties["dark"]}}}}}\n'
        f'@media screen{{[data-theme="dark"] .diagram{{{properties["dark"]}}}}}\n'
        f"{rules}.diagram text{{stroke:none}}\n"
        f"{stored.rules()}"
    )


def sheet(made):
    "A page with all diagrams and stored figures, light beside dark"
    shown = [("diagrams", "".join(draw.inline(each.svg()) for each in made.values()))]
    for path in notebooks():
        found = [
            stored.inline(data, alt, cell) + f"<p>{escape(alt)}</p>"
            for cell, alt, kind, data in stored.figures(path)
            if stored.PANEL.search(data)
        ]
        shown.append((path.stem, "".join(found)))
    halves = "".join(
        f'<div data-theme="{theme}" style="background:{paper};color:{ink};padding:8px">'
        + "".join(f"<h2>{name}</h2>{part}" for name, part in shown if part)
        + "</div>"
        for theme, paper, ink in zip(draw.THEMES, draw.PAPER, INK)
    )
    style = (
        "body{margin:0;display:grid;grid-template-columns:1fr 1fr;font:14px sans-serif}"
    )
    style += "body>div{min-width:0}@media(max-width:720px){body{display:block}}"
    return (
        "<!doctype html><meta charset=utf-8><title>Figures</title>"
        '<meta name=viewport content="width=device-width">'
        f'<style>{stylesheet()}{style}</style><body data-theme="light">{halves}'
    )


def notebooks():
    return sorted((ROOT / "nbs").glob("[!_]*.ipynb"))


def contrast(a, b):
    "Ratio of the luminances of two colours (WCAG 2.2)"

    def luminance(colour):
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
        ]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear))

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def pale():
    "Pairs of colours whose contrast is below 4.5, that of text (WCAG AA), lines too"
    for theme in draw.THEMES:
        found = draw.theme_colours(theme)
        grounds = ["paper", *(name for name in found if name.endswith("-ground"))]
        pairs = [("ink", ground) for ground in grounds]
        pairs += [
            (role, ground)
            for role in draw.PALETTE
            for ground in ("paper", f"{role}-ground")
        ]
        for above, below in pairs:
            if (ratio := contrast(found[above], found[below])) < 4.5:
                yield f"{theme}: {above} on {below} has a contrast of {ratio:.2f}"


def crossed(diagram):
    "Texts of a diagram that touch another text, a line, or the edge"
    for one, other in combinations(diagram.texts, 2):
        if overlap(one[1:], other[1:]):
            yield f"{one[0]!r} touches {other[0]!r}"
    for label, left, top, right, bottom in diagram.texts:
        if left < 2 or right > draw.WIDTH - 2 or top < 1 or bottom > diagram.height - 1:
            yield f"{label!r} leaves the picture"
        for (x, y), (u, v) in diagram.lines:
            steps = [k / 60 for k in range(61)]
            on = [(x + (u - x) * s, y + (v - y) * s) for s in steps]
            if any(
                left + 1 < a < right - 1 and top + 1 < b < bottom - 1 for a, b in on
            ):
                yield f"a line crosses {label!r}"


def overlap(one, other):
    "Whether two rectangles (left, top, right, bottom) have a common part"
    return all(one[k] < other[k + 2] and other[k] < one[k + 2] for k in (0, 1))


def faults(diagram, uses):
    "What is wrong with a diagram and with its file"
    svg, path = diagram.svg(), FOLDER / f"{diagram.name}.svg"
    if not path.is_file() or not same(path.read_text(encoding="utf-8"), svg):
        yield "the file is not what the code draws: run make figures"
    if len(svg.encode()) > BYTES:
        yield f"{len(svg.encode())} bytes"
    if strange := set(re.findall(r"<(\w+)", svg)) - ALLOWED:
        yield f"has {strange}"
    if re.search(r"\bon\w+=|href=(?!.data:image/png)|url\(|@import", svg):
        yield "refers to something outside"
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]
    if min(sizes) * 0.75 < POINTS:
        yield f"has text of {min(sizes) * 0.75:.1f} pt"
    palette = {c for theme in draw.THEMES for c in draw.theme_colours(theme).values()}
    if other := set(re.findall(r"#[0-9a-fA-F]{3,8}\b", svg)) - palette:
        yield f"has the colours {other}"
    if not uses:
        yield "stands in no notebook"
    for chapter, alt in uses:
        if alt != diagram.desc:
            yield f"its alternative text in {chapter} is not that of its code"
    yield from diagram.wrong
    yield from crossed(diagram)


def same(one, other):
    "Whether two files are the same, but for shades that differ from machine to machine"
    if PIXELS.sub("", one) != PIXELS.sub("", other):
        return False
    shades = ([pixels(png) for png in PIXELS.findall(svg)] for svg in (one, other))
    return all(
        a.shape == b.shape and abs(a - b).max() <= 40
        for a, b in zip(*shades, strict=True)
    )


def pixels(png):
    "Shades of a PNG in base64"
    return np.asarray(PIL.Image.open(io.BytesIO(b64decode(png))).convert("RGBA"), int)


def used():
    "Name of a diagram -> the notebooks that show it, with the alternative text of each"
    found = {}
    for path in notebooks():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "markdown":
                for alt, name in USED.findall("".join(cell["source"])):
                    found.setdefault(name, []).append((path.name, alt))
    return found


def check(made):
    "Print what is wrong, and count"
    uses, bad = used(), {}
    for name, diagram in made.items():
        bad[name] = list(faults(diagram, uses.get(name, [])))
    same = STYLE.is_file() and STYLE.read_text(encoding="utf-8") == stylesheet()
    bad["colours"] = list(pale()) + ["diagrams.css: run make figures"] * (not same)
    others = {path.stem for path in FOLDER.glob("*.svg")} | set(uses)
    bad["names"] = [f"no code draws {name}" for name in sorted(others - set(made))]
    for path in notebooks():
        pictures, total = list(stored.figures(path)), 0
        for cell, alt, kind, data in pictures:
            bad[f"{path.name}, cell {cell}"] = stored.faults(alt, kind, data, contrast)
            total += len(data.encode())
        if pictures:
            many = [f"{total:,} bytes of figures"] * (total > stored.CHAPTER)
            bad[f"figures of {path.name}"] = many
    bad |= refused.unrefused(contrast, faults)
    bad = {name: list(found) for name, found in bad.items()}
    for name, found in bad.items():
        for fault in found:
            print(f"{name}: {fault}")
    failed = sum(bool(found) for found in bad.values())
    print(f"{len(bad) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


def write(made):
    "Write the files, and remove those that no code draws"
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.svg"):
        if old.stem not in made:
            old.unlink()
    files = {FOLDER / f"{name}.svg": each.svg() for name, each in made.items()}
    files |= {STYLE: stylesheet(), SHEET: sheet(made)}
    SHEET.parent.mkdir(exist_ok=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    (check if "--check" in sys.argv[1:] else write)(diagrams())
