"""Sections that a reader opens: exercises, errors of the article, what is for the
curious, and the letters of the glossary. Each is one closed line on its page: its
heading, and what it holds."""

import html
import re
from collections import Counter

from docutils import nodes

EXERCISE = re.compile(r"Exercise \d+ \((\w+)\)")
ERRATA, GLOSSARY = "72_errata", "00_notation"
KINDS = dict(compute="to compute", build="to build", explore="to explore")


def setup(app):
    "Let Sphinx fold the sections of each page"
    app.connect("doctree-resolved", fold)
    return dict(parallel_read_safe=True, parallel_write_safe=True)


def fold(app, doctree, page):
    "Put each such section of `page` into an element that opens and closes"
    if app.builder.format != "html":
        return
    for section in list(doctree.findall(nodes.section)):
        title = section[0].astext().replace("’", "'")
        letter = page == GLOSSARY and level(section) == 3 and len(title) == 1
        tell = terms if letter else teller(page, title)
        if tell and (letter or level(section) == 2):
            held = html.escape(tell(section))
            section.insert(1, raw(f'<p class="held">{held}</p></summary>'))
            section.insert(0, raw('<details class="section"><summary>'))
            section.append(raw("</details>"))


def teller(page, title):
    "The function that says what a section holds, or None for one that stays open"
    if page == ERRATA:  # whose first section has a table with a link to each of them
        return None if title == "All of them" else topics
    return FOLDED.get(title)


def level(section):
    "1 for the title of a page, 2 for a section of it, and so on"
    count = 0
    while isinstance(section, nodes.section):
        section, count = section.parent, count + 1
    return count


def raw(text):
    return nodes.raw("", text, format="html")


def exercises(section):
    "How many exercises a section has, of which kinds"
    found = [EXERCISE.match(each.astext()) for each in section.findall(nodes.strong)]
    kinds = Counter(match[1] for match in found if match)
    told = [f"{kinds[kind]} {words}" for kind, words in KINDS.items() if kinds[kind]]
    return f"{kinds.total()} exercises: {', '.join(told)}"


def topics(section):
    "What a section is about: its subsections, or the words that open its paragraphs"
    parts = [each[0] for each in section.findall(nodes.section) if each is not section]
    if not parts:
        opening = [
            next((part for part in each.children if part.astext()), None)
            for each in section.findall(nodes.paragraph)
        ]
        parts = [part for part in opening if isinstance(part, nodes.strong)]
    return " · ".join(part.astext().rstrip(".") for part in parts)


def terms(section):
    "The terms of the glossary under a letter"
    entries = section.findall(nodes.list_item)
    return " · ".join(next(each.findall(nodes.strong)).astext() for each in entries)


def statements(section):
    "How many statements of the article a section has, a line of a table each"
    count = sum(len(body) for body in section.findall(nodes.tbody))
    if not count:
        return "What the article says beside what is right"
    return f"{count} statements of the article, each with what is right"


FOLDED = {
    "Exercises": exercises,
    "For the curious": topics,
    "The article's errors": statements,
    "What the article says, and what holds": statements,
    "Where the article differs": statements,
}
