"""Numbers typed into the exercises of a page, judged as the notebook judges them.

The build runs the check of each exercise of the kind "compute", and no other cell than
those that it needs. It asks the check what it accepts and what it says of a wrong
answer, and puts that into the page, encoded; `_static/answers.js` reads it."""

import ast
import base64
import builtins
import hashlib
import importlib
import json
import math
import re
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
from browser import served, watched
from play_tests import in_node

from genmodels.exercises import _array, _verdict

HERE = Path(__file__).resolve().parent
NOTEBOOKS, STORE = HERE.parent / "nbs", HERE / "_build/answers.json"
EXERCISE = re.compile(r"^\*\*Exercise (\d+) \(compute\)", re.M)
EXPORTED = re.compile(r"^#\|\s*exports?\b", re.M)
MAGIC = re.compile(r"^[%!].*$", re.M)
MODULE = re.compile(r"^#\|\s*default_exp\s+(\w+)", re.M)
# Exercises of this kind whose answer is not typed, or whose check needs a whole chapter
NOT_TYPED = {
    ("10_tokenization", 1): "three words",
    ("21_vae", 1): "a function",
    ("41_link", 6): "a row of the ledger",
    ("71_your_data", 1): "a folder that the chapter makes",
    ("91_exercises", 0): "an example of a check, in the text",
}
SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
NAMED = (ast.FunctionDef, ast.ClassDef)
# A check that computes with the answer is asked at these, and at those of its own test
PROBES = [0.0, *(sign * 10.0**k for k in range(-3, 7) for sign in (-1, 1))]


class Unclear(Exception):
    "An exercise whose check does not say what it accepts, and why"


# ── the cells that a check needs ──────────────────────────────────────────────────────


def bound(node):
    "The names that a statement gives a value"
    if isinstance(node, NAMED):
        return {node.name}
    if isinstance(node, ast.alias):
        return {(node.asname or node.name).partition(".")[0]}
    if isinstance(node, SCOPES):
        return set()
    stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    own = {node.id} if stored else set()
    return own.union(*map(bound, ast.iter_child_nodes(node)))


def parsed(cell):
    "The statements of a cell of code, without the lines that only IPython reads"
    return ast.parse(MAGIC.sub("", "".join(cell["source"]))).body


class Names(dict):
    """The names of a notebook as they are before its cell `end`: each is computed when
    it is asked for, by the last statement that gives it a value"""

    def __init__(self, cells, end):
        super().__init__(__name__="__main__")
        self.module, self.homes = None, {}
        for cell in cells[:end]:
            if cell["cell_type"] != "code":
                continue
            if found := MODULE.search("".join(cell["source"])):
                self.module = importlib.import_module(f"genmodels.{found[1]}")
            exported = EXPORTED.search("".join(cell["source"]))
            for node in parsed(cell):
                self.homes |= dict.fromkeys(bound(node), (node, bool(exported)))

    def __missing__(self, name):
        node, exported = self.homes.get(name, (None, False))
        if exported and hasattr(self.module, name):
            return getattr(self.module, name)
        if node is None:
            if hasattr(builtins, name):
                raise KeyError(name)  # Python looks there next
            raise NameError(f"no cell before it gives {name} a value")
        self.run([node])
        return self[name]

    def run(self, nodes):
        exec(compile(ast.Module(nodes, []), "<notebook>", "exec"), self)


# ── what a check accepts ──────────────────────────────────────────────────────────────


@dataclass
class Exercise:
    "What the page has to know of one exercise"

    page: str
    number: int
    count: int = 1  # how many numbers an answer has
    # Lowest and highest values, and what is said: True, or what is wrong
    rules: list = field(default_factory=list)
    last: object = False  # what is said where no rule holds
    whole: object = None  # what is said of a number that is not whole, if it must be
    # What is typed, whether it is accepted, and what the notebook says
    cases: list = field(default_factory=list)

    @property
    def name(self):
        return f"{self.page}, exercise {self.number}"

    def encoded(self):
        "The rules, so that nobody reads the answer by mistake"
        rules = [[*map(ends, rule[:2]), rule[2]] for rule in self.rules]
        told = dict(count=self.count, rules=rules, last=self.last, whole=self.whole)
        return base64.b64encode(json.dumps(told).encode()).decode()


