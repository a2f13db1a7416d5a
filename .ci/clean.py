"""Clean every notebook, and collapse in JupyterLab what the site folds. `make export`
runs this."""

from pathlib import Path

from execnb.nbio import nb2str, read_nb
from nbdev.clean import clean_nb
from nbdev.config import get_config
from nbdev.process import extract_directives

ROOT = Path(__file__).resolve().parent.parent


def clean(notebook):
    "Leave source and outputs, and say of each cell what JupyterLab shows of it"
    clean_nb(notebook, clean_ids=get_config(path=ROOT).clean_ids)
    for cell in notebook.cells:
        if cell.cell_type == "code" and (hidden := collapsed(cell)):
            cell.metadata["jupyter"] = hidden


def collapsed(cell):
    "What JupyterLab hides of a cell until it is clicked"
    directives = {
        key.rstrip(":"): " ".join(value)
        for key, value in extract_directives(cell, remove=False).items()
    }
    summary = directives.get("fold", "")
    if "hide" in directives or summary.startswith(("Checks", "The check", "Tests")):
        return {"outputs_hidden": True, "source_hidden": True}
    folded = "fold" in directives or directives.get("echo") == "false"
    return {"source_hidden": True} if folded else {}


def write(path, notebook):
    "Store a notebook cleaned, whole or not at all, and only if something changed"
    clean(notebook)
    text = nb2str(notebook)
    if text == path.read_text(encoding="utf-8"):
        return
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(text, encoding="utf-8", newline="\n")
    unfinished.replace(path)


if __name__ == "__main__":
    for each in sorted((ROOT / "nbs").glob("*.ipynb")):
        write(each, read_nb(each))
