"""Open pages of the site in a real browser, as readers do: on a phone, a tablet and a desk,
in light and dark, without motion, without JavaScript. No page scrolls sideways, logs an
error or asks another host, and axe-core finds nothing; where there are figures that move,
all that Tab reaches is seen. Every page by default; pages that are named; or those that
`make docs` opens, with `--sample`. Ends with `N passed, N failed`."""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from browser import WIDE, WIDTHS, served, watched

SCHEMES = ("light", "dark")
BROWSERS = 2  # at once
# Unfolded, and with all pictures
READY = """async () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  for (const picture of document.images) picture.loading = "eager";
  await Promise.all([...document.images].map((one) => one.decode().catch(() => 0)));
}"""
SMOOTH = """() => [...document.querySelectorAll("html, .sidebar-scroll, .toc-scroll")]
  .some((one) => getComputedStyle(one).scrollBehavior !== "auto")"""
# Which icons of the theme lie below something else, and whether a header would hide what Tab
# reaches
HIDDEN = """() => {
  scrollTo(0, 0);
  const over = (one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return width && !one.contains(hit);
  };
  const icons = [...document.querySelectorAll(".content-icon-container :is(button, label)")];
  const words = (one) => `the ${one.localName} of the theme lies below something`;
  const found = icons.filter(over).map(words);
  const height = document.querySelector(".mobile-header")?.offsetHeight || 0;
  const kept = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  return kept < height ? [...found, "the header hides what Tab reaches"] : found;
}"""
# Shows every figure that moves, and puts the focus where Tab begins
FIGURES = """async () => {
  for (const place of document.querySelectorAll("[data-play]")) {
    place.scrollIntoView();
    while (!(place.figure && place.figure.begin) && !place.playValues) {
      await new Promise((go) => setTimeout(go, 50));
    }
  }
  document.querySelector(".skip-to-content").focus();
}"""
# Notes at each Tab what is wrong where the focus is, until it has come around
WALK = """() => {
  if (window.walk) removeEventListener("keydown", walk.note, true);
  const [reached, found] = [[], new Set()];
  const words = (one) => `${one.localName} ${one.className.baseVal ?? one.className} `
    + `“${one.textContent.trim().slice(0, 30)}”`;
  const cut = (one, { left, top, right, bottom }, edge) => {
    for (let up = one.parentElement; up !== document.body; up = up.parentElement) {
      const { overflowX, overflowY, position } = getComputedStyle(up);
      if (position === "fixed") return false;
      if (overflowX === "visible" && overflowY === "visible") continue;
      const box = up.getBoundingClientRect();
      const sides = [box.left - left, right - box.right, box.top - top, bottom - box.bottom];
      if (sides.filter((over) => over + edge > 0.5).length > 1) return true;
    }
    return false;
  };
  const faults = (one) => {
    const style = getComputedStyle(one);
    const box = [...one.getClientRects()].find(({ width, height }) => width && height);
    const shown = { opacityProperty: true, visibilityProperty: true };
    if (!box || !one.checkVisibility(shown)) return ["is not seen"];
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    const out = box.top < -1 || box.bottom > innerHeight + 1;
    if (left >= right || top >= bottom || (out && box.height < innerHeight / 2)) {
      return ["is out of view"];
    }
    const over = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]]
      .map(([x, y]) => [left + x * (right - left), top + y * (bottom - top)])
      .map((place) => document.elementFromPoint(...place))
      .find((hit) => hit && !one.contains(hit) && !hit.contains(one)
        && !(hit.closest("label") || {}).control);
    const edge = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
    return [
      over && `lies below ${words(over)}`,
      style.outlineStyle === "none" && "has no outline",
      cut(one, box, edge) && "has an outline that is cut off",
      one.tabIndex < 0 && "is a stop only because it scrolls, and has no name",
      reached.at(-1) === one && "keeps the focus",
    ].filter(Boolean);
  };
  const note = ({ key }) => {
    const one = document.activeElement;
    if (key !== "Tab" || walk.ended) return;
    walk.ended = one === document.body || reached.slice(0, -1).includes(one);
    if (walk.ended) return;
    for (const fault of faults(one)) found.add(`${words(one)} ${fault}`);
    reached.push(one);
  };
  const missed = () => {
    const stops = "a[href], button, input, select, summary, [tabindex]";
    return [...document.querySelectorAll(stops)].filter((one) => one.tabIndex >= 0
      && !one.disabled && one.checkVisibility({ visibilityProperty: true })
      && !one.matches(".back-to-top") && !reached.includes(one));
  };
  const all = () => [...found, ...missed().map((one) => `${words(one)} is not reached`)];
  window.walk = { ended: false, note, all };
  addEventListener("keydown", note, true);
}"""
LOST = """() => [...document.images].filter((one) => !one.naturalWidth)
  .map((one) => one.currentSrc)"""
# What stands out on the right, where nothing around it scrolls
OUT = """() => {
  const held = (one) => {
    for (let up = one.parentElement; up; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== "visible") return true;
    }
    return false;
  };
  const out = [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !held(one));
  const last = out[out.length - 1];
  return last ? `${last.tagName} ${last.className} ${last.textContent.slice(0, 60)}` : "";
}"""
# A picture is one thing with one name, whatever it is drawn with: thousands of paths, which
# axe-core would visit one by one
FLAT = """() => {
  const drawn = "svg[aria-hidden] > *, svg[role=img] > *, [role=img] svg > *";
  for (const part of document.querySelectorAll(drawn)) {
    if (!["title", "desc"].includes(part.localName)) part.remove();
  }
}"""
AXE = """async ([rules, part]) => {
  const options = { resultTypes: ["violations"], preload: false };
  if (rules) options.runOnly = rules;
  const { violations } = await axe.run(part || document, options);
  return violations.map(({ id, nodes }) =>
    `${id}: ${nodes.length}, first ${nodes[0].target} ${nodes[0].html.slice(0, 160)} `
    + `${nodes[0].failureSummary.split("\\n")[1] || ""}`);
}"""


