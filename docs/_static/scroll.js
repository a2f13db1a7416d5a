// What scrolls sideways is reached by Tab, so that the arrow keys scroll it, and has a name
// for a screen reader.
(() => {
  const NAMES = {
    "div.math": "Formula",
    pre: "Code",
    ".table-wrapper, .record, div.text_html": "Table",
    ".steps": "Pictures",
  };
  const label = (box) => {
    const kind = Object.keys(NAMES).find((kind) => box.matches(kind));
    return `${NAMES[kind]}, scrolls sideways`;
  };
  const mark = (box) => {
    const scrolls = getComputedStyle(box).overflowX === "auto";
    if (scrolls && box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", label(box));
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  };
  const watcher = new ResizeObserver((seen) => {
    for (const { target } of seen) mark(target);
  });
  const boxes = document.querySelectorAll(Object.keys(NAMES).join(", "));
  for (const box of boxes) watcher.observe(box);
})();
