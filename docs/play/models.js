// The models of the book from their own safetensors: VAE, Classifier, DCGAN, LanguageModel,
// Transformer and BERT. Sequences come one at a time, (T, d).
play.define(function (play) {
  const { activations } = play;

  // The tensors of a file, by the names of PyTorch's modules
  function layersOf({ tensors }) {
    const get = (name) => tensors[name] || null;
    const need = (name) => {
      if (!tensors[name]) throw new Error(`the file has no ${name}`);
      return tensors[name];
    };
    const linear = (x, name) =>
      play.linear(x, need(`${name}.weight`), get(`${name}.bias`));
    const norm = (x, name, eps) =>
      play.layerNorm(x, need(`${name}.weight`), need(`${name}.bias`), eps);
    const batchNorm = (x, name) => {
      const [mean, variance] = [need(`${name}.running_mean`), need(`${name}.running_var`)];
      return play.batchNorm(x, mean, variance, need(`${name}.weight`), need(`${name}.bias`));
    };
    // Linear layers at 0, 2, 4, ... with an activation between them
    const mlp = (x, name, act) => {
      let y = linear(x, `${name}.0`);
      for (let i = 2; get(`${name}.${i}.weight`); i += 2) {
        y = linear(play.map(y, act), `${name}.${i}`);
      }
      return y;
    };
    return { get, need, linear, norm, batchNorm, mlp };
  }

  // x (B, n) and a class for each → (B, n + classes)
  function appendOneHot(x, y, classes) {
    const [B, n] = x.shape;
    const out = play.zeros(B, n + classes);
    for (let b = 0; b < B; b += 1) {
      out.data.set(x.data.subarray(b * n, (b + 1) * n), b * (n + classes));
      if (classes) out.data[b * (n + classes) + n + y[b]] = 1;
    }
    return out;
  }

  // VAE of linear layers
  play.VAE = (file) => {
    const { mlp } = layersOf(file);
    const { num_classes: classes = 0, latent_dim: d } = file.config;
    return {
      // x (B, C H W) → mean and log-variance, (B, d) each
      encode(x, y) {
        const both = mlp(appendOneHot(x, y, classes), "encoder", activations.silu);
        const half = (start) => {
          const part = both.data.filter((_, i) => (i % (2 * d) < d) === (start === 0));
          return play.tensor(part, [x.shape[0], d]);
        };
        return { mean: half(0), logvar: half(d) };
      },
      // z (B, d) → parameters of the likelihood, (B, n)
      decode: (z, y) => mlp(appendOneHot(z, y, classes), "decoder", activations.silu),
      // Nats of one image under a Bernoulli likelihood: reconstruction and KL
      terms(x, logits, { mean, logvar }) {
        let reconstruction = 0;
        logits.data.forEach((logit, i) => {
          reconstruction += play.softplus(logit) - x.data[i] * logit;
        });
        let kl = 0;
        mean.data.forEach((m, i) => {
          kl += (m * m + Math.exp(logvar.data[i]) - 1 - logvar.data[i]) / 2;
        });
        return { reconstruction, kl };
      },
    };
  };

  // Images (B, C, H, W) → logits (B, classes)
  play.Classifier = (file) => {
    const { need, linear } = layersOf(file);
    const pooled = (x, name) => {
      const y = play.conv2d(x, need(`${name}.weight`), need(`${name}.bias`), 1, 1);
      return play.maxPool2d(play.map(y, activations.relu));
    };
    return {
      logits(x) {
        const maps = pooled(pooled(x, "body.0"), "body.3");
        const flat = play.tensor(maps.data, [x.shape[0], maps.data.length / x.shape[0]]);
        return linear(play.map(linear(flat, "body.7"), activations.relu), "head");
      },
    };
  };

  // Noise (B, latent) and classes → images in [-1, 1], (B, C, H, W)
  play.DCGAN = (file) => {
    const { get, need, linear, batchNorm } = layersOf(file);
    const { shape, num_classes: classes, without } = file.config;
    if (without) throw new Error("a DCGAN with all its rules is needed");
    const channels = need("generator.4.weight").shape[0];
    let levels = 1;
    while (get(`generator.${3 * levels + 1}.weight`)) levels += 1;
    const [h, w] = [shape[1] >> (levels - 1), shape[2] >> (levels - 1)];
    // (B, h w C) → (B, C, h, w)
    const maps = (x) => {
      const y = play.zeros(x.shape[0], channels, h, w);
      const size = h * w * channels;
      x.data.forEach((value, i) => {
        const [b, place] = [Math.floor(i / size), Math.floor((i % size) / channels)];
        y.data[b * size + (i % channels) * h * w + place] = value;
      });
      return y;
    };
    return {
      generate(z, y) {
        let x = maps(linear(appendOneHot(z, y, classes), "generator.0"));
        for (let level = 1; level < levels; level += 1) {
          const name = `generator.${3 * level + 1}`;
          x = play.map(batchNorm(x, `generator.${3 * level - 1}`), activations.relu);
          x = play.convTranspose2d(x, need(`${name}.weight`), get(`${name}.bias`), 2, 1);
        }
        return play.map(x, Math.tanh);
      },
    };
  };

  // Layers of attention and feed-forward networks; `looks` collects attention weights
  function stackOf(file, name, { heads, pre, act, eps, cross = false, rotary = false }) {
    const { get, need, linear, norm, mlp } = layersOf(file);
    const width = need(`${name}.layers.0.attention_norm.weight`).shape[0];
    let count = 0;
    while (get(`${name}.layers.${count}.attention_norm.weight`)) count += 1;

    // One of queries (0), keys (1) and values (2) of x (T, d) in all heads, (T, d)
    const project = (x, layer, which) => {
      const weight = play.rows(need(`${layer}.qkv.weight`), which * width, (which + 1) * width);
      const bias = play.rows(need(`${layer}.qkv.bias`), which * width, (which + 1) * width);
      return play.linear(x, weight, bias);
    };

    function attend(x, layer, { causal, cache, looks }) {
      const start = cache ? cache.k.shape[0] : 0;
      let [q, k, v] = [0, 1, 2].map((which) => project(x, layer, which));
      if (rotary) [q, k] = [play.rotary(q, heads, start), play.rotary(k, heads, start)];
      if (cache) [k, v] = [play.stack(cache.k, k), play.stack(cache.v, v)];
      const { y, weights } = play.attend(q, k, v, heads, { causal });
      if (looks) looks.push(weights);
      return { y: linear(y, `${layer}.out`), cache: { k, v } };
    }

    function attendMemory(x, layer, { k, v }, looks) {
      const { y, weights } = play.attend(project(x, layer, 0), k, v, heads);
      if (looks) looks.push(weights);
      return linear(y, `${layer}.out`);
    }

    return {
      // Keys and values of a memory (S, d), for each layer
      memory: (h) =>
        Array.from({ length: count }, (_, i) => {
          const layer = `${name}.layers.${i}.cross_attention`;
          return { k: project(h, layer, 1), v: project(h, layer, 2) };
        }),
      // x (T, d), behind what `caches` hold → the same shape, and caches for what follows
      read(x, { causal = false, caches = [], memory = null, looks, crossLooks } = {}) {
        const after = [];
        let h = x;
        const sublayer = (norming, f) => {
          h = pre
            ? play.add(h, f(norm(h, norming, eps)))
            : norm(play.add(h, f(h)), norming, eps);
        };
        for (let i = 0; i < count; i += 1) {
          const layer = `${name}.layers.${i}`;
          sublayer(`${layer}.attention_norm`, (input) => {
            const options = { causal, cache: caches[i], looks };
            const { y, cache } = attend(input, `${layer}.attention`, options);
            after.push(cache);
            return y;
          });
          if (cross) {
            sublayer(`${layer}.cross_attention_norm`, (input) =>
              attendMemory(input, `${layer}.cross_attention`, memory[i], crossLooks));
          }
          sublayer(`${layer}.feed_forward_norm`, (input) =>
            mlp(input, `${layer}.feed_forward`, act));
        }
        return { h: pre ? norm(h, `${name}.norm`, eps) : h, caches: after };
      },
    };
  }

  // Tokens and their positions as vectors, and the scores of all tokens
  function embeddingOf(file) {
    const { get, need } = layersOf(file);
    const table = get("embed.token_embedding.weight") || need("lm_head.weight");
    const [, d] = table.shape;
    const { positions = "sinusoidal", max_length: most = 512 } = file.config;
    const learned = get("embed.position_embedding");
    const places = positions === "learned" ? learned : play.sinusoids(most, d);
    return {
      embed(tokens, start = 0) {
        const x = play.map(play.embedding(tokens, table), (value) => value * Math.sqrt(d));
        if (positions === "rotary") return x;
        return play.add(x, play.rows(places, start, start + tokens.length));
      },
      logits: (h) => play.linear(h, table), // (T, d) → (T, V)
    };
  }

  function options({ config }, act) {
    const { num_heads: heads, pre_norm: pre = true, positions } = config;
    return { heads, pre, act, eps: 1e-5, rotary: positions === "rotary" };
  }

  // One token after the other, for decoding: state → logits of the next token, state
  function writer({ embed, logits }, decoder) {
    return (token, { position, caches, memory }) => {
      const x = embed([token], position);
      const read = decoder.read(x, { causal: true, caches, memory });
      const state = { position: position + 1, caches: read.caches, memory };
      return { logits: logits(read.h).data, state };
    };
  }

  play.LanguageModel = (file) => {
    const ends = embeddingOf(file);
    const decoder = stackOf(file, "decoder", options(file, activations.gelu));
    return {
      // tokens → logits of the token after each, (T, V)
      logits(tokens, looks) {
        const x = ends.embed(tokens);
        return ends.logits(decoder.read(x, { causal: true, looks }).h);
      },
      // A prompt without its last token
      init(tokens) {
        const none = { position: 0, caches: [], memory: null };
        if (!tokens.length) return none;
        const { caches } = decoder.read(ends.embed(tokens), { causal: true });
        return { ...none, position: tokens.length, caches };
      },
      step: writer(ends, decoder),
    };
  };

  play.Transformer = (file) => {
    const ends = embeddingOf(file);
    const common = options(file, activations.relu);
    const encoder = stackOf(file, "encoder", common);
    const decoder = stackOf(file, "decoder", { ...common, cross: true });
    const memoryOf = (source) => decoder.memory(encoder.read(ends.embed(source)).h);
    return {
      logits(source, target, crossLooks) {
        const given = { causal: true, memory: memoryOf(source), crossLooks };
        return ends.logits(decoder.read(ends.embed(target), given).h);
      },
      init: (source) => ({ position: 0, caches: [], memory: memoryOf(source) }),
      step: writer(ends, decoder),
    };
  };

  play.BERT = (file) => {
    const { get, need, linear, norm } = layersOf(file);
    const { num_heads: heads, eps } = file.config;
    const table = get("token_embedding.weight") || need("lm_head.3.weight");
    const settings = { heads, pre: false, act: activations.gelu, eps };
    const encoder = stackOf(file, "encoder", settings);
    return {
      // tokens of one text → (T, d)
      features(tokens, looks) {
        const places = play.rows(need("position_embedding.weight"), 0, tokens.length);
        const types = play.embedding(tokens.map(() => 0), need("token_type_embedding.weight"));
        const x = play.add(play.add(play.embedding(tokens, table), places), types);
        return encoder.read(norm(x, "norm", eps), { looks }).h;
      },
      // Logits of every token at some positions of features (T, d) → (positions, V)
      logits(h, positions) {
        const d = h.shape[1];
        const chosen = positions.map((t) => [...h.data.subarray(t * d, (t + 1) * d)]);
        const x = play.tensor(chosen.flat(), [positions.length, d]);
        const y = play.map(linear(x, "lm_head.0"), activations.gelu);
        return play.linear(norm(y, "lm_head.2", eps), table, get("lm_head.3.bias"));
      },
    };
  };
});
