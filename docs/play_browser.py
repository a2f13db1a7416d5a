"""Use every figure that moves as a reader would, in a real browser: by keyboard, by touch,
from its address, at three widths; hold its numbers against PyTorch, and what it draws
against a stored picture. Ends with `N passed, N failed`."""

import math
import re
import statistics
import sys
from functools import partial
from pathlib import Path

from browser import WIDE, WIDTHS, served, watched
from pages_browser import axe_script, violations
from play_expected import EXPECTED, SECOND
from play_pictures import write_picture, wrong_picture
from play_site import figures

MOST = 1e-4  # largest difference to PyTorch that passes
PLACE = re.compile(r'data-play="([\w-]+)"')
READY = """name => {
  const place = document.querySelector(`[data-play="${name}"]`);
  return place.figure && (place.figure.begin || place.playValues);
}"""
VALUES = "name => document.querySelector(`[data-play=\"${name}\"]`).playValues"
# Drops the figure's own weights on its stage, or a file of this name that is no model; whether
# the browser would open the file instead
DROP = """async ([name, wrong]) => {
  const place = document.querySelector(`[data-play="${name}"]`);
  const data = new DataTransfer();
  const files = wrong ? [wrong] : place.figure.spec.weights;
  for (const file of files) {
    const reply = wrong || await fetch(`${window.play.home}weights/${file}`);
    data.items.add(new File([wrong || await reply.blob()], file));
  }
  const options = { dataTransfer: data, bubbles: true, cancelable: true };
  return place.querySelector(".play-stage").dispatchEvent(new DragEvent("drop", options));
}"""
SAID = """([name, words]) => {
  const note = document.querySelector(`[data-play="${name}"] .play-note`);
  return note && note.textContent.includes(words);
}"""
LIGHT = """
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3)
    .map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0.05);
  const contrast = (colour) => {
    const [a, b] = [colour, getComputedStyle(document.body).backgroundColor].map(light);
    return Math.max(a, b) / Math.min(a, b);
  };"""
# Contrast of the outline of what has the focus with what is around it
OUTLINE = f"""() => {{{LIGHT}
  const {{ outlineStyle, outlineColor }} = getComputedStyle(document.activeElement);
  return outlineStyle === "none" ? 0 : contrast(outlineColor);
}}"""
# Texts, lines and bars of a figure that are hardly seen on the ground of the page
FAINT = f"""(name) => {{{LIGHT}
  const faint = (kinds, paint) => {{
    const stage = `[data-play="${{name}}"] .play-stage svg`;
    return [...document.querySelectorAll(`${{stage}} :is(${{kinds}}):not([opacity])`)]
      .filter((part) => contrast(getComputedStyle(part)[paint]) < 3);
  }};
  const lines = faint(".line, .line-a, .line-b, .line-strong", "stroke");
  return [...faint("text:not(.on-a), .a, .b", "fill"), ...lines].map((one) => one.outerHTML);
}}"""
# The key that draws into a plane, or moves in it
PADS = {
    "diffusion-flow": "ArrowRight",
    "explain-digit": " ",
    "gan-training": "Enter",
    "vae-draw": " ",
    "vae-latent": "ArrowUp",
}
# What counts the redraws, so that a test can wait for the next one
COUNT = "name => document.querySelector(`[data-play=\"${name}\"]`).figure.drawn"
# A state to begin with, so that the keyboard reaches all that a figure has
STARTS = {"gan-training": "?gan-training.data=grid"}


class Failed(Exception):
    "What a figure does not do"


def need(truth, words):
    if not truth:
        raise Failed(words)


