"""Are the modules what the notebooks export, each name defined once, and are the
notebooks clean? Writes nothing; `make export` mends both."""

import ast
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from clean import clean
from execnb.nbio import nb2str, read_nb

ROOT = Path(__file__).resolve().parent.parent
BY_HAND = {"__main__.py"}  # what `python -m genmodels` runs; no notebook exports it


def exported():
    "For each module, whether it is in sync with what the notebooks export into an empty package"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copy(ROOT / "settings.ini", copy)
        shutil.copytree(ROOT / "nbs", copy / "nbs", ignore=shutil.ignore_patterns(".*"))
        (copy / "genmodels").mkdir()
        subprocess.run(
            [
                sys.executable,
                "-c",
                "from nbdev.doclinks import nbdev_export; nbdev_export()",
            ],
            cwd=copy,
            check=True,
        )
        made, kept = copy / "genmodels", ROOT / "genmodels"
        names = {
            path.name for package in (made, kept) for path in package.glob("*.py")
        } - BY_HAND
        return {
            f"genmodels/{name}": text(made / name) == text(kept / name) is not None
            for name in sorted(names)
        }


def text(path):
    return path.read_text(encoding="utf-8") if path.is_file() else None


def defined_once():
    "For each module, whether no name is defined a second time, which would hide the first"
    found = {}
    for path in sorted((ROOT / "genmodels").glob("*.py")):
        names = [
            node.name
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        ]
        found[f"genmodels/{path.name}"] = len(names) == len(set(names))
    return found


def cleaned():
    "For each notebook, whether cleaning it changes nothing"
    return {
        f"nbs/{path.name}": is_clean(path)
        for path in sorted((ROOT / "nbs").glob("*.ipynb"))
    }


def is_clean(path):
    notebook = read_nb(path)
    clean(notebook)
    return nb2str(notebook) == path.read_text(encoding="utf-8")


def main():
    modules, names, notebooks = exported(), defined_once(), cleaned()
    for name, same in modules.items():
        if not same:
            print(f"{name} is not what the notebooks export: run make export")
    for name, once in names.items():
        if not once:
            print(f"{name} defines a name twice: rename one of them")
    for name, same in notebooks.items():
        if not same:
            print(
                f"{name} holds more than source and outputs, or shows what is folded:"
                " run make export"
            )
    results = [*modules.values(), *names.values(), *notebooks.values()]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
