"""Build the wheel into dist/, install it in a new environment with nothing of the book,
and train there. Ends with `N passed, N failed`."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRIAL = """
import importlib, pkgutil, sys, genmodels
from pathlib import Path
assert Path(genmodels.__file__).is_relative_to(sys.prefix), genmodels.__file__
assert (Path(genmodels.__file__).parent / "py.typed").exists()
for module in pkgutil.iter_modules(genmodels.__path__):
    importlib.import_module(f"genmodels.{module.name}")
from genmodels.demo import demo
demo(Path("demo"), steps=100)
"""


def main():
    "Take the steps up to the first that fails, and count"
    for old in (ROOT / "dist").glob("*.whl"):
        old.unlink()
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for name, command in steps(folder).items():
            run = subprocess.run(
                command() if callable(command) else command,
                cwd=folder,
                capture_output=True,
                text=True,
                encoding="utf-8",
            )
            print(f"{name}: {'ok' if run.returncode == 0 else 'FAILED'}", flush=True)
            if run.returncode:
                print(run.stdout[-4000:], run.stderr[-4000:], flush=True)
                failed += 1
                break
            passed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


def steps(folder):
    "Name of a step -> its command, or a function that gives it once the wheel is built"
    python = Path(
        folder, ".venv", "Scripts" if sys.platform == "win32" else "bin", "python"
    )
    return {
        "build": [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--outdir",
            ROOT / "dist",
            ROOT,
        ],
        "environment": [sys.executable, "-m", "venv", Path(folder, ".venv")],
        "install": lambda: [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-c",
            ROOT / "constraints.txt",
            *(ROOT / "dist").glob("*.whl"),
        ],
        "import and train": [python, "-c", TRIAL],
    }


if __name__ == "__main__":
    main()
