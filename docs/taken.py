"""The book to take along, made of the pages that `make docs` built: a zip of the site
that opens from a folder, a PDF with an outline and tags, and an EPUB. Ends with
`N passed, N failed`."""

import html
import posixpath
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from unicodedata import category, normalize

from articles import PAGE, SITE, article, fitted, headings, pages, published
from browser import browser_path, served, watched
from conf import HERE, settings
from epub import bad_epub, write_epub

TARGET = HERE / "_build/taken"
BOOK = f"{settings['repo']}-{settings['version']}"


# ── a zip ─────────────────────────────────────────────────────────────────────────────


def write_zip(path):
    "Every file of the site, in one folder"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for each in sorted(SITE.rglob("*")):
            if each.is_file() and each.name != ".buildinfo":
                file.write(each, f"{BOOK}/{each.relative_to(SITE).as_posix()}")


def bad_zip(path):
    "Which links of the pages in the zip lead to no file or to no place of it"
    file = zipfile.ZipFile(path)
    texts = {
        name: file.read(name).decode() if name.endswith((".html", ".css")) else ""
        for name in file.namelist()
    }
    ids = {name: set(re.findall(r'\bid="([^"]+)"', text)) for name, text in texts.items()}
    for name, text in texts.items():
        tags = r'<[a-z][^<>]*? (?:href|src)="([^"]+)"'
        found = re.findall(r"""url\(["']?([^"')]+)""" if name[-4:] == ".css" else tags, text)
        for link in sorted(set(map(html.unescape, found))):
            to, _, place = link.partition("#")
            to = posixpath.join(posixpath.dirname(name), to.partition("?")[0])
            to = posixpath.normpath(to) if link[0] != "#" else name
            if re.match(r"[a-z]+:", link):
                continue
            if to not in texts or place and place not in ids[to]:
                yield f"{name} in the zip has a link to {link}"


def bad_files(path):
    "What fails in a browser that opens the zip from a folder: figures and the search"
    with tempfile.TemporaryDirectory() as folder, served(folder) as (browser, _):
        zipfile.ZipFile(path).extractall(folder)
        base = f"{Path(folder, BOOK).as_uri()}/"
        page, wrong = watched(browser.new_context(), base)
        page.goto(f"{base}22_gan.html#play-gan-dirac")
        page.locator("#play-gan-dirac svg").first.wait_for()
        page.goto(f"{base}search.html?q=ELBO")
        first = page.locator("#search-results li a").first
        if "21_vae.html" not in first.get_attribute("href"):
            yield "the search of the zip does not find the ELBO"
        yield from wrong


# ── a PDF ─────────────────────────────────────────────────────────────────────────────

# A PDF tells characters of one glyph as one of them; NFKC keeps these two apart
RADICALS = str.maketrans("⻑⻘", "長青")
PAPER = """@page { size: A4; margin: 18mm 16mm;
@bottom-center { content: counter(page); font: 8pt sans-serif; } }"""


def write_pdf(path, trees):
    "All pages as one, printed, and packed; what is wrong with its links"
    styles = re.findall(r'href="(_static/[^"?]+\.css)', (SITE / "index.html").read_text())
    files = [*(SITE / name for name in styles), HERE / "taken.css"]
    head = [f'<link rel="stylesheet" href="{file.as_uri()}"/>' for file in files]
    head.append(f"<style>{PAPER}</style>")

    def anchor(name):
        return name.removesuffix(".html").replace("/", "-")

    def to(name, place):
        if name in trees:
            return f"#{anchor(name)}--{place or 'furo-main-content'}"
        file = SITE / name
        return file.as_uri() if name.startswith("_images/") else published(name, place)

    body = [fitted(tree, name, to, f"{anchor(name)}--") for name, tree in trees.items()]
    text = PAGE.format(title=settings["description"], head="".join(head), body="".join(body))
    source = path.with_suffix(".xhtml")
    source.write_text(text, encoding="utf-8")
    with served(TARGET) as (browser, _):
        page = browser.new_page()
        page.set_default_timeout(0)
        page.goto(source.as_uri())
        how = dict(tagged=True, outline=True, prefer_css_page_size=True)
        page.pdf(path=path, print_background=True, **how)
    source.unlink()
    ids = set(re.findall(r'\bid="([^"]+)"', text))
    lost = set(re.findall(r'<[a-z][^<>]*\bhref="#([^"]+)"', text)) - ids
    return [f"the PDF has a link to {place}" for place in sorted(lost)]


