import sys
from configparser import ConfigParser
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # for `sections`

settings = ConfigParser(delimiters=["="])
settings.read(HERE.parent / "settings.ini", encoding="utf-8")
settings = settings["DEFAULT"]

project = settings["title"]
author = settings["author"]
copyright = settings["copyright"]
version = release = settings["version"]
language = "en"

extensions = [
    "myst_nb",
    "sphinx.ext.viewcode",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "sections",
]
nitpicky = True
add_module_names = False
numfig = True
viewcode_follow_imported_members = False  # or what a module imports gets its links

nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"  # has tables
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "alert"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

html_theme = "furo"
html_title = project
html_static_path = [
    "_static",
    "../genmodels/assets/record.css",
    "../genmodels/assets/record.js",
]
html_css_files = ["book.css", "diagrams.css", "record.css"]
html_js_files = [
    (f"{name}.js", {"defer": "defer"})
    for name in ("record", "sections", "define", "answers", "reach")
]
html_search_scorer = str(Path(__file__).resolve().parent / "_src/scorer.js")
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_theme_options = dict(
    source_repository=settings["git_url"],
    source_branch=settings["branch"],
    source_directory="nbs/",
    top_of_page_buttons=[],
    navigation_with_keys=True,
)
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "github-dark"
copybutton_exclude = ".linenos, .gp, .go"
copybutton_selector = (
    "div.cell_input pre, div.highlight-bash pre, div.highlight-console pre"
)


def setup(app):
    "Leave MathJax out of the pages: formulas.py typesets what Sphinx writes"
    app.connect("html-page-context", without_script, priority=100)


def without_script(app, page, template, context, doctree):
    context["has_maths_elements"] = False
