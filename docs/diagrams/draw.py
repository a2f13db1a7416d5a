"""Draw diagrams as SVG, in light and dark: boxes, arrows, matrices and labels.

A diagram is 360 units wide, so that a phone shows its text at the size given here.
Positions are centres, y grows downwards. In a label, `$h_{t-1}$` sets single letters in
italics, `_` and `^` lower and raise what follows (in braces, if it is more than one
character), and a line break starts a new line.
"""

import re
from dataclasses import dataclass
from html import escape

from genmodels.figures import PALETTE, PAPER, THEMES, theme_colours

WIDTH = 360  # units, and the narrowest picture in pixels
SIZE, SMALL = 13, 10.8  # of text and of sub- and superscripts: 8 pt are 10.67 units
FONT = '-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif'
# Widths of characters in hundredths of the font size, those of Helvetica
_WIDE = {
    22: "ijl'|",
    28: ".,:;!ft[]I/\\ ",
    33: 'r()-`"',
    50: "cksvxyzJ·",
    58: "+=<>~−≤≥×",
}
_WIDE |= {61: "FTZ", 67: "ABEKPSVXY&", 72: "CDHNRUw", 78: "GOQ⊙⊕", 83: "mM", 94: "W%"}
_WIDE |= {100: "→←…"}
_WIDTHS = {letter: wide for wide, letters in _WIDE.items() for letter in letters}


def rules(theme, prefix="", roles=tuple(PALETTE), value=None):
    """CSS of a theme: for each role, its shapes, its lines and its text; `value` writes
    the colour of a name such as "data" or "data-ground" """
    at = THEMES.index(theme)
    value = value or theme_colours(theme).__getitem__
    css = [f"{prefix}.paper{{fill:{PAPER[at]}}}"] * (not prefix)
    css += [f"{prefix}text{{fill:{value('ink')}}}"]
    for role in roles:
        line, ground = value(role), value(f"{role}-ground")
        css += [
            f"{prefix}.{role}{{fill:{ground};stroke:{line}}}",
            f"{prefix}.l-{role}{{fill:none;stroke:{line}}}",
            f"{prefix}.h-{role},{prefix}text.t-{role},{prefix}tspan.t-{role}{{fill:{line}}}",
        ]
    return "".join(css)


def spans(label):
    "Parts of one line of a label: text, whether italic, and -1, 0 or 1 for its height"
    found = []
    for k, part in enumerate(label.split("$")):
        if k % 2 == 0:
            found.append((part, False, 0))
            continue
        for sign, group, one, rest in re.findall(
            r"([_^])(?:{([^}]*)}|(.))|([^_^]+)", part
        ):
            height = {"_": -1, "^": 1, "": 0}[sign]
            for piece in re.findall(r"[^\W\d_]+|[\W\d_]+", group or one or rest):
                single = len(piece) == 1 and re.match(r"[A-Za-zα-ωϕ]", piece)
                found.append((piece.replace("-", "−"), bool(single), height))
    return [part for part in found if part[0]]


def length(label, size, bold=False):
    "Width of a line of text in the widest of the usual fonts, DejaVu Sans"
    total = sum(
        _WIDTHS.get(letter, 56) * (SMALL if height else size)
        for text, _, height in spans(label)
        for letter in text
    )
    return total / 100 * (1.26 if bold else 1.15)


def number(value):
    "A coordinate in at most one decimal"
    return f"{round(value, 1) + 0:.1f}".rstrip("0").rstrip(".")


def through(points):
    "Straight lines from point to point, in SVG's letters"
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def inline(svg, number=1):
    """A file as part of a page: of the class `diagram`, without a style of its own, and
    with ids that no other diagram of the page has, if it is the `number`-th of its
    name"""
    svg = re.sub(r"<style>.*?</style>\n", "", svg, flags=re.S)
    svg = re.sub(r' xmlns="[^"]*"', ' class="diagram"', svg, count=1)
    if number == 1:
        return svg
    return re.sub(r"([\w-]+-(?:title|desc))(?=[ \"])", rf"\1-{number}", svg)


