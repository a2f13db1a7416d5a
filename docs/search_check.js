// Asks the site's own search, in Node, and prints each query whose first result is not the
// page that is wanted: node search_check.js FOLDER < queries.json ([[query, page], ...])
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const folder = process.argv[2];
const nothing = () => null;
Object.assign(globalThis, {
  window: globalThis,
  location: { search: "" },
  document: { getElementById: nothing },
  localStorage: { setItem: nothing },
  SPHINX_HIGHLIGHT_ENABLED: false,
  _: (words) => words,
  _ready: nothing,
});
for (const name of ["_static/language_data.js", "_static/searchtools.js", "searchindex.js"]) {
  const file = path.join(folder, name);
  vm.runInThisContext(fs.readFileSync(file, "utf8"), { filename: file });
}
const ask = vm.runInThisContext(`(query) => {
  window.location.search = "?q=" + encodeURIComponent(query);
  return Search._performSearch(...Search._parseQuery(query)).pop();
}`);
for (const [query, page] of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const [found] = ask(query) || ["nothing"];
  if (found !== page) console.log(`the search for ${query} finds ${found} before ${page}`);
}
