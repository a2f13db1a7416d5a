"""How the code looks: `ruff check` by the rules of .ruff.toml, and few lines over 88
characters. Ends with `N passed, N failed`."""

import json
import subprocess
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
    lines = [line for code in files.values() for line in code]
    lines = [line for line in lines if line.strip() and not line.startswith("#|")]
    wide = sum(len(line) > WIDE for line in lines) / len(lines)
    print(f"{wide:.1%} of {len(lines):,} lines have more than {WIDE} characters")
    bad = {one["filename"] for one in found}
    failed = len(bad) or int(ruff.returncode != 0)
    print(f"{len(files) - len(bad) + 1 - (wide > MOST)} passed, {failed + (wide > MOST)} failed")
    sys.exit(failed > 0 or wide > MOST)


if __name__ == "__main__":
    main()
