"""Every check that needs no site: `make test` in one place, for those without make too.
Ends with `N passed, N failed`."""

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKS = {
    "code": ["code.py"],
    "modules and notebooks agree": ["sync.py"],
    "tests": ["notebooks.py", "--test"],
    "generated arguments": ["generated.py"],
    "README": ["readme.py", "--check"],
    "diagrams": ["../docs/diagrams", "--check"],
}


def main():
    total = [0, 0]
    for title, (script, *arguments) in CHECKS.items():
        print(f"== {title}", flush=True)
        counts = count([sys.executable, str(HERE / script), *arguments])
        total = [a + b for a, b in zip(total, counts)]
    print(f"{total[0]} passed, {total[1]} failed")
    sys.exit(total[1] > 0)


def count(command):
    """Run a check, show what it says, and return how many passed and failed; a check
    that gives no count has failed"""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    last = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line
    code = process.wait()
    found = re.fullmatch(r"(\d+) passed, (\d+) failed\s*", last)
    passed, failed = map(int, found.groups()) if found else (0, 0)
    return passed, failed + (code != 0 and failed == 0)


if __name__ == "__main__":
    main()
