// A link to something in a closed part of the page opens it, and printing opens all.
(() => {
  const target = () => {
    try {
      return document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return null; // not a name
    }
  };
  const open = () => {
    const place = target();
    if (!place) return;
    let part = place.querySelector(":scope > details.section") || place;
    for (; part; part = part.parentElement) if (part.localName === "details") part.open = true;
    place.scrollIntoView();
  };
  window.addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && link.hash && link.href === location.href) open(); // here already
  });
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const part of closed) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const part of closed) part.open = false;
  });
  open();
})();
