// Shows the entry of a term or of a cited work beside its link: on hover, on focus, and at
// the first tap; a second tap follows the link, Escape closes.
(function () {
  const LINKS = "a.term, a.work";
  const file = document.currentScript.src.replace(/_static\/[^/]*$/u, "definitions.js");
  let [card, shown, leaving, known, touch] = [null, null, 0, null, false];

  const load = () => {
    known = known || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { src: file, onload: resolve, onerror: reject });
      document.head.append(script);
    });
    return known;
  };

  function hide() {
    clearTimeout(leaving);
    if (card) card.hidden = true;
    if (shown) shown.removeAttribute("aria-describedby");
    shown = null;
  }
  const hideSoon = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 300);
  };

  function make() {
    card = document.createElement("div");
    Object.assign(card, { id: "define-card", className: "define-card", hidden: true });
    card.setAttribute("role", "tooltip");
    card.addEventListener("pointerenter", () => clearTimeout(leaving));
    card.addEventListener("pointerleave", hideSoon);
    document.querySelector("article").append(card);
  }

  async function show(link) {
    clearTimeout(leaving);
    if (shown === link) return;
    hide();
    shown = link;
    await load();
    const words = window.definitions[decodeURIComponent(link.hash.slice(1))];
    if (shown !== link || !words) return;
    if (!card) make();
    card.innerHTML = words;
    // By keyboard its links are followed from the entry itself, where Enter leads
    for (const inner of card.querySelectorAll("a")) inner.tabIndex = -1;
    card.hidden = false;
    link.setAttribute("aria-describedby", card.id);
    const [at, around] = [link.getBoundingClientRect(), card.offsetParent];
    const edge = around.getBoundingClientRect();
    const most = document.documentElement.clientWidth - card.offsetWidth - 8;
    card.style.left = `${Math.max(8, Math.min(at.left, most)) - edge.left}px`;
    const above = at.bottom + card.offsetHeight + 8 > window.innerHeight;
    const top = above ? at.top - card.offsetHeight - 4 : at.bottom + 4;
    card.style.top = `${top - edge.top}px`;
  }

  const near = (event) => event.target.closest && event.target.closest(LINKS);
  document.addEventListener("pointerover", (event) => {
    if (near(event) && event.pointerType !== "touch") show(near(event));
  });
  document.addEventListener("pointerout", (event) => {
    if (near(event) && event.pointerType !== "touch") hideSoon();
  });
  document.addEventListener("pointerdown", (event) => {
    touch = event.pointerType === "touch";
    if (!near(event) && card && !card.contains(event.target)) hide();
  });
  document.addEventListener("focusin", (event) => {
    if (near(event)) {
      if (!touch) show(near(event));
    } else if (!card || !card.contains(event.target)) hide(); // it may be over it
  });
  document.addEventListener("focusout", (event) => {
    if (near(event)) hideSoon();
  });
  document.addEventListener("click", (event) => {
    if (!touch || !near(event) || shown === near(event)) return;
    event.preventDefault();
    show(near(event));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
})();
