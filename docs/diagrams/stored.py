"""The figures that notebooks store: as part of a page, and what is wrong with them.

`genmodels.figures` writes them: a line for the style, one for the ground, one for the
marks, and one for each panel."""

import json
import re
import struct
from base64 import b64decode
from html import escape

from genmodels.figures import THEMES, theme_colours

PHONE = 328  # pixels for a figure on a screen of 360
POINTS = 8  # the least size of text there
CHAPTER = 600_000  # bytes of all figures of a chapter
LARGER = 1.4  # how much a wide screen enlarges a panel
PANEL = re.compile(
    r'^<g class="panel" data-box="(\S+) (\S+) (\S+) (\S+)">(.*)</g>$', re.M
)


def rules():
    "CSS of the site: the colours that a figure has as attributes follow the theme"
    css = "".join(
        f'.diagram[{paint}="{value}"],.diagram [{paint}="{value}"]{{{paint}:var(--d-{name})}}'
        for name, value in theme_colours("light").items()
        for paint in ("fill", "stroke")
    )
    return (
        f"{css}.diagram .paper{{fill:none}}\n"
        ".panels { display: flex; flex-wrap: wrap; justify-content: center;"
        " gap: 0.75rem 1rem; margin: 1rem auto; }\n"
        ".panels .diagram { margin: 0; }\n"
        ".panels .diagram text:not([fill]) { fill: inherit; }\n"
        ".steps { flex-wrap: nowrap; justify-content: flex-start; overflow-x: auto;"
        " scroll-snap-type: x mandatory; }\n"
        ".steps .diagram { scroll-snap-align: start; }\n"
    )


def inline(svg, alt, name):
    "A stored figure as part of a page: its panels side by side, or stacked if narrow"
    head = re.match(r"<svg [^>]*>", svg)[0]
    marks = re.search(r"^<defs>.*</defs>$", svg, re.M)
    kind = re.search(r' class="([\w-]+)"', head)[1]
    head = re.sub(r' (?:xmlns|class|width|height|viewBox)="[^"]*"', "", head)[4:-1]
    parts, row, panels = [], 0.0, PANEL.findall(svg)
    for x, y, wide, high, inside in panels:
        size = float(wide) * 4 / 3
        row += (LARGER * size + 16) * (y == panels[0][1])
        flex = (
            f"0 0 {LARGER * size:.0f}px"
            if kind == "steps"
            else f"{wide} 1 {size:.0f}px"
        )
        style = f"flex:{flex};max-width:min(100%,{LARGER * size:.0f}px)"
        parts.append(
            f'<svg class="diagram" style="{style}" viewBox="{x} {y} {wide} {high}"'
            f"{head}>{'' if parts or not marks else marks[0]}{inside}</svg>"
        )
    body = re.sub(r'( id="|href="#|url\(#)(i\d+)', rf"\g<1>{name}-\2", "".join(parts))
    more = ' tabindex="0"' if kind == "steps" else ""
    more += f' style="max-width:{row:.0f}px"' * (kind != "steps")
    return f'<div class="panels {kind}" role="img" aria-label="{escape(alt)}"{more}>{body}</div>'


def figures(path):
    "Each picture that a notebook stores: the cell, its alternative text, type and data"
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        alt = re.search(r"(?m)^#\|\s*fig-alt:\s*(.+)$", source)
        for output in cell.get("outputs", []):
            for kind, data in output.get("data", {}).items():
                if kind.startswith("image/"):
                    said = alt[1].strip().strip("\"'") if alt else ""
                    yield cell["id"], said, kind, "".join(data)


def faults(alt, kind, data, contrast):
    "What is wrong with a stored picture"
    if len(alt) < 20:
        yield "has no alternative text"
    if kind != "image/svg+xml" or not (panels := PANEL.findall(data)):
        yield f"is {kind} and no figure in the book's style: call book_style"
        return
    if re.search(r"<script|\bon\w+=|href=\"(?!#|data:image/png)|@import", data):
        yield "refers to something outside"
    plain = re.sub(r"<style>.*?</style>|href=\"data:[^\"]*\"", "", data, flags=re.S)
    light, dark = (theme_colours(theme) for theme in THEMES)
    used = set(re.findall(r'(?:fill|stroke)="(#\w+)"', plain))
    if other := used - set(light.values()):
        yield f"has the colours {', '.join(sorted(other))}, which have no dark ones"
    for name in (name for name, value in light.items() if value in used):
        if f'="{light[name]}"]' not in data or dark[name] not in data:
            yield f"does not say what {name} is in the dark"
    yield from small(panels)
    yield from faint(plain, contrast)
    yield from blurred(data)
    yield from overlapping(panels)


def small(panels):
    "Panels whose text is too small on a phone"
    for k, (_, _, wide, _, inside) in enumerate(panels, 1):
        sizes = [float(s) for s in re.findall(r'font-size="([\d.]+)"', inside)] or [9]
        shown = min(sizes) * min(1, PHONE / (float(wide) * 4 / 3))
        if shown < POINTS and "<text" in inside:
            yield f"panel {k} has text of {shown:.1f} pt on a phone"


def faint(plain, contrast):
    "Lines and text that are transparent and then too pale"
    for tag in re.findall(r"<(?:path|use|text|line)\b[^>]*>", plain):
        found = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        share = float(found.get("opacity", 1)) * float(found.get("stroke-opacity", 1))
        colour = found.get("stroke", "none")
        if tag.startswith("<text") and "fill" in found:
            share = share * float(found.get("fill-opacity", 1))
            colour = found["fill"]
        if share < 1 and colour.startswith("#"):
            ratios = [
                contrast(mixed(theme[name], theme["paper"], share), theme["paper"])
                for theme in map(theme_colours, THEMES)
                for name, value in theme_colours("light").items()
                if value == colour
            ]
            if ratios and min(ratios) < 3:
                yield f"a line of {share:.0%} {colour} has a contrast of {min(ratios):.1f}"


def mixed(above, below, share):
    "A colour over another of which a share is covered"
    parts = [
        round(
            share * int(above[k : k + 2], 16) + (1 - share) * int(below[k : k + 2], 16)
        )
        for k in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


def blurred(data):
    "Images with fewer pixels than twice what is shown, unless they stay sharp"
    for tag in re.findall(r"<image\b[^>]*>", data):
        if 'image-rendering="pixelated"' in tag:
            continue
        pixels = struct.unpack(">2I", b64decode(tag.split("base64,")[1][:64])[16:24])
        scale = re.search(r'transform="matrix\((\S+)', tag)
        wide = float(re.search(r' width="([\d.]+)"', tag)[1])
        shown = wide * (float(scale[1]) if scale else 1) * 4 / 3
        if pixels[0] < 0.98 * 2 * shown * (0.5 if scale else 1):
            yield f"an image of {pixels[0]} pixels is shown on {shown:.0f}"


def overlapping(panels):
    "Panels that cover a part of another"
    boxes = [[float(value) for value in panel[:4]] for panel in panels]
    for k, (x, y, w, h) in enumerate(boxes):
        for u, v, s, t in boxes[k + 1 :]:
            if min(x + w, u + s) - max(x, u) > 4 and min(y + h, v + t) - max(y, v) > 4:
                yield f"panel {k + 1} reaches into another"