class Reader:
    "One figure in one page, and what the page said and asked for"

    def __init__(self, browser, base, page, name, width=768, **options):
        height = 900
        self.context = browser.new_context(
            viewport=dict(width=width, height=height), **options
        )
        self.base, self.file, self.name = base, page, name
        self.page, self.wrong = watched(self.context, base)

    def open(self, query=""):
        self.page.goto(f"{self.base}{self.file}{query}")
        self.place = self.page.locator(f'[data-play="{self.name}"]')
        self.place.scroll_into_view_if_needed()
        self.page.wait_for_function(READY, arg=self.name)
        return self

    def load(self, press):
        "Load the weights, if the figure has any, by `press` on the button"
        button = self.place.locator(".play-loader button")
        if button.count():
            press(button)
        self.page.wait_for_function(VALUES, arg=self.name)
        return self

    def values(self):
        return self.page.evaluate(VALUES, self.name)

    def settled(self, act):
        "Do something and wait until the figure has been drawn again; milliseconds it took"
        before = self.page.evaluate(COUNT, self.name)
        act()
        later = f"name => ({COUNT})(name) > {before}"
        self.page.wait_for_function(later, arg=self.name, polling=10)
        time = "name => document.querySelector(`[data-play=\"${name}\"]`).playTime"
        return self.page.evaluate(time, self.name)

    def controls(self):
        return self.place.locator(".play-controls :is(input, select)").all()

    def close(self):
        self.context.close()
        need(not self.wrong, "; ".join(self.wrong[:3]))


def enter(button):
    button.focus()
    button.press("Enter")


def by_keyboard(reader, start):
    "Every control is reached by Tab, has a name and changes by its keys; answer times"
    loaded = reader.open(start).place.locator(".play-loader").count()
    reader.load(enter)
    controls, times = reader.controls(), []
    need(len(controls) <= 4, f"{len(controls)} controls")
    if loaded:
        focused = reader.page.evaluate("document.activeElement.id")
        need(focused == controls[0].get_attribute("id"), "loading loses the focus")
    controls[0].focus()
    for n, control in enumerate(controls):
        focused = reader.page.evaluate("document.activeElement.id")
        need(reader.page.evaluate(OUTLINE) >= 3, f"the focus of control {n} is not seen")
        need(focused == control.get_attribute("id"), f"Tab does not reach control {n}")
        need(reader.page.locator(f'label[for="{focused}"]').inner_text(), "no label")
        times.append(reader.settled(partial(change, reader.page, control)))
        reader.page.keyboard.press("Tab")
    state = reader.page.evaluate("window.location.search")
    need(state.count("=") == len(controls), f"the address {state} lacks a control")
    said_once(reader)
    times += transport(reader)
    inside_by_keyboard(reader)
    dragged(reader)
    without_barriers(reader)
    return reader.page.evaluate("window.location.search"), times


def said_once(reader):
    "What a screen reader is told of a change comes from one place, and is in words"
    live = reader.place.locator("[aria-live=polite], [role=status]:not(.play-note)")
    need(live.count() == 1, f"{live.count()} places tell of a change")
    for output in reader.place.locator(".play-controls output").all():
        need(output.get_attribute("aria-live") == "off", "a slider is read out twice")
        slider = reader.page.locator(f"#{output.get_attribute('for')}")
        words = slider.get_attribute("aria-valuetext")
        need(words == output.text_content(), f"a slider is read out as {words}")


def without_barriers(reader):
    "All is large enough for a finger, and axe-core finds nothing in what has been drawn"
    figure = f'[data-play="{reader.name}"]'
    for part in reader.place.locator(":is(button, input, select, summary)").all():
        box = part.bounding_box()
        need(not box or min(box["width"], box["height"]) >= 24, f"{box} is too small")
    if script := axe_script():
        reader.page.evaluate(script)
        need(not (found := violations(reader.page, None, figure)), "; ".join(found))


def change(page, control):
    "Change a control by the keys of its kind"
    kind = control.get_attribute("type")
    if kind == "checkbox":
        return page.keyboard.press("Space")
    if kind == "text":
        page.keyboard.press("End")
        return page.keyboard.press("s")
    up = kind != "range" or float(control.input_value()) < float(control.get_attribute("max"))
    page.keyboard.press("ArrowRight" if up and kind == "range" else
                        "ArrowDown" if up else "ArrowLeft")