def axe_script():
    "The source of axe-core, or None"
    found = find_spec("axe_playwright_python")
    if not found:
        return None
    path = Path(found.submodule_search_locations[0], "axe.min.js")
    return path.read_text(encoding="utf-8")


def too_wide(page):
    "At which widths the page scrolls sideways, what makes it, and what is hidden there"
    for width in WIDTHS:
        page.set_viewport_size(dict(width=width, height=900))
        if (over := page.evaluate(WIDE)) > 0:
            yield f"{over} pixels wider than a screen of {width}: {page.evaluate(OUT)}"
        yield from page.evaluate(HIDDEN)


def bad_card(page):
    "What is wrong with the entry that the first term or citation of the page shows"
    link = page.locator("a.term, a.work").first
    if not link.count():
        return
    card = page.locator("#define-card")
    link.focus()
    card.wait_for(state="visible", timeout=20_000)
    if len(card.inner_text()) < 20:
        yield f"nothing is said of {link.inner_text()}"
    page.keyboard.press("Escape")
    if card.is_visible():
        yield "Escape does not close the entry of a term"


def walked(page):
    """What Tab reaches between top and end of the page without being seen there, or misses:
    in a window of 1280 pixels, and at a zoom of 200 %"""
    for width in (640, 1280):
        page.set_viewport_size(dict(width=width, height=800))
        page.evaluate(FIGURES)
        page.evaluate(WALK)
        for _ in range(50):
            for _ in range(20):
                page.keyboard.press("Tab")
            if page.evaluate("walk.ended"):
                break
        else:
            yield f"Tab does not come to the end, {width} pixels wide"
        for words in page.evaluate("walk.all()")[:5]:
            yield f"by Tab, {width} pixels wide: {words}"


def violations(page, rules, part=None):
    """What axe-core finds in a page or a part of it, and finds again: a colour that was
    still fading is no fault"""
    if not page.evaluate(AXE, [rules, part]):
        return []
    page.wait_for_timeout(500)
    return page.evaluate(AXE, [rules, part])


def seen(page, wrong, url, axe):
    "What is wrong with one page, with JavaScript"
    wrong.clear()
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(url, wait_until="load")
    page.evaluate(READY)
    found = [*too_wide(page), *bad_card(page)]
    found += [f"no picture {source}" for source in page.evaluate(LOST)]
    if page.locator("[data-play]").count():
        found += walked(page)
    if page.evaluate(SMOOTH):
        found.append("scrolls smoothly for those who want no motion")
    if axe:
        page.evaluate(FLAT)
        page.evaluate(axe)
        for scheme, rules in zip(SCHEMES, (None, ["color-contrast"])):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{scheme}: {one}" for one in violations(page, rules)]
    return found + wrong


def without_scripts(page, wrong, url):
    "What is wrong with one page without JavaScript"
    wrong.clear()
    page.goto(url, wait_until="load")
    found = [f"without JavaScript {one}" for one in too_wide(page)]
    if len(page.locator("article").inner_text()) < 50:
        found.append("shows nothing without JavaScript")
    return found + wrong


def pages(root):
    "Every page of the site but those of the figures' folder"
    found = [path.relative_to(root) for path in Path(root).rglob("*.html")]
    return sorted(p.as_posix() for p in found if p.parts[0] not in ("_static", "play"))


def sample(root):
    "The front page, the search, and the shortest page of each other kind"
    texts = {name: Path(root, name).read_text(encoding="utf-8") for name in pages(root)}
    kinds = [[name for name, text in texts.items() if "data-play=" in text]]
    for kind in ("6", "7", "api/", "_modules/genmodels"):
        kinds.append([name for name in texts if name.startswith(kind)])
    shortest = (min(kind, key=lambda name: len(texts[name])) for kind in kinds)
    return sorted({"index.html", "search.html", *shortest})


def check_pages(root, names):
    "How many pages passed, and what failed"
    if not axe_script():
        print("no axe-core here, so only widths, errors and requests are checked")
    shares = [names[k::BROWSERS] for k in range(BROWSERS)]
    with ThreadPoolExecutor(BROWSERS) as pool:
        found = [bad for share in pool.map(partial(opened, root), shares) for bad in share]
    failures = [f"{name}: {words}" for name, bad in found for words in bad]
    return sum(not bad for _, bad in found), failures


def opened(root, names):
    "What is wrong with each of some pages, in a browser of their own"
    axe = axe_script()
    with served(root) as (browser, base):
        full = watched(browser.new_context(), base)
        plain = watched(browser.new_context(java_script_enabled=False), base)
        return [(name, both(full, plain, base + name, axe)) for name in names]


def both(full, plain, url, axe):
    "What is wrong with one page, with and without JavaScript"
    try:
        found = seen(*full, url, axe)
        if url.count("/") == 3:  # code and its reference have no scripts of their own
            found += without_scripts(*plain, url)
    except Exception as error:  # whatever it is, the next page is opened too
        found = [f"{type(error).__name__}: {error!s:.300}"]
    return list(dict.fromkeys(found))


def main():
    root = Path(__file__).parent / "_build/html"
    names = sys.argv[1:] or pages(root)
    passed, failures = check_pages(root, sample(root) if "--sample" in names else names)
    print(*failures, sep="\n")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
