// Layers as in genmodels.layers, genmodels.attention and PyTorch, for inference.
play.define(function (play) {
  // x (..., n) times weight (m, n) transposed, plus bias (m,) → (..., m); four rows and
  // two columns at a time, so that each number that is read is used more than once; beyond
  // the last row or column it is computed again
  play.linear = ({ data: a, shape }, { data: w, shape: [outputs, inputs] }, bias = null) => {
    const m = outputs | 0, n = inputs | 0, last = (a.length / n - 1) | 0; // doubles are slow
    const out = play.zeros(...shape.slice(0, -1), m);
    const y = out.data;
    for (let i = 0; i <= last; i += 4) {
      const i1 = Math.min(i + 1, last), i2 = Math.min(i + 2, last), i3 = Math.min(i + 3, last);
      const a0 = i * n, a1 = i1 * n, a2 = i2 * n, a3 = i3 * n;
      for (let j = 0; j < m; j += 2) {
        const j1 = Math.min(j + 1, m - 1), w0 = j * n, w1 = j1 * n;
        let s00 = bias ? bias.data[j] : 0, s01 = bias ? bias.data[j1] : 0;
        let s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
        for (let k = 0; k < n; k += 1) {
          const u = w[w0 + k], v = w[w1 + k];
          const p = a[a0 + k], q = a[a1 + k], r = a[a2 + k], s = a[a3 + k];
          s00 += p * u;
          s01 += p * v;
          s10 += q * u;
          s11 += q * v;
          s20 += r * u;
          s21 += r * v;
          s30 += s * u;
          s31 += s * v;
        }
        y[i * m + j] = s00;
        y[i * m + j1] = s01;
        y[i1 * m + j] = s10;
        y[i1 * m + j1] = s11;
        y[i2 * m + j] = s20;
        y[i2 * m + j1] = s21;
        y[i3 * m + j] = s30;
        y[i3 * m + j1] = s31;
      }
    }
    return out;
  };

  // (m, n) → (n, m)
  play.transpose = ({ data, shape: [m, n] }) => {
    const y = play.zeros(n, m);
    for (let i = 0; i < m; i += 1) {
      for (let j = 0; j < n; j += 1) y.data[j * m + i] = data[i * n + j];
    }
    return y;
  };

  // What a convolution joins: for each place in the small map x kernel, its place in the
  // large map, -1 beyond the edges: small (h, w), large (C, H, W), square kernel of size k
  function joined(C, H, W, h, w, k, stride, padding) {
    const places = new Int32Array(h * w * C * k * k).fill(-1);
    for (let place = 0; place < h * w; place += 1) {
      const top = Math.floor(place / w) * stride - padding;
      const left = (place % w) * stride - padding;
      for (let c = 0; c < C; c += 1) {
        for (let i = Math.max(0, -top); i < Math.min(k, H - top); i += 1) {
          for (let j = Math.max(0, -left); j < Math.min(k, W - left); j += 1) {
            places[((place * C + c) * k + i) * k + j] = (c * H + top + i) * W + left + j;
          }
        }
      }
    }
    return places;
  }
  const addBias = (y, { data }, size) => { // channels change every `size` numbers
    for (let i = 0; i < y.length; i += 1) y[i] += data[Math.floor(i / size) % data.length];
  };

  // x (B, C, H, W), weight (out, C, k, k) → (B, out, h, w)
  play.conv2d = (x, weight, bias = null, stride = 1, padding = 0) => {
    const [B, C, H, W] = x.shape;
    const [out, , k] = weight.shape;
    const h = Math.floor((H + 2 * padding - k) / stride) + 1;
    const w = Math.floor((W + 2 * padding - k) / stride) + 1;
    const matrix = play.tensor(weight.data, [out, C * k * k]);
    const at = joined(C, H, W, h, w, k, stride, padding);
    const y = play.zeros(B, out, h, w);
    const columns = play.zeros(h * w, C * k * k);
    for (let b = 0; b < B; b += 1) {
      const image = play.rows(x, b, b + 1).data;
      for (let i = 0; i < at.length; i += 1) columns.data[i] = at[i] < 0 ? 0 : image[at[i]];
      y.data.set(play.linear(matrix, columns).data, b * out * h * w); // (out, h w)
    }
    if (bias) addBias(y.data, bias, h * w);
    return y;
  };

  // x (B, C, h, w), weight (C, out, k, k) → (B, out, H, W), the transpose of a convolution
  play.convTranspose2d = (x, weight, bias = null, stride = 1, padding = 0) => {
    const [B, C, h, w] = x.shape;
    const [, out, k] = weight.shape;
    const H = (h - 1) * stride - 2 * padding + k;
    const W = (w - 1) * stride - 2 * padding + k;
    const matrix = play.transpose(play.tensor(weight.data, [C, out * k * k]));
    const at = joined(out, H, W, h, w, k, stride, padding);
    const y = play.zeros(B, out, H, W);
    for (let b = 0; b < B; b += 1) {
      const image = play.tensor(play.rows(x, b, b + 1).data, [C, h * w]);
      const columns = play.linear(play.transpose(image), matrix).data; // (h w, out k k)
      const map = play.rows(y, b, b + 1).data;
      for (let i = 0; i < at.length; i += 1) if (at[i] >= 0) map[at[i]] += columns[i];
    }
    if (bias) addBias(y.data, bias, H * W);
    return y;
  };

  // x (B, C, H, W) → (B, C, H / 2, W / 2), the largest of each two by two
  play.maxPool2d = (x) => {
    const [B, C, H, W] = x.shape;
    const [h, w] = [H >> 1, W >> 1];
    const y = play.zeros(B, C, h, w);
    for (let i = 0; i < y.data.length; i += 1) {
      const [map, row] = [Math.floor(i / (h * w)), Math.floor(i / w) % h];
      const first = (map * H + 2 * row) * W + 2 * (i % w);
      const [a, b] = [x.data[first], x.data[first + 1]];
      y.data[i] = Math.max(a, b, x.data[first + W], x.data[first + W + 1]);
    }
    return y;
  };

  // Each number times the weight of its channel, plus the bias: channels change every
  // `size` numbers
  function affine(x, size, weight, bias) {
    const C = weight.shape[0];
    const y = play.zeros(...x.shape);
    for (let i = 0; i < y.data.length; i += 1) {
      const c = Math.floor(i / size) % C;
      y.data[i] = x.data[i] * weight.data[c] + bias.data[c];
    }
    return y;
  }

  // x (B, C, ...) with the running averages of training
  play.batchNorm = (x, mean, variance, weight, bias, eps = 1e-5) => {
    const scale = play.map(variance, (v) => 1 / Math.sqrt(v + eps));
    const size = x.data.length / x.shape[0] / x.shape[1];
    const shift = play.tensor(mean.data.map((v, c) => -v * scale.data[c]), mean.shape);
    return affine(affine(x, size, scale, shift), size, weight, bias);
  };

  // Each run of `size` numbers less its mean, over its standard deviation
  function standardized(x, size, eps) {
    const y = play.zeros(...x.shape);
    for (let start = 0; start < y.data.length; start += size) {
      const part = x.data.subarray(start, start + size);
      const mean = part.reduce((sum, v) => sum + v, 0) / size;
      const variance = part.reduce((sum, v) => sum + (v - mean) ** 2, 0) / size;
      const scale = 1 / Math.sqrt(variance + eps);
      y.data.set(part.map((v) => (v - mean) * scale), start);
    }
    return y;
  }

  // x (..., n), weight and bias (n,)
  play.layerNorm = (x, weight, bias, eps = 1e-5) =>
    affine(standardized(x, weight.shape[0], eps), 1, weight, bias);

  // x (B, C, ...), normed over each of `groups` groups of channels
  play.groupNorm = (x, groups, weight, bias, eps = 1e-5) => {
    const size = x.data.length / x.shape[0];
    return affine(standardized(x, size / groups, eps), size / x.shape[1], weight, bias);
  };

  // The error function by a Chebyshev fit of erfc, to 1.2e-7 (Numerical Recipes, sec. 6.2)
  const ERFC = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806];
  ERFC.push(0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277);
  play.erf = (x) => {
    const t = 1 / (1 + Math.abs(x) / 2);
    const power = ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
    const erfc = t * Math.exp(-x * x + power);
    return x < 0 ? erfc - 1 : 1 - erfc;
  };
  play.sigmoid = (x) => 1 / (1 + Math.exp(-x));
  play.softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  play.activations = {
    relu: (x) => Math.max(x, 0),
    leaky: (x) => (x > 0 ? x : 0.2 * x),
    silu: (x) => x * play.sigmoid(x),
    gelu: (x) => (x / 2) * (1 + play.erf(x * Math.SQRT1_2)),
    sigmoid: play.sigmoid,
    tanh: Math.tanh,
  };

  // An array of numbers → probabilities
  play.softmax = (scores) => {
    const most = Math.max(...scores);
    const powers = Float64Array.from(scores, (score) => Math.exp(score - most));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  };

  // tokens → (T, d), from a table (V, d)
  play.embedding = (tokens, table) => {
    const d = table.shape[1];
    const x = play.zeros(tokens.length, d);
    tokens.forEach((token, t) => {
      x.data.set(table.data.subarray(token * d, (token + 1) * d), t * d);
    });
    return x;
  };

  const frequency = (i, d) => 10000 ** ((-2 * i) / d); // radians a position

  // (length, d): sine and cosine of each position, in turn
  play.sinusoids = (length, d) => {
    const x = play.zeros(length, d);
    x.data.forEach((_, at) => {
      const angle = Math.floor(at / d) * frequency((at % d) >> 1, d);
      x.data[at] = at % 2 ? Math.cos(angle) : Math.sin(angle); // d is even
    });
    return x;
  };

  // x (T, heads * d), the first row at position `start`: number i of each head is turned
  // together with number i + d / 2
  play.rotary = (x, heads, start = 0) => {
    const [T, width] = x.shape;
    const d = width / heads;
    const y = play.zeros(T, width);
    for (let at = 0; at < y.data.length; at += 1) {
      if (at % d >= d / 2) continue;
      const angle = (start + Math.floor(at / width)) * frequency(at % d, d);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const [a, b] = [x.data[at], x.data[at + d / 2]];
      y.data[at] = a * cos - b * sin;
      y.data[at + d / 2] = a * sin + b * cos;
    }
    return y;
  };

  // q (T, heads * d), k and v (S, heads * d) → y (T, heads * d), weights (heads, T, S);
  // a mask is a function of query and key, true where the query may attend
  play.attend = (q, k, v, heads, { causal = false, mask = null, scale = null } = {}) => {
    const [T, width] = q.shape;
    const S = k.shape[0];
    const d = width / heads;
    const factor = scale ?? 1 / Math.sqrt(d);
    const keys = Array.from({ length: S }, (_, s) => s);
    const y = play.zeros(T, width);
    const weights = play.zeros(heads, T, S);
    for (let h = 0; h < heads; h += 1) {
      for (let t = 0; t < T; t += 1) {
        const mayAttend = (s) => (!causal || s <= t + S - T) && (!mask || mask(t, s));
        const seen = keys.filter(mayAttend);
        if (!seen.length) continue;
        const scores = seen.map((s) => {
          let sum = 0;
          for (let i = h * d; i < (h + 1) * d; i += 1) {
            sum += q.data[t * width + i] * k.data[s * width + i];
          }
          return sum * factor;
        });
        const shares = play.softmax(scores);
        seen.forEach((s, n) => {
          weights.data[(h * T + t) * S + s] = shares[n];
          for (let i = h * d; i < (h + 1) * d; i += 1) {
            y.data[t * width + i] += shares[n] * v.data[s * width + i];
          }
        });
      }
    }
    return { y, weights };
  };
});
