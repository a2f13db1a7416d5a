"""From notebooks to the pages that Sphinx reads: chapters, one API page a module, the
sidebar. Nothing in a notebook is executed but the checks of its exercises (answers.py).

What the notebooks say in nbdev's way is said here in Sphinx's: directives become tags,
figures get their alternative text, exported names in
backticks become links, and `Name.attribute` in backticks whose `Name` is exported but
has no such attribute stops the build.
"""

import ast
import html
import importlib
import inspect
import re
import subprocess
from collections import Counter
from configparser import ConfigParser
from functools import cache
from pathlib import Path

import definitions
from answers import progress, with_form
from diagrams import stored
from diagrams.draw import inline
from execnb.nbio import mk_cell, nb2str, read_nb
from fastcore.docments import docments
from nbdev.process import extract_directives
from play_site import figures, titles

ROOT = Path(__file__).resolve().parent.parent
PARTS = [
    "Foundations",
    "Sequences",
    "Generative models",
    "Attention and Transformers",
    "Where they meet",
    "Four challenges",
    "The record",
    "Appendices",
    "The workshop",
]
FENCE = re.compile(
    r"(^```.*?^```|^~~~.*?^~~~|\$\$.*?\$\$|``.+?``|^#.*?$|\[[^\]]*\]\([^)]*\))",
    re.M | re.S,
)
NAME = re.compile(r"(?<![\w`{}])`([A-Za-z_][\w.]*)(\(\))?`(?!`)")
PREFIX = re.compile(
    r"\b(?:collections\.abc|typing|pathlib|genmodels\.\w+|torch(?=\.Tensor))\."
)
PLACE = re.compile(r'<div class="play"(?: id="[\w-]+")? data-play="([\w-]+)">')
PLAY = r'<div class="play" id="play-\1" data-play="\1">'  # to be linked
FIGURE = re.compile(r"(?<![\w`])@(fig-[\w-]+)")
DIAGRAM = re.compile(r"^!\[[^\n]*\]\(diagrams/([\w-]+)\.svg\)$", re.M)


class Broken(Exception):
    "A page that cannot be made, and why"


class Names:
    "The exported names of every module, and the link for each"

    def __init__(self, modules):
        self.pages = modules  # module -> name of the notebook that exports it
        self.home = {}
        for module in modules:
            for name in module.__all__:
                self.home.setdefault(name, []).append(module)

    def choose(self, root, page):
        """The module whose `root` is meant on a page, or None: the page's own, else an
        earlier chapter's.
        A name that is no everyday word, with a capital or an underscore, is known from anywhere.
        """
        homes = self.home.get(root, [])
        anywhere = root != root.lower() or "_" in root
        return next(
            (module for module in homes if self.pages[module] == page), None
        ) or next(
            (module for module in homes if anywhere or self.pages[module] < page), None
        )

    def link(self, words, call, page):
        "A link for `words`, or None if they name nothing exported"
        path, module = words, None
        for each in self.pages:
            if words == each.__name__:
                return f"{{py:mod}}`{words}`"
            if words.startswith(each.__name__ + "."):
                path, module = words[len(each.__name__) + 1 :], each
        root, *rest = path.split(".")
        module = module or self.choose(root, page)
        if module is None:
            return None
        if not hasattr(module, root):
            raise Broken(f"`{words}`: {module.__name__} has no {root}")
        if root not in module.__all__:
            return None
        target = getattr(module, root)
        if rest and not has(target, rest[0]):
            raise Broken(f"`{words}`: {module.__name__}.{root} has no {rest[0]}")
        documented = (
            rest[:1]
            if inspect.isclass(target) and rest and rest[0] in methods(target)
            else []
        )
        return (
            f"{{py:obj}}`{words}{call or ''}"
            f" <{'.'.join([module.__name__, root, *documented])}>`"
        )

    def linked(self, text, page, where):
        "`text` with its exported names linked, outside code, formulas, headings and links"

        def one(match):
            try:
                return self.link(match[1], match[2], page) or match[0]
            except Broken as error:
                raise Broken(f"{where}: {error}") from None

        pieces = FENCE.split(text)
        return "".join(
            piece if i % 2 else FIGURE.sub(r"{numref}`\1`", NAME.sub(one, piece))
            for i, piece in enumerate(pieces)
        )


def has(target, name):
    "Whether `target` has the attribute, on the class or set by its own `__init__`"
    if hasattr(target, name) or name in getattr(target, "__annotations__", {}):
        return True
    return inspect.isclass(target) and f"self.{name}" in inspect.getsource(target)


