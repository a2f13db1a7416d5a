"""How the code looks: `ruff check` by the rules of .ruff.toml, few lines over 88
characters, none over 100 in scripts and styles of the site, no function over 40 lines, no
module over 600, a comment for each argument of what is exported, and no cell that runs in
the tests but needs a name from one that they pass over. Ends with `N passed, N failed`."""

import ast
import json
import re
import subprocess
import symtable
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDE, MOST = 88, 0.02  # characters of a line, and the share of lines that may have more
WIDEST = 100  # characters of any line; `ruff check` counts those of Python
LONGEST = 40  # lines of a function
LARGEST = 600  # lines of a module
SITE = "docs/*.js", "docs/*.css", "docs/_static/*", "docs/play/**/*", "genmodels/assets/*"
MADE = {"diagrams.css"}  # by `make figures`


def sources():
    "Every file with code of ours, and its lines"
    for path in sorted(ROOT.glob("nbs/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        yield path, [line for source in code for line in source.splitlines()]
    for pattern in (".ci/*.py", "docs/*.py", "docs/diagrams/*.py", "setup.py"):
        for path in sorted(ROOT.glob(pattern)):
            yield path, path.read_text(encoding="utf-8").splitlines()


def names(source):
    "The global names that a cell makes, and those that it or a function of it reads"
    top = symtable.symtable(source, "cell", "exec")
    made = {
        one.get_name()
        for one in top.get_symbols()
        if one.is_assigned() or one.is_imported()
    }
    read, tables = set(), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        read |= {
            one.get_name()
            for one in table.get_symbols()
            if one.is_referenced() and (table is top or one.is_global())
        }
    return made, read


def passed_over(path):
    """For each cell that needs a name that only cells before it make which the tests pass
    over, slow ones or those of an extra: its first line and the names"""
    tests, slow = set(), set()
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or re.search(r"(?m)^[%!]|^#\| eval: false", source):
            continue
        made, read = names(source)
        if re.search(r"(?m)^#\| (slow|pretrained)$", source):
            slow |= made
            continue
        if lost := sorted((read & slow) - tests - made):
            yield source.splitlines()[0], lost
        tests |= made


def too_wide():
    "Lines of scripts and styles that are too long"
    for path in sorted({path for pattern in SITE for path in ROOT.glob(pattern)}):
        if path.suffix not in {".js", ".css", ".html"} or path.name in MADE:
            continue
        for k, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if len(line) > WIDEST:
                yield f"{path.relative_to(ROOT)}, line {k}: {len(line)} characters"


def too_long(path, code):
    "Functions with too many lines"
    code = re.sub(r"(?m)^[%!].*$", "pass", code)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if lines > LONGEST:
                yield f"{path.relative_to(ROOT)}: {node.name} has {lines} lines"


def too_large():
    "Modules with too many lines"
    for path in sorted(ROOT.glob("genmodels/[!_]*.py")):
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LARGEST:
            yield f"genmodels/{path.name} has {lines} lines, and may have {LARGEST}"


def undocumented(path):
    "Arguments and fields of what a module exports that have no comment"
    source = path.read_text(encoding="utf-8")
    lines = source.splitlines()
    for name, one, where in declared(ast.parse(source)):
        before = lines[where.lineno - 2].strip()
        if "  # " not in lines[where.end_lineno - 1] and not before.startswith("# "):
            yield f"genmodels/{path.name}: {name} does not say what {one} is"


def declared(module):
    "What functions, methods, constructors and named tuples of a module declare"
    for node in module.body:
        patched = "patch" in map(ast.unparse, getattr(node, "decorator_list", []))
        if isinstance(node, ast.FunctionDef) and patched:
            of, *rest = arguments(node)
            owner = ast.unparse(of.annotation)
            if not owner.startswith("_") and is_public(node.name):
                yield from ((f"{owner}.{node.name}", one.arg, one) for one in rest)
        elif isinstance(node, ast.FunctionDef) and is_public(node.name):
            yield from ((node.name, one.arg, one) for one in arguments(node))
        elif isinstance(node, ast.ClassDef) and is_public(node.name):
            yield from members(node)


def members(node):
    "What the methods of a class declare, and its fields"
    for part in node.body:
        if isinstance(part, ast.AnnAssign):
            yield node.name, part.target.id, part
        if isinstance(part, ast.FunctionDef) and is_public(part.name):
            for one in arguments(part):
                if one.arg not in {"self", "cls"}:
                    yield f"{node.name}.{part.name}", one.arg, one


def is_public(name):
    return not name.startswith("_") or name in {"__init__", "__call__"}


def arguments(node):
    "The arguments of a function in order"
    a = node.args
    some = [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg]
    return [one for one in some if one and not one.arg.startswith("_")]


def shape(files):
    "Everything that is too wide, too long or without a comment"
    notebooks = [path for path in files if path.suffix == ".ipynb"]
    yield from too_wide()
    yield from too_large()
    for path in files:
        codes = ["\n".join(files[path])]
        if path in notebooks:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            codes = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        for code in codes:
            if "%%" not in code:
                yield from too_long(path, code)
    for path in sorted((ROOT / "genmodels").glob("[!_]*.py")):
        yield from undocumented(path)


def main():
    files = dict(sources())
    names = [str(path.relative_to(ROOT)) for path in files]
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "json", *names]
    ruff = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = json.loads(ruff.stdout or "[]")
    for one in found:
        path = Path(one["filename"]).relative_to(ROOT)
        cell = f", cell {one['cell']}" if one.get("cell") else ""
        line = one["location"]["row"]
        print(f"{path}{cell}, line {line}: {one['code']} {one['message']}")
    if ruff.returncode and not found:
        print(ruff.stderr)
    lost = [
        f"{path.name}: the cell {first!r} needs {', '.join(some)} from a slow cell"
        for path in sorted(ROOT.glob("nbs/[!_]*.ipynb"))
        for first, some in passed_over(path)
    ]
    shapes = list(shape(files))
    print(*lost, *shapes, sep="\n", end="\n" * bool(lost or shapes))
    lines = [line for code in files.values() for line in code]
    lines = [line for line in lines if line.strip() and not line.startswith("#|")]
    wide = sum(len(line) > WIDE for line in lines) / len(lines)
    print(f"{wide:.1%} of {len(lines):,} lines have more than {WIDE} characters")
    bad = {one["filename"] for one in found}
    failed = len(bad) or int(ruff.returncode != 0)
    failed += (wide > MOST) + bool(lost) + bool(shapes)
    print(f"{len(files) + 3 - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
