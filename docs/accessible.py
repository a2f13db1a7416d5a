"""What the theme leaves unsaid to a screen reader, and what a page must not have."""

import re
from collections import Counter

# Names, punctuation and spaces of code have the colour of code in both themes
PLAIN = re.compile(r'<span class="[nwp]">([^<]*)</span>')
NAMED = {
    '<aside class="sidebar-drawer': '<aside aria-label="Chapters" class="sidebar-drawer',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    '<p class="caption" role="heading': '<p class="caption" aria-level="2" role="heading',
    '<summary aria-label="Toggle hidden content">': "<summary>",  # which has words
    '<div id="search-results">': '<h1>Search</h1>\n<div id="search-results">',
}
TOP = re.compile(r'<a href="#" class="back-to-top.*?</a>', re.S)
# The corner of a table whose rows have names is no heading of anything
CORNER = re.compile(r"<th\b[^>]*>(?:<p>)?\s*(?:</p>)?</th>")
ID = re.compile(r'<[a-z][^>]*\sid="([^"]+)"')


def accessible(text):
    "The HTML of a page with names, levels and cells as a screen reader needs them"
    text = PLAIN.sub(r"\1", text)
    for tag, named in NAMED.items():
        text = text.replace(tag, named)
    text = TOP.sub(r'<nav aria-label="This page">\g<0></nav>', text)
    return CORNER.sub("<td></td>", text)


def bad_ids(made, root):
    "Which of the pages that were `made` use an id twice, so that a link leads astray"
    return [
        f"{path.relative_to(root)} has {count} elements with the id {name}"
        for path in made
        for name, count in Counter(ID.findall(path.read_text(encoding="utf-8"))).items()
        if count > 1
    ]