def methods(cls):
    "The public methods and properties that a class itself documents"
    return [
        name
        for name, value in vars(cls).items()
        if name[0] != "_"
        and (
            inspect.isroutine(value)
            or isinstance(value, (property, classmethod, staticmethod))
        )
        and inspect.getdoc(getattr(cls, name))
    ]


# ── chapters ──────────────────────────────────────────────────────────────────────────


def chapter(path, names):
    "The page of one notebook"
    notebook = read_nb(path)
    module = next(
        (module for module, page in names.pages.items() if page == path.name), None
    )
    cells, shown, seen = [], Counter(), set()
    minutes = reading_minutes(notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = names.linked(
                cell.source, path.name, f"{path.name}, cell {cell.id}"
            )
            if cells and not PLACE.match(cell.source):
                cell.source = defined(cell.source, path, seen)
            cell.source = with_form(drawn(cell.source, shown), path.stem)
            cell.source = PLACE.sub(PLAY, cell.source)
            cells.append(cell)
        elif cell.cell_type == "code":
            for each in code(cell, names, module):
                if is_imports(each) and cells and is_imports(cells[-1]):
                    cells[-1].source += "\n\n" + each.source
                else:
                    cells.append(each)
    lead(cells[0], path, module, minutes)
    notebook.cells = cells + moving(cells, path)
    return notebook


def defined(text, path, seen):
    "`text` with links to terms and works, or with the places that they lead to"
    if path.stem in (definitions.GLOSSARY, definitions.REFERENCES):
        return definitions.anchored(text)
    return definitions.linked(text, path.stem, seen)


def reading_minutes(cells):
    "How long the prose of a chapter takes to read, at 220 words a minute"
    texts = (cell.source for cell in cells if cell.cell_type == "markdown")
    return max(1, round(sum(len(re.findall(r"\w+", text)) for text in texts) / 220))


def moving(cells, path):
    "The script of the figures that move, on a page that has places for some"
    found = [PLACE.match(cell.source) for cell in cells if cell.cell_type == "markdown"]
    places = [match[1] for match in found if match]
    if wrong := [name for name in places if name not in figures()]:
        raise Broken(f"{path.name}: there is no figure docs/play/figures/{wrong[0]}.js")
    if not places:
        return []
    script = '<script src="play/page.js" defer=""></script>'
    return [mk_cell(script, "markdown", id="figures")]


def played(paths):
    """The section of the front page that links every figure that moves, by chapter, and
    says which exercises this reader has solved"""
    lines = []
    for path in paths:
        cells = [cell.source for cell in read_nb(path).cells]
        links = [
            f'<a href="{path.stem}.html#play-{match[1]}">'
            f"{html.escape(titles()[match[1]])}</a>"
            for match in map(PLACE.match, cells)
            if match
        ]
        title = html.escape(cells[0].splitlines()[0].lstrip("# "))
        if links:
            lines.append(f"<li>{path.name[:2]} {title}: {' · '.join(links)}</li>")
    lists = "\n".join(["<ul class='played'>", *lines, "</ul>"])
    return (
        "## What can be played with\n\nThese figures run the book's models in the page,"
        " and need nothing but a browser.\n\n"
        f"```{{raw}} html\n{lists}\n```\n\n{progress()}"
    )


def drawn(text, shown):
    """`text` with its diagrams as part of the page, so that their words are found and
    their colours follow the theme; `shown` counts those before on this page"""

    def one(match):
        shown[match[1]] += 1
        path = ROOT / f"nbs/diagrams/{match[1]}.svg"
        svg = inline(path.read_text(encoding="utf-8"), shown[match[1]])
        return f"```{{raw}} html\n{svg}```"

    return DIAGRAM.sub(one, text)


@cache
def project():
    "The settings of the project, and the commit of the checkout, if it is one"
    settings = ConfigParser(delimiters=["="])
    settings.read(ROOT / "settings.ini", encoding="utf-8")
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True)
    return dict(settings["DEFAULT"]), found.stdout.strip()