@dataclass
class Shape:
    "A rectangle around a centre, to which arrows lead"

    x: float
    y: float
    w: float
    h: float
    round: bool = False  # a circle

    left = property(lambda self: self.x - self.w / 2)
    right = property(lambda self: self.x + self.w / 2)
    top = property(lambda self: self.y - self.h / 2)
    bottom = property(lambda self: self.y + self.h / 2)

    def rect(self, kind, radius):
        "The element of SVG, of a class and perhaps more attributes"
        at = f'x="{number(self.left)}" y="{number(self.top)}"'
        at += f' width="{number(self.w)}" height="{number(self.h)}"'
        return f"<rect {kind} {at}" + f' rx="{radius}"' * (radius > 0) + "/>"

    def edge(self, x, y):
        "Where a line from (x, y) meets the outline: upright or level if it can"
        dx, dy = x - self.x, y - self.y
        if self.round:
            far = max((dx**2 + dy**2) ** 0.5, 1e-9)
            return self.x + dx / far * self.w / 2, self.y + dy / far * self.h / 2
        if abs(dx) <= self.w / 2:
            return x, self.bottom if dy > 0 else self.top
        if abs(dy) <= self.h / 2:
            return self.right if dx > 0 else self.left, y
        scale = min(self.w / 2 / abs(dx), self.h / 2 / abs(dy))
        return self.x + dx * scale, self.y + dy * scale


