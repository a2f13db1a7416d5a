// Judges a number typed into an exercise as the notebook does, and remembers in this
// browser which exercises are solved. Without this script a page shows the exercise alone.
(function () {
  const KEY = "genmodels.solved";

  // ── judging ────────────────────────────────────────────────────────────────────────

  const decode = (check) => JSON.parse(atob(check));

  function number(words) {
    const text = words.replace(/^[−–]/u, "-").replace(/(\d)_(?=\d)/gu, "$1");
    if (/^[-+]?\d+\/\d+$/u.test(text)) {
      const [over, under] = text.split("/").map(Number);
      return over / under;
    }
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\.?$/iu.test(text) ? Number.parseFloat(text) : NaN;
  }

  // The numbers of a text; commas between three digits group them if one number is asked
  function numbers(text, count) {
    let words = text.trim().replace(/^[([]|[)\]]$/gu, "").trim();
    if (count === 1 && /^[-+−]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/u.test(words)) {
      words = words.replaceAll(",", "");
    }
    return words.split(count === 1 ? /\s+/u : /[\s,;]+/u).filter(Boolean).map(number);
  }

  const told = (said, given) => {
    if (said === true) return { right: true, says: "right" };
    if (!said) return { right: false, says: "not yet" };
    return { right: false, says: `not yet: ${said.replaceAll("{}", given)}` };
  };

  // What the check of an exercise says of a text: the first rule that holds decides
  function judge({ count, rules, last, whole }, text) {
    const given = numbers(text, count);
    if (!given.length || !given.every(Number.isFinite)) {
      return { right: false, says: "not a number: write 0.25, 1/4 or 2.5e-1" };
    }
    if (given.length !== count) {
      return { right: false, says: `not yet: give ${count} number${count > 1 ? "s" : ""}` };
    }
    if (whole !== null && !Number.isInteger(given[0])) return told(whole, given);
    const holds = ([lows, highs]) =>
      given.every((x, i) =>
        (lows[i] === null || x >= lows[i]) && (highs[i] === null || x <= highs[i]));
    const rule = rules.find(holds);
    return told(rule ? rule[2] : last, given);
  }

  if (typeof module !== "undefined") module.exports = { decode, judge };
  if (typeof document === "undefined") return;

  // ── what is solved ─────────────────────────────────────────────────────────────────

  const page = window.location.pathname.replace(/^.*\/|\.html$/gu, "") || "index";
  let kept = []; // where a browser keeps nothing, until the page is left

  function solved() {
    try {
      kept = JSON.parse(localStorage.getItem(KEY)) || [];
    } catch {
      // as above
    }
    return kept;
  }

  function keep(names) {
    kept = names;
    try {
      if (names.length) localStorage.setItem(KEY, JSON.stringify(names));
      else localStorage.removeItem(KEY);
    } catch {
      // as above
    }
    show();
  }

  const add = (parent, tag, attributes = {}) => {
    const made = document.createElement(tag);
    Object.assign(made, attributes);
    parent.append(made);
    return made;
  };

  // ── forms ──────────────────────────────────────────────────────────────────────────

  const places = [...document.querySelectorAll(".answer")];
  const names = places.map((place) => `${page}/${place.dataset.exercise}`);

  function form(place, name) {
    const check = decode(place.dataset.check);
    const [made, id] = [add(place, "form"), `answer-${place.dataset.exercise}`];
    const many = check.count > 1 ? ` (${check.count} numbers, with commas between them)` : "";
    const words = `Your answer to exercise ${place.dataset.exercise}${many}`;
    add(made, "label", { htmlFor: id, textContent: words });
    const entry = add(made, "input", { id, type: "text", autocomplete: "off" });
    entry.setAttribute("autocapitalize", "off");
    entry.setAttribute("spellcheck", "false");
    const button = add(made, "button", { type: "submit", textContent: "Check" });
    button.setAttribute("aria-label", `Check exercise ${place.dataset.exercise}`);
    const status = add(made, "output", { className: "says" });
    status.setAttribute("role", "status");
    status.setAttribute("aria-live", "polite");
    status.setAttribute("for", id);
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      const { right, says } = judge(check, entry.value);
      status.textContent = says;
      status.dataset.right = right;
      if (right && !solved().includes(name)) keep([...solved(), name]);
    });
  }

  function line(place) {
    const words = add(place, "span");
    const button = add(place, "button", { type: "button", textContent: "Forget" });
    button.setAttribute("aria-label", "Forget which exercises I solved");
    button.addEventListener("click", () => {
      for (const status of document.querySelectorAll(".answer .says")) status.textContent = "";
      keep([]);
    });
    return () => {
      const here = names.filter((name) => solved().includes(name)).length;
      const { total } = place.dataset;
      const count = total ? `${solved().length} of ${total} in the book`
        : `${here} of ${names.length} on this page`;
      words.textContent = `Exercises solved: ${count}. Kept in this browser only. `;
      place.hidden = !solved().length;
      for (const [i, name] of names.entries()) {
        places[i].classList.toggle("done", solved().includes(name));
      }
    };
  }

  if (places.length) {
    for (const [i, place] of places.entries()) form(place, names[i]);
    const end = document.createElement("div");
    end.className = "solved";
    const last = places[places.length - 1];
    (last.closest("details.section") || last.parentElement).append(end);
  }
  const lines = [...document.querySelectorAll(".solved")].map(line);
  function show() {
    for (const draw of lines) draw();
  }
  window.addEventListener("storage", show); // another page of the book
  show();
})();