def citation(title, path):
    "How to cite a page, folded"
    settings, commit = project()
    lines = [
        f"@misc{{{settings['repo']}-{path.stem.partition('_')[2] or path.stem},",
        f"  author = {{{{{settings['author']}}}}},",
        f"  title = {{{title}, in: {settings['title']}, version {settings['version']}}},",
        f"  howpublished = {{{settings['git_url']}}},",
        f"  note = {{{path.name}, commit {commit[:10] or 'unknown'}}}",
        "}",
    ]
    text = html.escape("\n".join(lines))
    fold = f'<details class="cite"><summary>Cite this page</summary><pre>{text}</pre></details>'
    return f"```{{raw}} html\n{fold}\n```"


def lead(cell, path, module, minutes):
    """Under the title: what the page is, the notebook to download and to edit, the
    reference of its module, the version, and how to cite it"""
    settings, commit = project()
    address = settings["git_url"]
    links = [f"{{download}}`Notebook <../../nbs/{path.name}>`"]
    if module:
        links.append(f"[Reference](api/{module.__name__.split('.')[1]}.md)")
    links.append(f"[Edit]({address}/edit/{settings['branch']}/nbs/{path.name})")
    links.append(f"{minutes} minute{'s' * (minutes > 1)} to read")
    links.append(f"version {settings['version']}")
    if commit:
        links.append(f"commit [{commit[:7]}]({address}/commit/{commit})")
    title, _, rest = cell.source.partition("\n")
    quote, rest = re.fullmatch(r"\s*((?:>.*\n?)*)(.*)", rest, re.S).groups()
    description = re.sub(r"^> ?", "", quote, flags=re.M).strip()
    cell.source = (
        f"{title}\n\n:::{{container}} lead\n{description}\n:::\n\n:::{{container}}"
        f" links\n{' · '.join(links)}\n:::\n\n{citation(title.lstrip('# '), path)}\n\n{rest}"
    )


def code(cell, names, module):
    "A code cell with nbdev's directives as tags; nothing for a hidden one"
    directives = {
        key.rstrip(":"): " ".join(value)
        for key, value in extract_directives(cell).items()
    }
    if (
        directives.keys() & {"hide", "default_exp"}
        or directives.get("include") == "false"
    ):
        return []
    source = visible(cell.source)
    if shown := re.fullmatch(r"show_doc\((\w+)\)", source.strip()):
        return [
            mk_cell(entry(names, module, shown[1], index=False), "markdown", id=cell.id)
        ]
    tags = tags_of(directives, source)
    options = prompts(directives, source) if "hide-input" in tags else {}
    options |= figure_options(directives)
    cell.source = source
    alt = names_only(directives.get("fig-alt", ""))
    cell.outputs = [
        on_page(output, alt, f"{cell.id}-{k}")
        for k, output in enumerate(cell.outputs)
        if output.get("data") != {}
    ]
    cell.metadata |= {"tags": tags} | ({"mystnb": options} if options else {})
    return [cell] if source or cell.outputs else []


def on_page(output, alt, name):
    "An output; a figure in the book's style as part of the page, to follow its theme"
    svg = "".join(output.get("data", {}).get("image/svg+xml", ""))
    if stored.PANEL.search(svg):
        output["data"] = {"text/html": stored.inline(svg, alt, name)}
    return output


def visible(source):
    "The source of a cell without directives and without the lines that they hide"
    source = "".join(
        line for line in source.splitlines(True) if not line.startswith("#|")
    ).strip("\n")
    return "\n".join(
        line
        for line in source.splitlines()
        if not re.search(r"#\|\s*hide_line\s*$", line)
    )


def tags_of(directives, source):
    "The tags that hide or fold parts of a code cell; imports are folded unasked"
    tags = []
    if directives.get("echo") == "false":
        tags.append("remove-input")
    elif "fold" in directives or only_imports(source) and "open" not in directives:
        tags.append("hide-input")
    if directives.get("output") == "false":
        tags.append("remove-output")
    return tags


def prompts(directives, source):
    "What a folded code cell shows in place of its source"
    shown = directives.get("fold") or ("Imports" if only_imports(source) else "Code")
    return {"code_prompt_show": shown, "code_prompt_hide": shown}


def figure_options(directives):
    "The alternative text, the caption and the label of a code cell's figure"
    options = {}
    if alt := directives.get("fig-alt"):
        options["image"] = {"alt": names_only(alt)}
    if caption := directives.get("fig-cap"):
        options["figure"] = {"caption": names_only(caption)} | (
            {"name": directives["label"]} if "label" in directives else {}
        )
    return options


def names_only(text):
    return text.strip().strip("\"'")