class Diagram:
    "A picture that is drawn element by element"

    def __init__(self, name, title, height, desc):
        self.name, self.title, self.height = name, title, height
        self.desc = " ".join(desc.split())
        self.parts, self.texts, self.lines, self.roles = [], [], [], set()
        self.wrong = []  # labels that do not fit into their shape

    def _use(self, role):
        self.roles.add(role)
        return role

    def text(self, x, y, label, role=None, size=SIZE, anchor="middle", bold=False):
        "Lines of text around the height y"
        lines = label.split("\n")
        for k, line in enumerate(lines):
            middle = y + (k - (len(lines) - 1) / 2) * 1.3 * size
            self._line(x, middle, line, role, size, anchor, bold)

    def _line(self, x, y, label, role, size, anchor, bold):
        "One line of text"
        wide = length(label, size, bold)
        left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
        self.texts.append((label, left, y - 0.45 * size, left + wide, y + 0.45 * size))
        body, now = "", 0
        for text, italic, height in spans(label):
            moved = {-1: 3.5, 0: 0, 1: -4.5}[height]
            style = f' dy="{number(moved - now)}"' * (moved != now)
            style += f' font-size="{SMALL}"' * (height != 0)
            style += ' font-style="italic"' * italic
            inner = escape(text, quote=False)
            body += f"<tspan{style}>{inner}</tspan>" if style else inner
            now = moved
        how = f' class="t-{self._use(role)}"' if role else ""
        how += f' font-size="{number(size)}"' * (size != SIZE)
        how += f' text-anchor="{anchor}"' * (anchor != "middle")
        how += ' font-weight="600"' * bold
        at = f'x="{number(x)}" y="{number(y + 0.36 * size)}"'
        self.parts.append(f"<text {at}{how}>{body}</text>")

    def words(self, x, y, *parts):
        "A line of text from x on, of parts in colours of their own: pairs of text, role"
        self.text(x, y, "".join(text for text, _ in parts), anchor="start")
        spans = "".join(
            f'<tspan class="t-{self._use(role)}" font-weight="600">{escape(text)}</tspan>'
            if role
            else escape(text)
            for text, role in parts
        )
        head = self.parts[-1].partition(">")[0]
        self.parts[-1] = f"{head}>{spans}</text>"

    def image(self, x, y, png, wide, high):
        "A picture at its upper left corner, a pixel a unit, from a PNG in base64"
        place = f'x="{number(x)}" y="{number(y)}" width="{wide}" height="{high}"'
        self.parts.append(
            f'<image {place} image-rendering="pixelated"'
            f' href="data:image/png;base64,{png}"/>'
        )

    def box(self, x, y, w, h, label="", role="plain", size=SIZE, r=5, bold=False):
        "A rectangle with a label in it"
        shape = self._frame(x, y, w, h)
        self.parts.append(shape.rect(f'class="{self._use(role)}"', r))
        self._label(shape, label, size, bold)
        return shape

    def _frame(self, x, y, w, h):
        "A rectangle whose outline no text may cross"
        shape = Shape(x, y, w, h)
        corners = [(shape.left, shape.top), (shape.right, shape.top)]
        corners += [(shape.right, shape.bottom), (shape.left, shape.bottom)]
        self.lines += list(zip(corners, corners[1:] + corners[:1]))
        return shape

    def circle(self, x, y, r, label="", role="plain", size=SIZE):
        "A circle with a label in it"
        shape = Shape(x, y, 2 * r, 2 * r, round=True)
        at = f'cx="{number(x)}" cy="{number(y)}" r="{number(r)}"'
        self.parts.append(f'<circle class="{self._use(role)}" {at}/>')
        self._label(shape, label, size)
        return shape

    def _label(self, shape, label, size, bold=False):
        if label:
            wide = max(length(line, size, bold) for line in label.split("\n"))
            high = 1.3 * size * (label.count("\n") + 1) - 0.3 * size
            if wide > shape.w - 4 or high > shape.h:
                self.wrong.append(f"{label!r} is wider or higher than its shape")
            self.text(shape.x, shape.y, label, None, size, bold=bold)

    def group(self, x, y, w, h, label="", role="plain", size=SIZE):
        "A dashed frame, its label inside at the top left"
        shape = self._frame(x, y, w, h)
        kind = f'class="l-{self._use(role)}" stroke-dasharray="4 3"'
        self.parts.append(shape.rect(kind, 8))
        if label:
            self.text(shape.left + 8, shape.top + 13, label, role, size, "start", True)
        return shape

    def path(self, *points, role="plain", dashed=False):
        "A line through points"
        self.curve(through(points), role, dashed)
        self.lines += list(zip(points, points[1:]))

    def curve(self, d, role="plain", dashed=False):
        "A path in SVG's own letters, for what is not straight"
        dash = ' stroke-dasharray="4 3"' * dashed
        self.parts.append(f'<path class="l-{self._use(role)}"{dash} d="{d}"/>')

    def arrow(self, *stops, role="plain", dashed=False):
        "A line from the first stop to a head at the last; a stop is a shape or a point"
        points = [(s.x, s.y) if isinstance(s, Shape) else s for s in stops]
        if isinstance(stops[-1], Shape):
            points[-1] = stops[-1].edge(*points[-2])
        if isinstance(stops[0], Shape):
            points[0] = stops[0].edge(*points[1])
            if len(points) == 2 and isinstance(stops[-1], Shape):
                points[-1] = stops[-1].edge(*points[0])
        (x0, y0), (x, y) = points[-2:]
        far = max(((x - x0) ** 2 + (y - y0) ** 2) ** 0.5, 1e-9)
        u, v = (x - x0) / far, (y - y0) / far
        self.path(*points[:-1], (x - 5 * u, y - 5 * v), role=role, dashed=dashed)
        corners = [(x, y), (x - 7 * u + 4 * v, y - 7 * v - 4 * u)]
        corners += [(x - 7 * u - 4 * v, y - 7 * v + 4 * u)]
        self.parts.append(f'<path class="h-{role}" d="{through(corners)}z"/>')

    def matrix(self, x, y, rows, columns, cell=10, role="plain", shown=None):
        "Cells in rows and columns; `shown(i, j)` is a cell's role, or None if empty"
        left, top = x - columns * cell / 2, y - rows * cell / 2
        cells = {}
        for i in range(rows):
            for j in range(columns):
                kind = shown(i, j) if shown else role
                at = f"M{number(left + j * cell)} {number(top + i * cell)}"
                cells.setdefault(kind, []).append(f"{at}h{cell}v{cell}h-{cell}z")
        for kind in sorted(cells, key=lambda kind: kind is not None):
            name = f"l-{self._use('plain')}" if kind is None else self._use(kind)
            self.parts.append(f'<path class="{name}" d="{"".join(cells[kind])}"/>')
        return Shape(x, y, columns * cell, rows * cell)

    def svg(self):
        "The file: it has a ground of its own, and follows the reader's theme"
        roles = [role for role in PALETTE if role in self.roles]
        dark = rules("dark", roles=roles)
        style = (
            f"{rules('light', roles=roles)}@media(prefers-color-scheme:dark){{{dark}}}"
        )
        size = f'width="480" height="{number(480 * self.height / WIDTH)}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}"'
            f' {size} role="img" aria-labelledby="{self.name}-title {self.name}-desc"'
            f' font-family=\'{FONT}\' font-size="{SIZE}" text-anchor="middle"'
            f' stroke-width="1.3">\n<title id="{self.name}-title">'
            f'{escape(self.title, quote=False)}</title>\n<desc id="{self.name}-desc">'
            f"{escape(self.desc, quote=False)}</desc>\n<style>{style}"
            f"text{{stroke:none}}</style>\n"
            f'<rect class="paper" width="{WIDTH}" height="{self.height}" rx="6"/>\n'
            + "\n".join(self.parts)
            + "\n</svg>\n"
        )
