// What a mouse reaches, Tab reaches too, with a name for a screen reader: what scrolls
// sideways, so that the arrow keys scroll it, and the drawers of a narrow screen.
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

  for (const icon of document.querySelectorAll(".page label[for^=__] .icon")) {
    const drawer = document.getElementById(icon.parentElement.htmlFor);
    const told = () => icon.setAttribute("aria-expanded", drawer.checked);
    icon.tabIndex = 0;
    icon.setAttribute("role", "button");
    icon.setAttribute("aria-label", drawer.getAttribute("aria-label"));
    icon.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      drawer.click();
    });
    drawer.addEventListener("change", told);
    told();
  }
})();