def entries(items):
    "All entries of an outline"
    for item in items:
        yield item
        yield from entries(item.children)


def pack(path, trees):
    """Name the PDF, show its outline first, closed, and store its many small objects
    compressed"""
    import pikepdf

    words = [one for tree in trees.values() for one in headings(tree)]
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        with pdf.open_outline() as outline:
            for entry, one in zip(entries(outline.root), words):
                # Chromium drops the space where a line of it ends, and tells a heading
                # twice that it moved to the next page
                if not "".join(entry.title.split()).replace("".join(one.split()), ""):
                    entry.title = one
                entry.is_closed = True
        pdf.docinfo["/Title"] = f"{settings['title']}: {settings['description']}"
        pdf.docinfo["/Author"] = settings["author"]
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def bad_pdf(path, trees):
    "What the PDF lacks: a chapter or a section in its outline, tags, glyphs"
    import pikepdf

    with pikepdf.open(path) as pdf:
        with pdf.open_outline() as outline:
            found = [entry.title for entry in entries(outline.root)]
            if len(outline.root) != len(trees):
                yield f"the PDF has {len(outline.root)} chapters, and not {len(trees)}"
        words = [one for tree in trees.values() for one in headings(tree)]
        if found != words:
            some = sorted({*found} ^ {*words}) or "others in order"
            yield f"the outline of the PDF is not that of the book: {some}"
        root = pdf.Root
        if not (root.get("/MarkInfo", {}).get("/Marked") and "/StructTreeRoot" in root):
            yield "the PDF has no tags"
        shown = set()
        for font in pdf.objects:
            if isinstance(font, pikepdf.Dictionary) and "/ToUnicode" in font:
                shown |= mapped(font.ToUnicode.read_bytes().decode())
    texts = ("".join(tree.itertext()) for tree in trees.values())
    shown |= set(normalize("NFKC", "".join(shown)).translate(RADICALS))
    if lost := sorted(filter(drawn, set("".join(texts)) - shown)):
        codes = " ".join(f"{one} (U+{ord(one):04X})" for one in lost)
        yield f"the PDF has no glyph for {codes}: install a font that has them"


def drawn(one):
    "Whether a character has a glyph of its own: no space, no accent, no half of a flag"
    return category(one)[0] not in "CZM" and not "\U0001f1e6" <= one <= "\U0001f1ff"


def mapped(table):
    "The characters that a font of a PDF has glyphs for, by its table of them"
    found = set()
    for lines in re.findall(r"beginbfchar(.*?)endbfchar", table, re.S):
        for code in re.findall(r"<\w+>\s*<(\w+)>", lines):
            found |= set(bytes.fromhex(code).decode("utf-16-be"))
    for lines in re.findall(r"beginbfrange(.*?)endbfrange", table, re.S):
        for low, high, code in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", lines):
            first = ord(bytes.fromhex(code).decode("utf-16-be")[-1])
            found |= {chr(first + k) for k in range(int(high, 16) - int(low, 16) + 1)}
    return found


# ── all ───────────────────────────────────────────────────────────────────────────────


def main():
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    paths = {kind: TARGET / f"{BOOK}.{kind}" for kind in ("zip", "pdf", "epub")}
    write_zip(paths["zip"])
    checks = [[*bad_zip(paths["zip"])]]
    if browser_path():
        checks.append([*bad_files(paths["zip"])])
        trees = {name: article(name, drawn=True) for name in pages()}
        checks.append(write_pdf(paths["pdf"], trees))
        pack(paths["pdf"], trees)
        checks.append([*bad_pdf(paths["pdf"], trees)])
    else:
        print("no Chromium and playwright here: no PDF was made, and no zip opened")
    write_epub(paths["epub"], {name: article(name, drawn=False) for name in pages()})
    if shutil.which("java"):
        checks.append(bad_epub(paths["epub"]))
    else:
        print("no Java here: epubcheck has not seen the EPUB")
    for path in paths.values():
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB" if path.exists() else "")
    failures = [line for found in checks for line in found]
    print(*failures, sep="\n")
    print(f"{sum(not found for found in checks)} passed, {len(failures)} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
