"""The articles of the site's pages as XML, for paper and for e-readers."""

import html
import posixpath
import re
from xml.etree import ElementTree

from conf import HERE, settings

SITE = HERE / "_build/html"
ADDRESS = f"{settings['doc_host']}{settings['doc_baseurl']}/"
ARTICLE = re.compile(r"<article\b.*</article>", re.S)
ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot);)\w+;")
SPACES = {
    "svg": "http://www.w3.org/2000/svg",
    "math": "http://www.w3.org/1998/Math/MathML",
}
LINK = "{http://www.w3.org/1999/xlink}href"
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="en" xml:lang="en"><head><title>{title}</title>{head}</head>
<body data-theme="light">{body}</body></html>
"""


def pages():
    "The pages of the book in its order: the front page, chapters, the reference"
    found = [*sorted(SITE.glob("[0-9][0-9]_*.html")), *sorted(SITE.glob("api/*.html"))]
    return ["index.html", *(path.relative_to(SITE).as_posix() for path in found)]


def article(name, drawn):
    """The article of a page, without what only a screen can use; folds are open, and
    formulas drawn or in MathML"""
    text = ARTICLE.search((SITE / name).read_text(encoding="utf-8"))[0]
    text = ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    text = re.sub(r' xmlns="[^"]*"', "", text).replace("<br>", "<br/>")
    try:
        tree = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"{name} is no XML: {error}") from None
    for parent in [*tree.iter()]:
        for child in [*parent]:
            words = (child.get("class") or "").split()
            if child.tag == "script" or {"headerlink", "expanded"} & set(words):
                cut(parent, child)
            elif parent.tag == "summary" and child.tag == "p":
                child.tag = "span"
        if parent.tag == "details":
            parent.set("open", "")
    if re.match(r"\d\d_", name):
        heading = tree.find(".//h1")
        heading.text = f"{name[:2]} {heading.text}"
    formulas(tree, drawn)
    return tree


def cut(parent, child):
    "Remove an element, but not the text after it"
    at = [*parent].index(child)
    if at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + (child.tail or "")
    else:
        parent.text = (parent.text or "") + (child.tail or "")
    parent.remove(child)


def formulas(tree, drawn):
    "Keep of each formula its picture, which its TeX describes, or its MathML"
    for one in [*tree.iter()]:
        spoken = one.find("span[@class='spoken']")
        if spoken is None:
            continue
        picture, words = one.find("svg"), spoken.attrib.pop("data-tex")
        if drawn:
            cut(one, spoken)
            del picture.attrib["aria-hidden"]
            picture.attrib |= {"role": "img", "aria-label": words}
            continue
        cut(one, picture)
        if not len(spoken):
            math = ElementTree.SubElement(spoken, "math")
            ElementTree.SubElement(math, token(spoken.text)).text = spoken.text
            spoken.text = None
        spoken.attrib.clear()
        display = "block" if one.tag == "div" else "inline"
        spoken[0].attrib |= {"alttext": words, "display": display}


def token(letter):
    "The element of MathML for a letter, a number or a sign"
    return "mi" if letter.isalpha() else "mn" if letter.isdigit() else "mo"


def fitted(tree, name, to, prefix=""):
    """The markup of the article of a page: its links are what `to` makes of a page and a
    place there, and its ids have a prefix"""
    for one in tree.iter():
        for key, value in [*one.items()]:
            if key == "id" or key.startswith("aria-") and key.endswith("by"):
                value = " ".join(prefix + each for each in value.split())
            elif key in ("href", LINK, "src") and not re.match(r"[a-z]+:", value):
                path, _, place = value.partition("#")
                folder = posixpath.dirname(name)
                path = posixpath.normpath(posixpath.join(folder, path)) if path else name
                value = to(path, place)
            one.set(key, value.replace("url(#", f"url(#{prefix}"))
        if one.tag in SPACES:
            one.set("xmlns", SPACES[one.tag])
    return ElementTree.tostring(tree, encoding="unicode")


def headings(tree):
    "The words of the headings of an article, its title first"
    found = (one for one in tree.iter() if re.fullmatch(r"h\d", one.tag))
    return [" ".join("".join(one.itertext()).split()) for one in found]


def published(name, place):
    "The address of a place on a page of the site on the web"
    return f"{ADDRESS}{name}{'#' * bool(place)}{place}"