def ends(values):
    "The ends of ranges, for JSON, which knows no infinity"
    return [value if math.isfinite(value) else None for value in values]


ANSWER = object()  # stands for what a reader will type


def ask(exercise, check, names):
    """The rules of a check that does nothing with an answer but call `close`: it is run
    once for each call, which says yes where those before it say no"""
    while True:
        asked = []

        def close(given, expected, atol=1e-6, rtol=0.0):
            if given is not ANSWER or expected is ANSWER:
                raise Unclear("the answer is changed before it is compared")
            right = _array(expected)
            reach = atol + rtol * np.abs(right)
            ranges = np.ravel(right - reach), np.ravel(right + reach)
            asked.append([part.tolist() for part in ranges])
            return len(asked) == len(exercise.rules) + 1

        names["close"] = close
        said = check(ANSWER)
        if len(asked) == len(exercise.rules):
            break
        exercise.rules.append([*asked[-1], said])
    counts = {len(rule[0]) for rule in exercise.rules}
    if len(counts) != 1:
        raise Unclear(f"compares with {counts or 'no'} numbers")
    exercise.count, exercise.last = counts.pop(), said


def said_of(check, number):
    "What the check says of a number: True, False or what is wrong, {} where it stands"
    whole = float(number).is_integer()
    right, words = _verdict(check, int(number) if whole else number)
    _, _, wrong = words.partition("not yet: ")
    if right or not wrong or wrong.startswith("your answer stopped"):
        return right
    if not whole:
        return wrong
    return re.sub(rf"(?<![\w.-]){int(number)}(?![\w.])", "{}", wrong)


def probe(exercise, check, numbers):
    """The rules of a check that computes with the answer: what it says at `numbers` and
    `PROBES`, and where that changes between two of them"""
    points = sorted({*PROBES, *numbers})
    parts = {said_of(check, math.floor(x) + 0.5) for x in points}
    if len(parts) == 1 and isinstance(*parts, str):  # a number that is not whole
        exercise.whole = parts.pop()
        points = [x for x in points if float(x).is_integer()]
    known = [(x, said_of(check, x)) for x in points]
    low = -math.inf
    for (a, before), (b, after) in zip(known, known[1:]):
        while before != after:
            end, a = edge(check, a, b, before, exercise.whole is not None)
            exercise.rules.append([[low], [end], before])
            low, before = a, said_of(check, a)
    exercise.last = known[-1][1]


def edge(check, a, b, before, whole):
    "Two neighbours between a and b, so that the check says at the first what it did"
    step = 1 if whole else 1e-6 * max(abs(a), abs(b))
    while b - a > step:
        middle = math.floor((a + b) / 2) if whole else (a + b) / 2
        if said_of(check, middle) == before:
            a = middle
        else:
            b = middle
    return a, b


# ── what is typed in the tests ────────────────────────────────────────────────────────


def plain(answer):
    "An answer of the notebook's test as a list of numbers, or None"
    try:
        numbers = np.ravel(_array(answer)).tolist()
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def case(exercise, check, numbers, typed=None):
    "What is typed, whether the notebook accepts it, and what it says, where it knows"
    typed = typed or ", ".join(map(repr, numbers))
    if len(numbers) != exercise.count:
        return [typed, False, None]
    accepted, says = _verdict(check, numbers if exercise.count > 1 else numbers[0])
    return [typed, accepted, says.partition(": your answer stopped")[0]]


def around(exercise):
    "Answers a little inside and outside of each end of each rule"
    for lows, highs, _ in exercise.rules:
        for i, (low, high) in enumerate(zip(lows, highs)):
            for end, sign in ((low, -1), (high, 1)):
                wide = 1.0 if math.isinf(high - low) else high - low
                step = 0.02 * wide if exercise.whole is None else 1.0
                middle = [(a + b) / 2 for a, b in zip(lows, highs)]
                for by in (-step, step) if math.isfinite(end) else ():
                    yield middle[:i] + [end + sign * by] + middle[i + 1 :]


# ── the exercises of the book ─────────────────────────────────────────────────────────


