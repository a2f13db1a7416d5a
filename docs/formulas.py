"""Formulas are typeset while the site is built: pictures in the page, with MathML for screen
readers. A page needs no script for them, and shows them without JavaScript."""

import html
import json
import re
from pathlib import Path

from play_tests import in_node

MATH = re.compile(
    r'<(span|div) class="(?:amsmath )?math [^"]*"[^>]*>'
    r'(?:<span class="eqno">.*?</span>)?(?P<tex>.*?)</\1>',
    re.S,
)
DELIMITED = re.compile(r"\s*\\([(\[])(.*)\\[)\]]\s*", re.S)


def formulas(paths):
    "The formulas of pages as Sphinx wrote them: page, match, TeX, and whether displayed"
    for path in paths:
        for match in MATH.finditer(path.read_text(encoding="utf-8")):
            words = html.unescape(re.sub(r"<[^>]+>", "", match["tex"]))
            kind, tex = DELIMITED.fullmatch(words).groups()
            yield dict(path=path, match=match, tex=tex, display=kind == "[")


def typeset(paths):
    "Put a picture in place of the TeX of each formula; how many there are, what failed"
    rows = list(formulas(paths))
    given = json.dumps([dict(tex=row["tex"], display=row["display"]) for row in rows])
    process = in_node(Path(__file__).with_suffix(".js"), given=given)
    if process.returncode:
        return len(rows), [f"the formulas failed: {process.stderr[-500:]}"]
    made, failures, pages = json.loads(process.stdout), [], {}
    for row, one in zip(rows, made):
        if "error" in one:
            failures.append(f"{row['path'].stem}: {one['error']}: {row['tex']}")
        else:
            pages.setdefault(row["path"], []).append((row["match"], one["html"]))
    for path, found in pages.items():
        path.write_text(replaced(path.read_text(encoding="utf-8"), found), encoding="utf-8")
    return len(rows), failures


def replaced(text, found):
    "`text` with the HTML of each formula of `found` in place of its TeX"
    for match, made in reversed(found):
        text = text[: match.start("tex")] + made + text[match.end("tex") :]
    return text