def inside_by_keyboard(reader):
    "Words are pressed, and a plane is drawn into, by keys"
    word = reader.place.locator(".play-stage button").first
    if word.count():
        reader.settled(lambda: enter(word))
    pad = reader.place.locator('.play-stage [tabindex="0"]')
    if pad.count():
        pad.focus()
        before = reader.page.evaluate("window.location.search")
        for key in ("ArrowRight", "ArrowDown"):
            reader.page.keyboard.press(key)
        reader.settled(lambda: reader.page.keyboard.press(PADS[reader.name]))
        after = reader.page.evaluate("window.location.search")
        need(after != before, "drawing by keys does not reach the address")


def dragged(reader):
    "A pointer that draws into a plane changes the state when it is let go"
    pad = reader.place.locator('.play-stage [tabindex="0"]')
    if not pad.count():
        return
    pad.scroll_into_view_if_needed()
    box, mouse = pad.bounding_box(), reader.page.mouse
    before = reader.page.evaluate("window.location.search")
    mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.45, steps=4)
    reader.settled(mouse.up)
    after = reader.page.evaluate("window.location.search")
    need(after != before, "dragging does not reach the address")


def transport(reader):
    "Step and play by keyboard, where a figure has them"
    step = reader.place.get_by_role("button", name="Step")
    if not step.count():
        return []
    reader.settled(lambda: enter(step))
    need(".steps=" in reader.page.evaluate("window.location.search"), "no step in the address")
    play = reader.place.get_by_role("button", name="Play")
    reader.settled(lambda: enter(play))
    pause = reader.place.get_by_role("button", name="Pause")
    reader.settled(lambda: enter(pause))
    reader.page.wait_for_timeout(200)
    return []


def restored(browser, base, page, name, query, seen):
    "A page opened at the address shows the same, at each width; reset clears the address"
    reader = Reader(browser, base, page, name).open(query).load(enter)
    need(same(reader.values(), seen), f"{query} does not show what it was copied from")
    reader.settled(lambda: enter(reader.place.get_by_role("button", name="Reset")))
    need(not reader.page.evaluate("window.location.search"), "reset leaves the address")
    at_widths(reader)
    reader.close()


def same(a, b):
    "Whether two values of a figure are alike, times apart"
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a if k != "time")
    return a == b


def own_files(browser, base, page, name):
    "Weights that are dropped on the figure are used; what is no model is refused in words"
    reader = Reader(browser, base, page, name).open()
    loader = reader.place.locator(".play-loader")
    if loader.count():
        drop = partial(reader.page.evaluate, DROP)
        need(not drop([name, "oh.safetensors"]), "a page may leave when a file is dropped")
        reader.page.wait_for_function(SAID, arg=[name, "could not be loaded"])
        need(not drop([name, None]), "a page may leave when a file is dropped")
        reader.page.wait_for_function(VALUES, arg=name)
        loader.wait_for(state="detached")
        drop([name, "oh.safetensors"])
        reader.page.wait_for_function(SAID, arg=[name, "could not be loaded"])
        first = reader.controls()[0]
        first.focus()
        reader.settled(partial(change, reader.page, first))
    reader.close()


def by_touch(browser, base, page, name):
    "Controls answer a finger on a narrow screen, in the dark, without motion"
    options = dict(has_touch=True, color_scheme="dark", reduced_motion="reduce")
    reader = Reader(browser, base, page, name, 360, **options)
    reader.open().load(lambda button: button.tap())
    for control in reader.controls():
        kind, box = control.get_attribute("type"), control.bounding_box()
        if kind == "range":
            value = control.input_value()
            control.tap(position=dict(x=box["width"] * 0.8, y=box["height"] / 2))
            if control.input_value() == value:
                control.tap(position=dict(x=box["width"] * 0.3, y=box["height"] / 2))
            need(control.input_value() != value, "a slider does not follow a finger")
        if kind == "checkbox":
            reader.settled(control.tap)
    reader.page.wait_for_timeout(300)  # until the sliders have been answered
    word = reader.place.locator(".play-stage button[aria-pressed]").first
    if word.count():
        reader.settled(word.tap)
    pad = reader.place.locator('.play-stage [tabindex="0"]')
    if pad.count():
        before = reader.page.evaluate("window.location.search")
        reader.settled(lambda: pad.tap(position=dict(x=20, y=20)))
        after = reader.page.evaluate("window.location.search")
        need(after != before, "a plane does not follow a finger")
    without_barriers(reader)
    in_forced_colors(reader)
    reader.close()


