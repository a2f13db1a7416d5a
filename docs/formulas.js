// Typesets formulas while the site is built, so that its pages need no script for them:
// reads JSON, [{ tex, display }], and prints JSON, for each { html } or { error }.
// The one file made for browsers is enough: what it asks of a browser when it starts is
// answered by an object that is nothing, and what it draws into is the document below.
const vm = require("node:vm");
const fs = require("node:fs");
const path = require("node:path");

const nothing = new Proxy(function () {}, {
  get: (_, key) => {
    if (key === Symbol.toPrimitive) return () => "";
    return key === Symbol.iterator ? undefined : nothing;
  },
  apply: () => nothing,
  construct: () => nothing,
});
const browser = vm.createContext({
  document: nothing,
  DOMParser: nothing,
  XMLSerializer: nothing,
  setTimeout: () => 0,
  location: { protocol: "file:", href: "" },
  navigator: { platform: "", appVersion: "", userAgent: "" },
  MathJax: { startup: { typeset: false } },
});
browser.window = browser;
const file = path.join(__dirname, "mathjax/tex-svg.js");
vm.runInContext(fs.readFileSync(file, "utf8"), browser);
const { input, output, core, handlers } = browser.MathJax._;

// ── a document of elements and texts ─────────────────────────────────────────────────

const escaped = (words) =>
  words.replace(/&/gu, "&amp;").replace(/</gu, "&lt;").replace(/"/gu, "&quot;");

function html(node) {
  if (node.kind === "#text") return escaped(node.value);
  const style = Object.entries(node.styles).map(([key, value]) => `${key}: ${value}`);
  const attributes = { ...node.attributes };
  if (style.length) attributes.style = style.join("; ");
  const told = Object.entries(attributes)
    .filter(([key]) => !key.startsWith("data-"))
    .map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<${node.kind}${told.join("")}>${node.children.map(html).join("")}</${node.kind}>`;
}

const dashed = (name) => name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);

// What MathJax draws with, as far as it draws SVG
class Adaptor extends core.DOMAdaptor.AbstractDOMAdaptor {
  create(kind) {
    return { kind, attributes: {}, styles: {}, children: [], parent: null };
  }
  text(words) {
    return { kind: "#text", value: words, parent: null };
  }
  kind(node) {
    return node.kind;
  }
  append(node, child) {
    if (child.parent) child.parent.children.splice(child.parent.children.indexOf(child), 1);
    child.parent = node;
    node.children.push(child);
    return child;
  }
  insert(child, next) {
    const { parent } = next;
    parent.children.splice(parent.children.indexOf(next), 0, child);
    child.parent = parent;
  }
  parent(node) {
    return node.parent;
  }
  childNodes(node) {
    return node.children;
  }
  firstChild(node) {
    return node.children[0];
  }
  lastChild(node) {
    return node.children[node.children.length - 1];
  }
  clone(node) {
    if (node.kind === "#text") return this.text(node.value);
    const made = this.create(node.kind);
    Object.assign(made.attributes, node.attributes);
    Object.assign(made.styles, node.styles);
    for (const child of node.children) this.append(made, this.clone(child));
    return made;
  }
  setAttribute(node, name, value) {
    if (name !== "style") node.attributes[name] = String(value);
    else for (const one of String(value).split(";")) this.setStyle(node, ...one.split(":"));
  }
  getAttribute(node, name) {
    return node.attributes[name];
  }
  removeAttribute(node, name) {
    delete node.attributes[name];
  }
  setStyle(node, name, value = "") {
    if (value !== "") node.styles[dashed(name.trim())] = String(value).trim();
  }
  getStyle(node, name) {
    return node.styles[dashed(name)] || "";
  }
}

// ── formulas ─────────────────────────────────────────────────────────────────────────

const adaptor = new Adaptor();
// Without the package that sets unknown commands in red, an unknown command is an error.
const fail = (_, error) => {
  throw error;
};
const tex = new input.tex_ts.TeX({ packages: ["base", "ams", "newcommand"], formatError: fail });
const svg = new output.svg_ts.SVG({ fontCache: "none" });
svg.measureTextNode = ({ children }) => {
  throw new Error(`the font of formulas has no ${children[0].value}`);
};
const jax = { InputJax: tex, OutputJax: svg };
const page = new handlers.html.HTMLDocument.HTMLDocument(nothing, adaptor, jax);
const reader = new core.MmlTree.SerializedMmlVisitor.SerializedMmlVisitor();

// What the parser lets pass and a reader would see: inside \text a backslash is shown as it
// stands.
const literal = /\\text\s*\{[^{}]*\\[&%_#]/u;

const single = /^<math[^>]*><m[ion][^>]*>([^<]*)<\/m[ion]><\/math>$/u;

// A picture for the eye, whose letters may carry accents, and MathML for a screen reader, or
// the letter alone; and its TeX, which is what a PDF says of the picture
function typeset({ tex: words, display }) {
  if (literal.test(words)) throw new Error("a backslash inside \\text shows as it stands");
  const math = new page.options.MathItem(words.normalize("NFD"), tex, display);
  math.setMetrics(16, 8, 1e6, 1e6, 1);
  math.compile(page);
  math.typeset(page);
  const [picture] = math.typesetRoot.children;
  delete picture.attributes.role;
  picture.attributes["aria-hidden"] = "true";
  const spoken = reader.visitTree(math.root).normalize("NFC").replace(/>\s+</gu, "><");
  const [, letter = spoken] = single.exec(spoken) || [];
  const told = `class="spoken" data-tex="${escaped(words.trim())}"`;
  return `${html(picture)}<span ${told}>${letter}</span>`;
}

const formulas = JSON.parse(fs.readFileSync(0, "utf8"));
const made = formulas.map((formula) => {
  try {
    return { html: typeset(formula) };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(made));
