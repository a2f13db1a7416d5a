// Reads formulas as JSON, [{ page, tex }], and prints those that the MathJax of this site cannot set: Sphinx does not look into them.
// With the argument "mathml" it prints all of them as MathML, a JSON list.
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

const { input: { tex_ts: { TeX } }, core: { MmlTree: tree } } = browser.MathJax._;
const { MmlFactory: { MmlFactory }, SerializedMmlVisitor: { SerializedMmlVisitor } } = tree;
// Without the package that sets unknown commands in red, an unknown command is an error.
const parser = new TeX({ packages: ['base', 'ams', 'newcommand'], formatError: (_, error) => { throw error; } });
parser.setMmlFactory(new MmlFactory());

// What the parser lets pass and a reader would see: inside \text a backslash is shown as it stands.
const literal = /\\text\s*\{[^{}]*\\[&%_#]/;

const formulas = JSON.parse(fs.readFileSync(0, 'utf8'));

// Readers of MathML know letters in other alphabets by their own code points only
const ALPHABETS = { bold: [0x1d400, 0x1d7ce], script: [0x1d49c], 'double-struck': [0x1d538, 0x1d7d8], fraktur: [0x1d504],
  'bold-italic': [0x1d468], 'sans-serif': [0x1d5a0, 0x1d7e2], monospace: [0x1d670, 0x1d7f6], 'bold-script': [0x1d4d0] };
const ELSEWHERE = { script: { B: 'ℬ', E: 'ℰ', F: 'ℱ', H: 'ℋ', I: 'ℐ', L: 'ℒ', M: 'ℳ', R: 'ℛ', e: 'ℯ', g: 'ℊ', o: 'ℴ' },
  'double-struck': { C: 'ℂ', H: 'ℍ', N: 'ℕ', P: 'ℙ', Q: 'ℚ', R: 'ℝ', Z: 'ℤ' }, fraktur: { C: 'ℭ', H: 'ℌ', I: 'ℑ', R: 'ℜ', Z: 'ℨ' } };
const letter = (variant, one) => {
  const [letters, digits] = ALPHABETS[variant];
  if (ELSEWHERE[variant]?.[one]) return ELSEWHERE[variant][one];
  if (/[A-Z]/.test(one)) return String.fromCodePoint(letters + one.charCodeAt(0) - 65);
  if (/[a-z]/.test(one)) return String.fromCodePoint(letters + 26 + one.charCodeAt(0) - 97);
  return digits && /\d/.test(one) ? String.fromCodePoint(digits + Number(one)) : one;
};
const mathml = ({ tex }) => {
  const root = parser.compile({ math: tex, display: false, inputData: {} }, {});
  root.setTeXclass(null);
  return new SerializedMmlVisitor().visitTree(root)
    .replace(/ data-mjx-[\w-]+="[^"]*"/g, '')
    .replace(/ mathvariant="([\w-]+)">([^<&]*)</g, (all, variant, words) =>
      (ALPHABETS[variant] ? `>${[...words].map((one) => letter(variant, one)).join('')}<` : all));
};

const isBad = ({ page, tex }) => {
  try {
    parser.compile({ math: tex, display: true, inputData: {} }, {});
    if (literal.test(tex)) throw new Error('a backslash inside \\text shows as it stands');
  } catch (error) {
    console.log(`${page}: ${error.message}: ${tex}`);
    return true;
  }
  return false;
};
if (process.argv[2] === 'mathml') process.stdout.write(JSON.stringify(formulas.map(mathml)));
else process.exitCode = formulas.filter(isBad).length ? 1 : 0;
