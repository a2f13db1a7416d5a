// Runs the cases that play_tests.py wrote and prints, for each, the largest difference
// to PyTorch: node check.js FOLDER
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const folder = process.argv[2];
const scripts = fs.readFileSync(path.join(folder, "runtime.txt"), "utf8").split("\n");
for (const file of scripts) {
  vm.runInThisContext(fs.readFileSync(file, "utf8"), { filename: file });
}
const { play } = globalThis;
play.figure = () => {}; // as frame.js has it
for (const name of ["diffusion-flow", "gan-training", "lstm-gates"]) {
  const file = path.join(__dirname, `figures/${name}.js`);
  vm.runInThisContext(fs.readFileSync(file, "utf8"), { filename: file });
}

const buffer = (file) => {
  const bytes = fs.readFileSync(file);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};
const open = (file) => play.readSafetensors(buffer(path.join(folder, file)));
const values = open("values.safetensors").tensors;
const json = (file) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8"));
const list = (x) => [...x.data];
const stepped = (model, { prompt, tokens, source }) => {
  let state = source ? model.init(source) : model.init(prompt);
  return tokens.flatMap((token) => {
    const reply = model.step(token, state);
    state = reply.state;
    return [...reply.logits];
  });
};

const CALLS = {
  tensor: (x) => list(x),
  linear: (x, w, b) => list(play.linear(x, w, b)),
  conv2d: (x, w, b, { stride, padding }) => list(play.conv2d(x, w, b, stride, padding)),
  convTranspose2d: (x, w, b, { stride, padding }) =>
    list(play.convTranspose2d(x, w, b, stride, padding)),
  maxPool2d: (x) => list(play.maxPool2d(x)),
  batchNorm: (x, m, v, w, b) => list(play.batchNorm(x, m, v, w, b)),
  layerNorm: (x, w, b, { eps }) => list(play.layerNorm(x, w, b, eps)),
  groupNorm: (x, w, b, { groups }) => list(play.groupNorm(x, groups, w, b)),
  activation: (x, { kind }) => list(play.map(x, play.activations[kind])),
  softmax: (x) => [...play.softmax(x.data)],
  attend: (q, k, v, { heads, causal, hidden }) => {
    const mask = hidden && ((t, s) => !hidden.some(([a, b]) => a === t && b === s));
    const { y, weights } = play.attend(q, k, v, heads, { causal, mask });
    return [...list(y), ...list(weights)];
  },
  sinusoids: ({ length, d }) => list(play.sinusoids(length, d)),
  rotary: (x, { heads, start }) => list(play.rotary(x, heads, start)),
  lstm: (x, wx, wh, bx, bh) => {
    const n = wh.shape[1];
    let [hidden, cell] = [new Float32Array(n), new Float32Array(n)];
    return Array.from({ length: x.shape[0] }, (_, t) => {
      const row = play.rows(x, t, t + 1).data;
      ({ hidden, cell } = play.lstmStep(row, hidden, cell, wx, wh, bx, bh));
      return [...hidden, ...cell];
    }).flat();
  },
  vae: (x, { file, y }) => {
    const model = play.VAE(open(file));
    const code = model.encode(x, y);
    const logits = model.decode(code.mean, y);
    const parts = Object.values(model.terms(x, logits, code));
    return [...list(code.mean), ...list(code.logvar), ...list(logits), ...parts];
  },
  classifier: (x, { file }) => list(play.Classifier(open(file)).logits(x)),
  dcgan: (z, { file, y }) => list(play.DCGAN(open(file)).generate(z, y)),
  languageModel: ({ file, tokens }) => list(play.LanguageModel(open(file)).logits(tokens)),
  languageModelSteps: ({ file, ...given }) =>
    stepped(play.LanguageModel(open(file)), given),
  transformer: ({ file, source, target }) =>
    list(play.Transformer(open(file)).logits(source, target)),
  transformerSteps: ({ file, ...given }) => stepped(play.Transformer(open(file)), given),
  bert: ({ file, tokens, positions }) => {
    const model = play.BERT(open(file));
    return list(model.logits(model.features(tokens), positions));
  },
  attentionMaps: ({ file, tokens }) => {
    const looks = [];
    play.BERT(open(file)).features(tokens, looks);
    return looks.flatMap(list);
  },
  encode: ({ file, texts, blank }) => {
    const tokenizer = play.Tokenizer(json(file));
    return texts.flatMap((text) => [...tokenizer.encode(text, blank), -1]);
  },
  decode: ({ file, ids, wanted }) => {
    const tokenizer = play.Tokenizer(json(file));
    return ids.map((row, i) => Number(tokenizer.decode(row) === wanted[i]));
  },
  remedied: (x, settings) => [...play.remedied(x.data, settings)],
  draw: (x, u) => u.data.reduce((all, v) => [...all, play.draw(x.data, v)], []),
  beam: ({ file, first, ...settings }) => {
    const model = play.LanguageModel(open(file));
    const { tokens, score } = play.beamSearch(model.step, model.init([]), first, settings);
    return [...tokens, score];
  },
  random: ({ seed, n }) => {
    const random = play.random(seed);
    return Array.from({ length: n }, () => play.normal(random));
  },
  flow: (noise, fresh, { k, weight, ...settings }) => {
    const draws = list(fresh);
    const normal = () => draws.shift();
    const velocity = play.mixtureVelocity(k, weight);
    return play.trajectory(velocity, list(noise), { ...settings, normal }).flat();
  },
  gan: (...inputs) => {
    const { widths, steps, lr, eps, r1, objective } = inputs.pop();
    const networks = widths.map((each) => play.MLP(each, () => 0.5));
    const parameters = networks.flatMap((network) => network.parameters);
    parameters.forEach((weight) => weight.data.set(inputs.shift().data));
    const [generator, discriminator] = networks;
    const optimizers = networks.map((each) => play.Adam(each.parameters, { lr, eps }));
    for (let step = 0; step < steps; step += 1) {
      const [real, z] = [inputs.shift(), inputs.shift()];
      play.ganStep({ generator, discriminator, optimizers }, real, z, { objective, r1 });
    }
    return parameters.flatMap(list);
  },
};

for (const { name, call, inputs, options, exact } of json("cases.json")) {
  const given = Array.from({ length: inputs }, (_, i) => values[`${name}.${i}`]);
  let largest = Infinity;
  let message = "";
  try {
    const found = CALLS[call](...given, ...(options ? [options] : []));
    const wanted = values[`${name}.out`].data;
    if (found.length === wanted.length) {
      largest = found.reduce((most, v, i) => {
        const difference = Math.abs(v - wanted[i]);
        return difference <= most ? most : difference; // NaN stays
      }, 0);
    } else message = `${found.length} numbers in place of ${wanted.length}`;
    if (exact && largest) message = `${found.slice(0, 40)} is not ${wanted.slice(0, 40)}`;
  } catch (error) {
    message = error.stack.split("\n").slice(0, 3).join(" ");
  }
  console.log(JSON.stringify({ name, largest: String(largest), message }));
}
