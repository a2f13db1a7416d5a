// A multilayer perceptron with back-propagation, and Adam.
play.define(function (play) {
  const LEAK = 0.2;
  const accumulate = (total, part) => {
    for (let i = 0; i < part.length; i += 1) total[i] += part[i];
  };
  // The gradient through a leaky ReLU, whose output is y; in place
  const through = (g, y) => {
    for (let i = 0; i < y.data.length; i += 1) g.data[i] *= y.data[i] > 0 ? 1 : LEAK;
    return g;
  };

  // Linear layers of these widths with leaky ReLUs between them, as PyTorch initializes
  play.MLP = (widths, random) => {
    const layers = widths.slice(1).map((m, i) => {
      const n = widths[i];
      const uniform = () => (2 * random() - 1) / Math.sqrt(n);
      const weight = play.map(play.zeros(m, n), uniform);
      return { weight, bias: play.map(play.zeros(m), uniform) };
    });
    return { layers, parameters: layers.flatMap(({ weight, bias }) => [weight, bias]) };
  };

  // x (B, n) → the input of every layer, and the output
  play.forward = ({ layers }, x) => {
    const values = [x];
    layers.forEach(({ weight, bias }, i) => {
      const y = play.linear(values[i], weight, bias);
      values.push(i + 1 < layers.length ? play.map(y, (v) => (v > 0 ? v : LEAK * v)) : y);
    });
    return values;
  };

  // The transpose of a (B, m) times b (B, n) → (m, n)
  const crossed = (a, b) => play.linear(play.transpose(a), play.transpose(b)).data;
  Object.assign(play, { accumulate, through, crossed });
  play.zeroGrads = ({ parameters }) => parameters.map(({ shape }) => play.zeros(...shape));
  // Values of `forward`, gradient of its output (B, m) → gradient of the input; those of
  // the parameters are added to `grads`, if there are any
  play.backward = ({ layers }, values, gradient, grads = null) => {
    let g = gradient;
    for (let i = layers.length - 1; i >= 0; i -= 1) {
      if (i + 1 < layers.length) through(g, values[i + 1]);
      if (grads) {
        accumulate(grads[2 * i].data, crossed(g, values[i]));
        const [B, m] = g.shape;
        for (let b = 0; b < B; b += 1) {
          accumulate(grads[2 * i + 1].data, g.data.subarray(b * m, (b + 1) * m));
        }
      }
      g = play.linear(g, play.transpose(layers[i].weight));
    }
    return g;
  };

  // Adam (Kingma & Ba 2015): a function that changes parameters by their gradients
  play.Adam = (parameters, { lr, beta1 = 0.5, beta2 = 0.99, eps = 1e-8 }) => {
    const first = parameters.map(({ data }) => new Float32Array(data.length));
    const second = parameters.map(({ data }) => new Float32Array(data.length));
    let t = 0;
    return (grads, rate = lr) => {
      t += 1;
      const [c1, c2] = [1 - beta1 ** t, 1 - beta2 ** t];
      parameters.forEach(({ data }, i) => {
        const [m, v, g] = [first[i], second[i], grads[i].data];
        for (let j = 0; j < data.length; j += 1) {
          m[j] += (1 - beta1) * (g[j] - m[j]);
          v[j] = beta2 * v[j] + (1 - beta2) * g[j] * g[j];
          data[j] -= ((rate / c1) * m[j]) / (Math.sqrt(v[j] / c2) + eps);
        }
      });
    };
  };
});