def held(cells, check):
    "The place of the cell that tests a check, and its call of `hold`"
    for place, cell in enumerate(cells):
        for node in parsed(cell) if cell["cell_type"] == "code" else ():
            call = getattr(node, "value", None)
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "hold":
                if call.args[0].id == check:
                    return place, node
    raise Unclear("no cell tests its check with hold")


def exercise_of(page, number, cells):
    "One exercise, from the cells of its notebook"
    exercise, answers = Exercise(page, number), []
    place, test = held(cells, f"check_{number}")
    names = Names(cells, place + 1)
    for cell in cells[:place]:
        nodes = parsed(cell) if cell["cell_type"] == "code" else []
        if f"check_{number}" in set().union(*map(bound, nodes)):
            names.run(nodes)
    check, close = names[f"check_{number}"], names["close"]
    names["hold"] = lambda check, *, right, wrong: answers.extend([*right, *wrong])
    names.run([test])
    tried = [(one, plain(one)) for one in answers]
    try:
        ask(exercise, check, names)
        names["close"] = close
    except (Unclear, TypeError):
        exercise.rules, names["close"] = [], close
        single = [each[0] for _, each in tried if each and len(each) == 1]
        probe(exercise, check, single)
    if not any(rule[2] is True for rule in exercise.rules):
        raise Unclear("accepts no number that was tried")
    exercise.cases = [
        case(exercise, check, numbers, one if isinstance(one, str) else None)
        for one, numbers in tried
        if numbers
    ] + [case(exercise, check, numbers) for numbers in around(exercise)]
    return exercise


def on_page(path):
    "Number of an exercise → the exercise, for those of a notebook that are typed"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    found = {}
    for number in map(int, EXERCISE.findall("\n".join(texts))):
        if (path.stem, number) in NOT_TYPED:
            continue
        try:
            found[number] = exercise_of(path.stem, number, cells)
        except Exception as error:
            words = "(name it in NOT_TYPED of docs/answers.py if it is not for a page)"
            raise Unclear(f"{path.stem}, exercise {number}: {error} {words}") from error
    return found


@cache
def code():
    "This file and the modules of the package, on which all exercises depend"
    modules = sorted((HERE.parent / "genmodels").glob("*.py"))
    return b"".join(each.read_bytes() for each in (Path(__file__), *modules))


def state(path):
    "What the exercises of a notebook depend on, in few letters"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = json.dumps([cell["source"] for cell in cells])
    return hashlib.sha256(code() + sources.encode()).hexdigest()


@cache
def exercises():
    """Name of a page → number of an exercise → the exercise, where an answer can be
    typed; what nothing has changed for is read from the last build"""
    stored = json.loads(STORE.read_text("utf-8")) if STORE.is_file() else {}
    found, kept = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        with mock.patch.object(tempfile, "tempdir", folder):
            for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb")):
                key, old = state(path), stored.get(path.stem, {})
                if old.get("key") == key:
                    known = [Exercise(**each) for each in old["exercises"]]
                    found[path.stem] = {each.number: each for each in known}
                else:
                    found[path.stem] = on_page(path)
                known = [asdict(each) for each in found[path.stem].values()]
                kept[path.stem] = dict(key=key, exercises=known)
    STORE.parent.mkdir(exist_ok=True)
    STORE.write_text(json.dumps(kept), encoding="utf-8")
    return found


def with_form(text, page):
    "The text of an exercise with a place for the answer, if it is one that is typed"
    found = EXERCISE.search(text)
    exercise = found and exercises().get(page, {}).get(int(found[1]))
    if not exercise:
        return text
    place = (
        f'<div class="answer" data-exercise="{exercise.number}"'
        f' data-check="{exercise.encoded()}"></div>'
    )
    return f"{text}\n\n```{{raw}} html\n{place}\n```"


def progress():
    "The place of the front page that says how many exercises are solved"
    total = sum(map(len, exercises().values()))
    return f'```{{raw}} html\n<div class="solved" data-total="{total}"></div>\n```'


# ── tests ─────────────────────────────────────────────────────────────────────────────

