"""Build the site from the notebooks, strictly: pages, links, formulas, and no request
to another host. Ends with `N passed, N failed`."""

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import definitions
from accessible import accessible, bad_ids
from answers import Unclear, check_answers, use_answers
from browser import browser_path
from formulas import typeset
from pages_browser import check_pages, sample
from play_browser import check_figures, report
from play_site import write_play
from play_tests import check_runtime, in_node
from sections import FOLDED
from transform import Broken, write

HERE = Path(__file__).resolve().parent
SOURCE, TARGET = HERE / "_src", HERE / "_build/html"
# What a browser fetches by itself, as opposed to a link that a reader may follow.
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\bsrc="
    r"""["']((?:https?:)?//[^"']+)"""
    r"|<link\b(?=[^>]*\brel="
    r"""["'](?:stylesheet|preload|icon|shortcut icon|manifest|preconnect|dns-prefetch)\b)"""
    r"""[^>]*?\bhref=["']((?:https?:)?//[^"']+)""",
    re.I,
)
IMPORTED = re.compile(
    r"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""", re.I
)


def main():
    "Build the site, check what was made, and count"
    try:
        pages = [name for name in write(SOURCE) if name.endswith((".ipynb", ".md"))]
    except (Broken, Unclear) as error:
        return finish(0, [str(error)])
    shutil.rmtree(TARGET, ignore_errors=True)
    if subprocess.run(sphinx_command()).returncode:
        return finish(0, ["Sphinx: see above"])
    rows = sorted((HERE.parent / "nbs/results").glob("*.json"))
    (TARGET / "results").mkdir(exist_ok=True)
    for row in rows:
        shutil.copy(row, TARGET / "results")
    write_play(TARGET / "play")
    made = sorted(TARGET.rglob("*.html"))
    formulas, failures = typeset(made)
    (TARGET / "definitions.js").write_text(definitions.script(TARGET), encoding="utf-8")
    for path in made:
        text = accessible(path.read_text(encoding="utf-8"))
        path.write_text(text, encoding="utf-8")
    failures += bad_requests(made) + bad_tables(made) + bad_ids(made, TARGET)
    failures += bad_sections(made) + bad_record(rows) + bad_script() + bad_searches()
    passed = len(pages) + formulas + len(rows) + 1 - len(failures)
    used, wrong = checked()
    return finish(passed + used, failures + wrong)


def checked():
    "How many checks of moving figures, answers and pages passed, and what failed"
    passed, failures, worst = check_runtime()
    if worst:
        print(f"play: at most {float(worst['largest']):.1g} from PyTorch ({worst['name']})")
    judged, wrong = check_answers()
    passed, failures = passed + judged, failures + wrong
    if not browser_path():
        print("no Chromium and playwright here: no figure was used and no page opened")
        return passed, failures
    used, wrong, times, differences = check_figures(TARGET)
    report(times, differences)
    answered, refused = use_answers(TARGET, every=False)
    opened, bad = check_pages(TARGET, sample(TARGET))
    return passed + used + answered + opened, failures + wrong + refused + bad


def sphinx_command():
    "The command that makes the site, strictly, of the pages in `SOURCE`"
    return [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-E",
        "-W",
        "-n",
        "--keep-going",
        "-j",
        "auto",
        "-c",
        HERE,
        "-d",
        HERE / "_build/doctrees",
        SOURCE,
        TARGET,
    ]


def bad_requests(made):
    "What the pages that were `made`, and their styles, fetch from other hosts"
    return [
        f"{path.relative_to(TARGET)} fetches {url}"
        for path in [*made, *TARGET.rglob("*.css")]
        for url in fetched(path)
    ]


def bad_tables(made):
    "Which of the pages that were `made` show a table as text"
    return [
        f"{path.relative_to(TARGET)} shows a table as text"
        for path in made
        if "<p>|" in path.read_text(encoding="utf-8")
    ]


def bad_sections(made):
    """Which of the pages that were `made` have a section that should be closed and is
    not, or does not say what it holds"""
    found = []
    for path in made:
        text = path.read_text(encoding="utf-8")
        for title in FOLDED:
            heading = "<h2>" + title.replace("'", "’") + "<"
            closed = f'<details class="section"><summary>{heading}'
            if text.count(heading) != text.replace("\n", "").count(closed):
                found.append(f"{path.relative_to(TARGET)} does not close {title!r}")
        if '<p class="held"></p>' in text:
            found.append(f"{path.relative_to(TARGET)} has a section that holds nothing")
    return found


LINE = re.compile(r"<tr\b.*?</tr>", re.S)
LINK = re.compile(r'href="results/([^"]+)\.json"')


def bad_record(rows):
    "What the page of the record lacks of the ledger, as a browser without scripts has it"
    page = (TARGET / "61_recipes.html").read_text(encoding="utf-8")
    shown = {name: line for line in LINE.findall(page) for name in LINK.findall(line)}
    wrong = [name for name in shown if not (TARGET / f"results/{name}.json").is_file()]
    for path in rows:
        line, row = shown.get(path.stem, ""), json.loads(
            path.read_text(encoding="utf-8")
        )
        if not all(part in line for part in told(row)):
            wrong.append(path.stem)
    said = (
        "61_recipes.html does not show the row {} as the ledger has it: run make"
        " outputs"
    )
    return [said.format(name) for name in wrong]


def told(row):
    "What a line of the record must say of a row"
    chapter, made = row["chapter"] + ".html", row["made"]
    if not (TARGET / chapter).is_file():
        return [f"a page {chapter}, which there is not"]
    texts = [row["command"], row["interval"]["how"], row["precision"]]
    texts += [made["date"], (made["commit"] or "no commit")[:7]]
    for other in row["references"]:
        texts += [other["source"], other["protocol"], other["differs"]]
    return [
        f'href="{chapter}"',
        f"{len(row['runs'])} runs from",
        *map(html.escape, texts),
    ]


SORTED = """
const { order, matches } = require(SCRIPT), assert = require("node:assert");
const sorted = (keys, descending) => keys.sort((a, b) => order(a, b, descending));
assert.deepStrictEqual(sorted(["10", "", "9.5", "-1e-3"], false), ["-1e-3", "9.5", "10", ""]);
assert.deepStrictEqual(sorted(["10", "", "9.5"], true), ["10", "9.5", ""]);
assert.deepStrictEqual(sorted(["b", "a", "10"], false), ["10", "a", "b"]);
assert(matches("VAE on MNIST", "mnist vae") && matches("x", ""));
assert(!matches("VAE on MNIST", "vae cifar"));
"""


def bad_script():
    "What the script of the record gets wrong in sorting and filtering"
    path = HERE.parent / "genmodels/assets/record.js"
    process = in_node("-e", SORTED.replace("SCRIPT", json.dumps(str(path))))
    return [f"record.js: {process.stderr[-500:]}"] * bool(process.returncode)


def bad_searches():
    "Terms of the glossary, under all their names, whose chapter is not found first"
    queries = [
        [word, chapter]
        for name, (chapter, others) in definitions.terms().items()
        for word in (name, name.replace("-", ""), *others)
        if chapter
    ]
    process = in_node(HERE / "search_check.js", TARGET, given=json.dumps(queries))
    bad = process.stdout.splitlines()
    return bad + [f"search: {process.stderr[-500:]}"] * bool(process.returncode)


def fetched(path):
    text = path.read_text(encoding="utf-8")
    return (
        [a or b for a, b in FETCHED.findall(text)]
        if path.suffix == ".html"
        else IMPORTED.findall(text)
    )


def finish(passed, failures):
    for failure in failures:
        print(failure)
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