def in_forced_colors(reader):
    "What is drawn is seen on the system's own colours, whichever theme was chosen before"
    for scheme, theme in ("dark", "light"), ("light", "dark"):
        media = dict(color_scheme=scheme, reduced_motion="reduce", forced_colors="active")
        reader.page.emulate_media(**media)
        reader.page.evaluate(f"document.body.dataset.theme = '{theme}'")
        faint = reader.page.evaluate(FAINT, reader.name)
        need(not faint, f"hardly seen in forced colours: {faint[:1]}")


def at_widths(reader):
    "The page with the figure does not scroll sideways"
    for width in WIDTHS:
        reader.page.set_viewport_size(dict(width=width, height=900))
        reader.page.wait_for_timeout(30)
        over = reader.page.evaluate(WIDE)
        need(over <= 0, f"{over} pixels wider than a screen of {width}")


def in_state(browser, base, page, name, query):
    "A figure in a state"
    words = "&".join(f"{name}.{key}={value}" for key, value in query.items())
    return Reader(browser, base, page, name).open(f"?{words}").load(enter)


def equal(browser, base, page, name):
    "The numbers of each known state are PyTorch's, the picture of the first is as stored"
    differences = []
    for query, compare in (table[name] for table in (EXPECTED, SECOND) if name in table):
        reader = in_state(browser, base, page, name, query)
        differences.append(compare(reader.values()))
        need(differences[-1] <= MOST, f"{differences[-1]:.2g} away from PyTorch")
        if len(differences) == 1:
            need(not (wrong := wrong_picture(reader.place, name)), wrong)
        reader.close()
    return max(differences)


def use(browser, base, page, name):
    "All that is asked of one figure: answer times and the difference to PyTorch"
    reader = Reader(browser, base, page, name)
    query, times = by_keyboard(reader, STARTS.get(name, ""))
    seen = reader.values()
    reader.close()
    restored(browser, base, page, name, query, seen)
    by_touch(browser, base, page, name)
    own_files(browser, base, page, name)
    return times, equal(browser, base, page, name)


def pages_of(root):
    "Figure → the page that has its place"
    return {
        name: path.name
        for path in sorted(root.glob("*.html"))
        for name in PLACE.findall(path.read_text(encoding="utf-8"))
    }


def check_figures(root, chosen=None):
    "How many figures passed, what failed, answer times, differences"
    places, failures, times, differences = pages_of(Path(root)), [], {}, {}
    with served(root) as (browser, base):
        for name in chosen or figures():
            try:
                need(name in places, "has no place in any page")
                times[name], differences[name] = use(browser, base, places[name], name)
            except Exception as error:  # whatever it is, the next figure is used too
                failures.append(f"figure {name}: {type(error).__name__}: {error!s:.500}")
    return len(differences), failures, times, differences


def report(times, differences):
    "One line a figure"
    for name, difference in differences.items():
        median = statistics.median(times[name]) if times[name] else math.nan
        print(f"{name}: answers in {median:.0f} ms, {difference:.1g} from PyTorch")


def write_pictures(root, chosen):
    "Store what each figure draws in its known state"
    places = pages_of(root)
    with served(root) as (browser, base):
        for name in chosen or figures():
            reader = in_state(browser, base, places[name], name, EXPECTED[name][0])
            write_picture(reader.place, name)
            reader.close()


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "--write-pictures"]
    root = Path(given[0]) if given else Path(__file__).parent / "_build/html"
    if len(given) < len(sys.argv) - 1:
        sys.exit(write_pictures(root, given[1:]))
    passed, failures, times, differences = check_figures(root, given[1:])
    report(times, differences)
    print(*failures, sep="\n")
    print(f"{passed} passed, {len(failures)} failed")
    sys.exit(bool(failures))