JUDGED = """
const { decode, judge } = require(SCRIPT), { stdin, stdout } = process;
let given = "";
stdin.on("data", (part) => { given += part; }).on("end", () => {
  const found = JSON.parse(given).map(([check, typed]) => judge(decode(check), typed));
  stdout.write(JSON.stringify(found));
});
"""
UNFOLD = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
}"""


def check_answers():
    "How many exercises the script judges as their notebooks do, and what it gets wrong"
    every = [each for page in exercises().values() for each in page.values()]
    asked = [(each, one) for each in every for one in each.cases]
    script = JUDGED.replace("SCRIPT", json.dumps(str(HERE / "_static/answers.js")))
    given = json.dumps([[each.encoded(), one[0]] for each, one in asked])
    process = in_node("-e", script, given=given)
    if process.returncode:
        return 0, [f"answers.js: {process.stderr[-500:]}"]
    judged = json.loads(process.stdout)
    failures = [
        f"{each.name}: {typed!r} gives {told['says']!r}, and in the notebook {says!r}"
        for (each, (typed, accepted, says)), told in zip(asked, judged)
        if told["right"] != accepted or says not in (None, told["says"])
    ]
    for each in every:
        if len({accepted for _, accepted, _ in each.cases}) < 2:
            failures.append(f"{each.name}: is not tested both ways")
    return len(every) - len(failures), failures


def typed_in(page, place, text):
    "What the page says after a text is typed and Enter is pressed"
    entry = place.locator("input")
    entry.fill("")
    entry.press_sequentially(text)
    entry.press("Enter")
    return place.locator("[role=status]").inner_text()


def use_page(browser, base, name, known):
    "What is wrong with the exercises of one page, by keyboard and by touch"
    context = browser.new_context(viewport=dict(width=360, height=800), has_touch=True)
    page, found = watched(context, base)
    page.goto(f"{base}{name}.html")
    page.evaluate(UNFOLD)
    for each in known.values():
        place = page.locator(f'.answer[data-exercise="{each.number}"]')
        words = f"{name}, exercise {each.number}:"
        if not place.get_by_label(f"exercise {each.number}").count():
            found.append(f"{words} its input has no label")
        right = next(typed for typed, accepted, _ in each.cases if accepted)
        wrong, _, says = next(one for one in each.cases if not one[1] and one[2])
        if typed_in(page, place, wrong) != says:
            found.append(f"{words} says of {wrong!r} something else than {says!r}")
        place.locator("input").fill(right)
        place.get_by_role("button").tap()
        if place.locator("[role=status]").inner_text() != "right":
            found.append(f"{words} does not accept {right!r}")
    page.reload()
    told = page.locator(".solved").first.text_content()
    if f"{len(known)} of {len(known)}" not in told:
        found.append(f"{name}: after a reload the page says {told!r}")
    page.locator(".solved button").first.dispatch_event("click")
    if page.evaluate("localStorage.getItem('genmodels.solved')"):
        found.append(f"{name}: what was solved is not forgotten")
    context.close()
    return found


def shortest(root, pages):
    "Of the pages, the shortest for each count of numbers that an exercise asks"
    sizes = {name: Path(root, f"{name}.html").stat().st_size for name in pages}
    asked = {each.count for known in pages.values() for each in known.values()}
    names = {
        min((n for n in pages if any(e.count == k for e in pages[n].values())), key=sizes.get)
        for k in asked
    }
    return {name: pages[name] for name in sorted(names)}


def use_answers(root, every=True):
    """How many pages took right and wrong answers in a browser, and what went wrong; not
    `every` page: the shortest ones"""
    pages = {name: known for name, known in exercises().items() if known}
    pages = pages if every else shortest(root, pages)
    failures = []
    with served(root) as (browser, base):
        for name, known in pages.items():
            try:
                failures += use_page(browser, base, name, known)
            except Exception as error:  # whatever it is, the next page is used too
                failures.append(f"{name}: {type(error).__name__}: {error!s:.300}")
        plain = browser.new_context(java_script_enabled=False).new_page()
        plain.goto(f"{base}{next(iter(pages))}.html")
        if plain.locator(".answer input").count():
            failures.append("without JavaScript there is an input that does nothing")
    return len(pages), failures


if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "_build/html"
    passed, failures = check_answers()
    used, wrong = use_answers(root)
    print(*failures, *wrong, sep="\n")
    print(f"{passed + used} passed, {len(failures) + len(wrong)} failed")
    sys.exit(bool(failures or wrong))
