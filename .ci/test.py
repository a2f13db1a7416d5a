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
    started = {
        title: start(sys.executable, HERE / script, *arguments)
        for title, (script, *arguments) in CHECKS.items()
    }
    for title, process in started.items():
        print(f"== {title}", flush=True)
        total = [a + b for a, b in zip(total, count(process))]
    print(f"{total[0]} passed, {total[1]} failed")
    sys.exit(total[1] > 0)


def start(*command):
    "Start a check; all run beside each other, because most keep one core busy"
    return subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1"},
    )


def count(process):
    """Show what a check says, and return how many passed and failed; a check that gives
    no count has failed"""
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
