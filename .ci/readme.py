"""Write README.md from nbs/index.ipynb; with `--check`, only say whether it is up to date

A reader on a code host sees the same page as in the book: prose, visible code and its
printed results. Links go to the notebooks beside the README,
and pictures, which live inside the notebook, are left to it, except those that Markdown
cells name by file.
"""

import re
import sys
from pathlib import Path

from execnb.nbio import read_nb
from nbdev.process import extract_directives

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(\]\()(?!\w+:|#|/)([^)\s]+\))")


def readme():
    parts = (
        part
        for cell in read_nb(ROOT / "nbs/index.ipynb").cells
        for part in blocks(cell)
    )
    return (
        "\n\n".join(
            ["<!-- Made from nbs/index.ipynb by make export: edit that. -->", *parts]
        )
        + "\n"
    )


def blocks(cell):
    "The Markdown of one cell: nothing for a hidden one"
    if cell.cell_type == "markdown":
        yield LINK.sub(r"\1nbs/\2", cell.source.strip())
    if cell.cell_type != "code":
        return
    directives = extract_directives(cell)
    if directives.keys() & {"hide", "default_exp"} or directives.get("include:") == [
        "false"
    ]:
        return
    source = "\n".join(
        line for line in cell.source.splitlines() if not line.startswith("#|")
    ).strip()
    if source and directives.get("echo:") != ["false"]:
        yield f"```python\n{source}\n```"
    for output in cell.outputs:
        data = output.get("data", {})
        if "text/markdown" in data:
            yield LINK.sub(r"\1nbs/\2", "".join(data["text/markdown"]).strip())
        elif any(kind.startswith("image/") for kind in data):
            continue
        elif text := "".join(output.get("text", data.get("text/plain", ""))).rstrip():
            yield f"```\n{text}\n```"


def main():
    path, text = ROOT / "README.md", readme()
    if "--check" not in sys.argv[1:]:
        return path.write_text(text, encoding="utf-8", newline="\n")
    same = path.is_file() and path.read_text(encoding="utf-8") == text
    if not same:
        print("README.md is not what nbs/index.ipynb says: run make export")
    print(f"{int(same)} passed, {int(not same)} failed")
    sys.exit(not same)


if __name__ == "__main__":
    main()
