"""Terms of the glossary and works of the references: their places, the links to them from
every page, what a page shows of one on hover, focus or tap, and what the search knows of
them."""

import json
import re
from functools import cache
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "nbs"
GLOSSARY, REFERENCES = "00_notation", "73_references"
TERM = re.compile(r"^\* \*\*(?P<name>.+?)\*\*(?P<rest>.*)$", re.M)
WORK = re.compile(r"^- \*\*(?P<name>.+?)\.\*\*(?P<rest>.*)$", re.M)
CHAPTER = re.compile(r"\]\((\d\d_\w+)\.ipynb\)")
AUTHOR = r"[A-ZÀ-Ž][\w'’-]+"
CITED = re.compile(  # with an initial where two works share a name and a year
    rf"(\b[A-Z]\. {AUTHOR} et al\.|{AUTHOR}(?:(?: and | & ){AUTHOR}| et al\.)?)"
    r"( \(?)((?:19|20)\d\d)(?![\d-])"
)
# Words with a second meaning in this book, which are no sign of the term
AMBIGUOUS = {"decoding", "generator", "objective"}
# Where no link may begin: code, formulas, tags, headings, links, addresses, folds' titles
OTHER = re.compile(
    r"(^```.*?^```|^~~~.*?^~~~|^:::.*?$|^#.*?$|\$\$.*?\$\$|``.+?``|`[^`]*`|\$[^$]*\$"
    r"|\{[^}]*\}|<a\b.*?</a>|<[^>]*>|!?\[[^\]]*\]\([^)]*\)|https?://\S+)",
    re.M | re.S,
)
PLACE = re.compile(
    r'<li>\s*<p>\s*<span id="((?:term|work)-[\w-]+)"></span>(.*?)</p>\s*</li>', re.S
)


def slug(name):
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-")


@cache
def cells(name):
    "The Markdown of a notebook"
    path = NOTEBOOKS / f"{name}.ipynb"
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(c["source"]) for c in found if c["cell_type"] == "markdown")


@cache
def terms():
    "Name of each term → the chapter that explains it, or None, and its other names"
    found = {}
    for match in TERM.finditer(cells(GLOSSARY)):
        chapter = CHAPTER.search(match["rest"])
        _, _, also = match["rest"].partition("*Also:* ")
        others = [one.strip(" .") for one in also.split(",")] if also else []
        found[match["name"]] = (chapter and chapter[1], others)
    return found


@cache
def works():
    "How each work of the references is cited → the anchor of its entry"
    found = {}
    for match in WORK.finditer(cells(REFERENCES)):
        if cited := CITED.search(match["name"]):
            anchor = f"work-{slug(match['name'])}"
            found.setdefault(f"{cited[1]} {cited[3]}", anchor)
    return found


def anchored(text):
    "The glossary or the references, with a place for each entry"
    text = TERM.sub(lambda m: placed(m, "* ", f"term-{slug(m['name'])}"), text)
    return WORK.sub(lambda m: placed(m, "- ", f"work-{slug(m['name'])}"), text)


def placed(match, bullet, anchor):
    return match[0].replace(bullet, f'{bullet}<span id="{anchor}"></span>', 1)


@cache
def wanted():
    """Words that are linked to a term, in lower case → its anchor, its chapter, and the
    words as they are written if they are an abbreviation"""
    found = {}
    for name, (chapter, others) in terms().items():
        for word in (name, *others):
            known = " " in word or word.isupper() or (word == name and len(word) > 7)
            plain = re.fullmatch(r"(?!if |for )[\w'’ -]+", word)
            if plain and known and word.lower() not in AMBIGUOUS:
                form = word if word.isupper() else None
                found.setdefault(word.lower(), (f"term-{slug(name)}", chapter, form))
    return found


@cache
def any_term():
    words = sorted(wanted(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, words))})(s?)(?![\w-])", re.I)


def linked(text, page, seen):
    """`text` of a page with its citations linked, and each term of another chapter where
    the page first has it; `seen` are those that it had before"""

    def work(match):
        anchor = works().get(f"{match[1].replace(' and ', ' & ')} {match[3]}")
        if not anchor:
            return match[0]
        words, rest = (match[1], match[2] + match[3]) if "(" in match[2] else (match[0], "")
        return f'<a class="work" href="{REFERENCES}.html#{anchor}">{words}</a>{rest}'

    def term(match):
        anchor, chapter, form = wanted()[match[1].lower()]
        if chapter == page or anchor in seen or form not in (None, match[1]):
            return match[0]
        seen.add(anchor)
        return f'<a class="term" href="{GLOSSARY}.html#{anchor}">{match[0]}</a>'

    pieces = OTHER.split(text)
    for i in range(0, len(pieces), 2):
        parts = re.split(r"(<a\b.*?</a>)", CITED.sub(work, pieces[i]))
        parts[::2] = [any_term().sub(term, part) for part in parts[::2]]
        pieces[i] = "".join(parts)
    return "".join(pieces)


def script(folder):
    "What `define.js` shows: the entries of the built glossary and references, by anchor"
    texts = {}
    for name in (GLOSSARY, REFERENCES):
        page = (folder / f"{name}.html").read_text(encoding="utf-8")
        texts |= {anchor: text.strip() for anchor, text in PLACE.findall(page)}
    anchors = {f"term-{slug(name)}" for name in terms()} | set(works().values())
    if lacking := sorted(anchors - texts.keys()):
        raise ValueError(f"no entry on the site for {', '.join(lacking)}")
    return f"window.definitions = {json.dumps(texts, ensure_ascii=False)};\n"


def scorer(script):
    "The script that ranks what the search finds, with the words of the glossary"
    words = {}
    for name, (chapter, others) in terms().items():
        asked = found_in(chapter, name)
        for word in (name, *others):
            words.setdefault(key(word), [asked, chapter])
    return script.replace("{}", json.dumps(words, ensure_ascii=False), 1)


def found_in(chapter, name):
    "The words of a term that its chapter has, or all"
    words = re.findall(r"\w+", name.lower())
    text = re.sub(r"\]\([^)]*\)", "]", cells(chapter)) if chapter else ""
    known = [word for word in words if begins(word, text.lower())]
    return " ".join(known or words)


def begins(word, text):
    "Whether a text has a word with the same beginning, as the search compares them"
    return re.search(rf"\b{re.escape(word[: max(4, len(word) - 3)])}", text)


def key(words):
    "Words as the search compares them: in lower case, without hyphens and spaces"
    return "".join(re.findall(r"\w+", words.lower()))
