// Reads formulas as JSON, [{ page, tex }], and prints those that the MathJax of this site cannot set: Sphinx does not look into them.
// The one file made for browsers is enough: what it asks of a browser is answered by an object that is nothing, since parsing needs none of it.
const vm = require('node:vm'), fs = require('node:fs'), path = require('node:path');

const nothing = new Proxy(function () {}, {
  get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === Symbol.iterator ? undefined : nothing),
  apply: () => nothing,
  construct: () => nothing,
});
const browser = vm.createContext({
  document: nothing, DOMParser: nothing, XMLSerializer: nothing, setTimeout: () => 0,
  location: { protocol: 'file:', href: '' }, navigator: { platform: '', appVersion: '', userAgent: '' }, MathJax: { startup: { typeset: false } },
});
browser.window = browser;
vm.runInContext(fs.readFileSync(path.join(__dirname, '_static/mathjax/tex-svg.js'), 'utf8'), browser);

const { input: { tex_ts: { TeX } }, core: { MmlTree: { MmlFactory: { MmlFactory } } } } = browser.MathJax._;
// Without the package that sets unknown commands in red, an unknown command is an error.
const parser = new TeX({ packages: ['base', 'ams', 'newcommand'], formatError: (_, error) => { throw error; } });
parser.setMmlFactory(new MmlFactory());

// What the parser lets pass and a reader would see: inside \text a backslash is shown as it stands.
const literal = /\\text\s*\{[^{}]*\\[&%_#]/;

const formulas = JSON.parse(fs.readFileSync(0, 'utf8'));
const bad = formulas.filter(({ page, tex }) => {
  try {
    parser.compile({ math: tex, display: true, inputData: {} }, {});
    if (literal.test(tex)) throw new Error('a backslash inside \\text shows as it stands');
  } catch (error) {
    console.log(`${page}: ${error.message}: ${tex}`);
    return true;
  }
});
process.exit(bad.length ? 1 : 0);