def is_imports(cell):
    return (
        cell.cell_type == "code"
        and not cell.outputs
        and "hide-input" in cell.metadata["tags"]
        and only_imports(cell.source)
    )


def only_imports(source):
    "Whether a cell does nothing but import, and choose threads and the style of figures"
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    imports = [isinstance(node, (ast.Import, ast.ImportFrom)) for node in body]
    settings = "book_style()", "torch.set_num_threads("
    return any(imports) and all(
        found or ast.unparse(node).startswith(settings)
        for found, node in zip(imports, body)
    )


# ── reference ─────────────────────────────────────────────────────────────────────────


def reference(module, chapter_path, names):
    "The API page of one module: its exported functions and classes in the chapter's order"
    title = read_nb(chapter_path).cells[0].source.splitlines()[0].lstrip("# ")
    head = (
        f"# {module.__name__}\n\nWritten in the chapter"
        f" [{title}](../{chapter_path.name}).\n\n```{{py:module}}"
        f" {module.__name__}\n```\n"
    )
    return (
        "\n\n".join([head, *(entry(names, module, name) for name in written(module))])
        + "\n"
    )


def written(module):
    "Name -> the statement that first gives it a value, in the order of the module"
    found = {}
    for node in ast.parse(inspect.getsource(module)).body:
        for target in getattr(node, "targets", [getattr(node, "target", node)]):
            for part in getattr(target, "elts", [target]):
                found.setdefault(getattr(part, "name", getattr(part, "id", None)), node)
    return {name: node for name, node in found.items() if name in module.__all__}


def constant(module, name, index):
    "An exported value, as it is written if that is short"
    source = ast.get_source_segment(inspect.getsource(module), written(module)[name])
    shown = source if len(source) < 400 else source.splitlines()[0] + " ..."
    return block(
        "data",
        name,
        f"```python\n{shown}\n```",
        [],
        index,
        f":module: {module.__name__}\n",
    )


def entry(names, module, name, index=True):
    """What is known of a function or class: signature, docstring, a table of its
    arguments, and the same for its methods"""
    target = getattr(module, name)
    if not inspect.isclass(target) and not inspect.isfunction(target):
        return constant(module, name, index)
    inner = []
    if inspect.isclass(target):
        inner = [member(names, module, target, each, index) for each in methods(target)]
    return block(
        "class" if inspect.isclass(target) else "function",
        f"{name}{signature(target)}",
        body(names, module, target, inspect.getdoc(target)),
        inner,
        index,
        f":module: {module.__name__}\n",
    )


def member(names, module, cls, name, index):
    value, target = vars(cls)[name], getattr(cls, name)
    where = f":module: {module.__name__}\n"
    if isinstance(value, property):
        return block(
            "property",
            f"{cls.__name__}.{name}",
            names.linked(inspect.getdoc(value), names.pages[module], name),
            [],
            index,
            where,
        )
    kind = (
        ":classmethod:\n"
        if isinstance(value, classmethod)
        else ":staticmethod:\n" if isinstance(value, staticmethod) else ""
    )
    return block(
        "method",
        f"{cls.__name__}.{name}{signature(target)}",
        body(names, module, target, inspect.getdoc(target)),
        [],
        index,
        where + kind,
    )


def block(kind, signature, text, inner, index, options):
    fence = ":" * (5 if inner else 4)
    flags = "" if index else ":no-index:\n"
    return (
        f"{fence}{{py:{kind}}} {signature}\n{options}{flags}\n{text}\n"
        + "\n\n".join(["", *inner] if inner else [])
        + f"\n{fence}"
    )


def signature(target):
    "Names and defaults alone: the types stand in the table"
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return "()"
    plain = [
        p.replace(
            annotation=p.empty,
            default=p.default if p.default is p.empty else Literal(p.default),
        )
        for p in parameters
        if p.name != "self"
    ]
    return str(inspect.Signature(plain))


class Literal:
    """A default as a reader writes it: a function by its name, an enumeration by its
    value, no addresses"""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return (
            self.value.__name__
            if inspect.isroutine(self.value) or inspect.isclass(self.value)
            else re.sub(r"<factory>|<.* at 0x[0-9a-f]+>", "...", repr(self.value))
        )


