"""How the code looks: `ruff check` by the rules of .ruff.toml, few lines over 88
characters, and no cell that runs in the tests but needs a name from one that they pass
over. Ends with `N passed, N failed`."""

import json
import re
import subprocess
import symtable
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WIDE, MOST = 88, 0.02  # characters of a line, and the share of lines that may have more


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
    print(*lost, sep="\n", end="\n" * bool(lost))
    lines = [line for code in files.values() for line in code]
    lines = [line for line in lines if line.strip() and not line.startswith("#|")]
    wide = sum(len(line) > WIDE for line in lines) / len(lines)
    print(f"{wide:.1%} of {len(lines):,} lines have more than {WIDE} characters")
    bad = {one["filename"] for one in found}
    failed = len(bad) or int(ruff.returncode != 0)
    failed += (wide > MOST) + bool(lost)
    print(f"{len(files) + 2 - failed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
