"""Run the tests with the oldest and with the newest versions that settings.ini allows.

`versions.py [oldest] [newest] [--python PATH]`

Each has an environment of its own, .venv-oldest and .venv-newest. The oldest of a dependency is the
last patch of the minor release that its lower bound in settings.ini names; the newest is what pip
finds within the bounds, on the Python named by --python. Of what only building and checking need,
nbdev and what it needs stay as pinned; pip chooses the rest. Ends with `N passed, N failed`.
"""

import argparse
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

from test import count, start

ROOT = Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "which", nargs="*", choices=["oldest", "newest"], default=["oldest", "newest"]
    )
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="for the newest versions; default: the one that runs this",
    )
    options = parser.parse_args()
    total = [0, 0]
    for which in options.which:
        print(f"== {which} versions", flush=True)
        python = environment(
            which, sys.executable if which == "oldest" else options.python
        )
        counts = count(start(python, ROOT / ".ci/test.py")) if python else (0, 1)
        total = [a + b for a, b in zip(total, counts)]
    print(f"{total[0]} passed, {total[1]} failed")
    sys.exit(total[1] > 0)


def environment(which, python):
    "Make an environment with those versions; its Python, or nothing where pip finds no such set"
    folder = ROOT / f".venv-{which}"
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    bounds = folder / "constraints.txt"
    bounds.write_text(
        "".join(f"{name}=={low}.*\n" for name, low in lowest())
        if which == "oldest"
        else ""
    )
    inside = folder / (
        "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    )
    install = [
        inside,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--use-pep517",
        "-c",
        bounds,
        "-e",
        f"{ROOT}[book]",
        *tools(),
    ]
    if subprocess.run(install).returncode:
        return None
    found = subprocess.run(
        [inside, "-m", "pip", "freeze"], capture_output=True, text=True, check=True
    ).stdout
    print(
        "\n".join(
            line
            for line in found.splitlines()
            if line.split("==")[0].lower() in {name.lower() for name, _ in lowest()}
        )
    )
    return str(inside)


def tools():
    "What only building and checking need: pinned where nbdev would break, else any version"
    words = settings()["dev_requirements"].split()
    return [
        (
            word
            if word.startswith(("nbdev", "execnb", "ghapi", "fastgit"))
            else word.split("==")[0]
        )
        for word in words
    ]


def lowest():
    "Name and lower bound of each dependency with a range, the bound as a minor release: 2 is 2.0"
    words = " ".join(
        settings()[f"{part}requirements"] for part in ("", "book_")
    ).split()
    bounds = [
        re.fullmatch(r"([\w-]+)>=(\d+)(?:\.(\d+))?[\d.]*,.*", word).groups("0")
        for word in words
    ]
    return [(name, f"{major}.{minor}") for name, major, minor in bounds]


def settings():
    config = ConfigParser(delimiters=["="])
    config.read(ROOT / "settings.ini", encoding="utf-8")
    return config["DEFAULT"]


if __name__ == "__main__":
    main()