def body(names, module, target, doc):
    "The docstring, linked, and the table of what goes in and comes out"
    known = {
        key: value
        for key, value in arguments(target).items()
        if value.docment or value.anno
    }
    rows = [
        [
            f"`{'returns' if key == 'return' else key}`",
            cell(value.anno, True),
            cell(
                names.linked(
                    value.docment or "", names.pages[module], target.__qualname__
                )
            ),
        ]
        for key, value in known.items()
    ]
    width = 3 if any(row[2] for row in rows) else 2
    table = (
        "\n".join(
            "| " + " | ".join(row[:width]) + " |"
            for row in [["argument", "type", "meaning"], ["---"] * 3, *rows]
        )
        if rows
        else ""
    )
    text = (
        ""
        if inspect.isclass(target) and (doc or "").startswith(f"{target.__name__}(")
        else names.linked(doc or "", names.pages[module], target.__qualname__)
    )
    return f"{text}\n\n:::{{container}} arguments\n{table}\n:::" if table else text


def cell(text, code=False):
    text = " ".join(str(text or "").split()).replace("|", "\\|")
    return f"`{text}`" if code and text else text


def arguments(target):
    "Each argument and the result: its comment, and its annotation as it is written"
    function = (
        target.__init__
        if inspect.isclass(target)
        and "__init__" in vars(target)
        and not hasattr(target, "__dataclass_fields__")
        else target
    )
    try:
        found = docments(function, full=True, returns=True)
    except (OSError, TypeError, SyntaxError):
        return {}
    for value in found.values():
        value.anno = (
            ""
            if value.anno in (inspect.Parameter.empty, None)
            else PREFIX.sub("", inspect.formatannotation(value.anno)).strip("'")
        )
    return {
        key: value
        for key, value in found.items()
        if key != "self" and not (key == "return" and inspect.isclass(target))
    }


# ── the whole ─────────────────────────────────────────────────────────────────────────


def contents(paths, modules):
    "The sidebar: chapters by part, then the reference"
    parts = {title: [] for title in PARTS}
    for path in paths:
        if re.match(r"\d\d_", path.name):
            part = min(int(path.name[0]), len(PARTS) - 1)  # the last has 80 to 99
            title = read_nb(path).cells[0].source.splitlines()[0].lstrip("# ")
            parts[PARTS[part]].append(f"{path.name[:2]} {title} <{path.stem}>")
    parts["Reference"] = [f"api/{module.__name__.split('.')[1]}" for module in modules]
    return "\n\n".join(
        "```{toctree}\n:hidden:\n:caption: "
        + title
        + "\n\n"
        + "\n".join(pages)
        + "\n```"
        for title, pages in parts.items()
        if pages
    )


def write(target):
    "Write every page into the folder `target`, and remove what is no longer made"
    paths = sorted(
        path for path in (ROOT / "nbs").glob("*.ipynb") if path.name[0] not in "_."
    )
    pages = every_page(paths)
    remove_others(target, pages)
    for name, page in pages.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(page if isinstance(page, bytes) else page.encode())
    return pages


def every_page(paths):
    "Name of a file of the site -> what it holds, from the notebooks at `paths`"
    exports = exporters(paths)
    modules = [importlib.import_module(f"genmodels.{name}") for name in exports]
    names = Names(
        {module: path.name for module, path in zip(modules, exports.values())}
    )
    pages = {
        f"api/{name}.md": reference(module, exports[name], names)
        for module, name in zip(modules, exports)
    }
    for path in paths:
        notebook = chapter(path, names)
        if path.stem == "index":
            for cell in notebook.cells:
                head, found, tail = cell.source.partition("\n## For whom")
                if found and cell.cell_type == "markdown":
                    cell.source = f"{head}\n{played(paths)}\n{found}{tail}"
            notebook.cells.append(
                mk_cell(contents(paths, modules), "markdown", id="contents")
            )
        pages[path.name] = nb2str(notebook)
    scorer = (ROOT / "docs/scorer.js").read_text(encoding="utf-8")
    pages["scorer.js"] = definitions.scorer(scorer)
    return pages | {
        f"results/{picture.name}": picture.read_bytes()
        for picture in (ROOT / "nbs/results").glob("*.png")
    }


def exporters(paths):
    "Name of a module -> the path of the notebook that exports it"
    return {
        found[1]: path
        for path in paths
        for found in [
            re.search(r"#\|\s*default_exp\s+(\w+)", path.read_text(encoding="utf-8"))
        ]
        if found
    }


def remove_others(target, pages):
    "Remove the files in the folder `target` that are none of `pages`"
    for old in [
        path
        for path in target.rglob("*")
        if path.is_file() and path.relative_to(target).as_posix() not in pages
    ]:
        old.unlink()
