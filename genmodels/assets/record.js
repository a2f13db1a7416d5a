// Filter and sort for tables of the record: `div.record`, as `genmodels.record.ledger_html`
// makes it.
// Without this file the table is all there.

// The order of two sort keys: numbers by size, words by letter, empty ones last
function order(a, b, descending) {
  if (a === "" || b === "") return (a === "") - (b === "");
  const numbers = [Number(a), Number(b)];
  const found = numbers.some(Number.isNaN) ? a.localeCompare(b) : numbers[0] - numbers[1];
  return descending ? -found : found;
}

// Does a text hold every word of a query?
function matches(text, query) {
  const lower = text.toLowerCase();
  return query.toLowerCase().split(/\s+/).every(word => lower.includes(word));
}

function make(kind, properties, ...children) {
  const made = Object.assign(document.createElement(kind), properties);
  made.append(...children);
  return made;
}

function addFilter(box, rows) {
  const chapters = [...new Set(rows.map(row => row.dataset.chapter))].sort();
  const query = make("input", {
    type: "search",
    placeholder: "recipe, metric, source, processor ...",
  });
  query.setAttribute("aria-label", "Show rows with these words");
  const option = name => make("option", { value: name, textContent: name || "all chapters" });
  const options = ["", ...chapters].map(option);
  const chapter = make("select", {}, ...options);
  chapter.setAttribute("aria-label", "Show rows of a chapter");
  const count = make("span", {});
  count.setAttribute("role", "status");
  function show() {
    for (const row of rows) {
      const inChapter = !chapter.value || row.dataset.chapter === chapter.value;
      row.hidden = !(inChapter && matches(row.textContent, query.value));
    }
    count.textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length} rows`;
  }
  query.addEventListener("input", show);
  chapter.addEventListener("change", show);
  box.before(make("div", { className: "record-tools" }, query, chapter, count));
  show();
}

function addSort(table, rows) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = make("button", { type: "button", textContent: head.textContent });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const key = row => row.cells[column].dataset.sort;
      rows.sort((a, b) => order(key(a), key(b), descending));
      table.tBodies[0].append(...rows);
    });
  });
}

function enhance(box) {
  const table = box.querySelector("table");
  const rows = [...table.tBodies[0].rows];
  addFilter(box, rows);
  addSort(table, rows);
}

if (typeof document === "undefined") module.exports = { order, matches };
else {
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("div.record").forEach(enhance);
  });
}
