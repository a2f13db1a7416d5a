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
      const parts = ["running_mean", "running_var", "weight", "bias"];
      return play.batchNorm(x, ...parts.map((part) => need(`${name}.${part}`)));
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
    const { num_classes: classes = 0, latent_dim: d, architecture, likelihood } = file.config;
    if (architecture === "conv" || (likelihood ?? "bernoulli") !== "bernoulli") {
      throw new Error("a VAE of linear layers and of black and white pixels is needed");
    }
    return {
      // x (B, C H W) → mean and log-variance, (B, d) each
      encode(x, y) {
        const both = mlp(appendOneHot(x, y, classes), "encoder", activations.silu);
        const half = (which) => both.data.filter((_, i) => Math.floor(i / d) % 2 === which);
        const [mean, logvar] = [0, 1].map((k) => play.tensor(half(k), [x.shape[0], d]));
        return { mean, logvar };
      },
      // z (B, d) → parameters of the likelihood, (B, n)
      decode: (z, y) => mlp(appendOneHot(z, y, classes), "decoder", activations.silu),
      // Nats of all images under a Bernoulli likelihood: reconstruction and KL
      terms(x, logits, { mean, logvar }) {
        const sum = (data, f) => data.reduce((total, v, i) => total + f(v, i), 0);
        const nats = (logit, i) => play.softplus(logit) - x.data[i] * logit;
        const price = (v, i) => (mean.data[i] ** 2 + Math.exp(v) - 1 - v) / 2;
        return { reconstruction: sum(logits.data, nats), kl: sum(logvar.data, price) };
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
    const logits = (x) => {
      const { data } = pooled(pooled(x, "body.0"), "body.3");
      const flat = play.tensor(data, [x.shape[0], data.length / x.shape[0]]);
      return linear(play.map(linear(flat, "body.7"), activations.relu), "head");
    };
    return { logits };
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
      const images = Array.from({ length: x.shape[0] }, (_, b) => {
        const image = play.tensor(play.rows(x, b, b + 1).data, [h * w, channels]);
        return [...play.transpose(image).data];
      });
      return play.tensor(images.flat(), [images.length, channels, h, w]);
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
    const names = []; // of the layers
    const next = () => `${name}.layers.${names.length}`;
    while (get(`${next()}.attention_norm.weight`)) names.push(next());
    // One of queries (0), keys (1) and values (2) of x (T, d) in all heads, (T, d)
    const project = (x, layer, which) => {
      const [start, end] = [which * width, (which + 1) * width];
      const part = (kind) => play.rows(need(`${layer}.qkv.${kind}`), start, end);
      return play.linear(x, part("weight"), part("bias"));
    };
    const keysOf = (x, layer) => ({ k: project(x, layer, 1), v: project(x, layer, 2) });
    // To a memory's keys and values, or to itself behind what `cache` holds
    function attend(x, layer, { causal, cache, memory, looks }) {
      let q = project(x, layer, 0);
      let { k, v } = memory || keysOf(x, layer);
      if (rotary && !memory) {
        [q, k] = [q, k].map((part) => play.rotary(part, heads, cache ? cache.k.shape[0] : 0));
      }
      if (cache) [k, v] = [play.stack(cache.k, k), play.stack(cache.v, v)];
      const { y, weights } = play.attend(q, k, v, heads, { causal });
      if (looks) looks.push(weights);
      return { y: linear(y, `${layer}.out`), cache: { k, v } };
    }
    return {
      // Keys and values of a memory (S, d), for each layer
      memory: (h) =>
        names.map((layer) => keysOf(h, `${layer}.cross_attention`)),
      // x (T, d), behind what `caches` hold → the same shape, and caches for what follows
      read(x, { causal = false, caches = [], memory = null, looks, crossLooks } = {}) {
        const after = [];
        let h = x;
        const sublayer = (norming, f) => {
          h = pre
            ? play.add(h, f(norm(h, norming, eps)))
            : norm(play.add(h, f(h)), norming, eps);
        };
        names.forEach((layer, i) => {
          sublayer(`${layer}.attention_norm`, (input) => {
            const options = { causal, cache: caches[i], looks };
            const { y, cache } = attend(input, `${layer}.attention`, options);
            after.push(cache);
            return y;
          });
          if (cross) {
            sublayer(`${layer}.cross_attention_norm`, (input) =>
              attend(input, `${layer}.cross_attention`, {
                memory: memory[i], looks: crossLooks,
              }).y);
          }
          sublayer(`${layer}.feed_forward_norm`, (input) =>
            mlp(input, `${layer}.feed_forward`, act));
        });
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
        const read = tokens.length && decoder.read(ends.embed(tokens), { causal: true });
        return { position: tokens.length, caches: read ? read.caches : [], memory: null };
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
        const chosen = play.embedding(positions, h);
        const y = play.map(linear(chosen, "lm_head.0"), activations.gelu);
        return play.linear(norm(y, "lm_head.2", eps), table, get("lm_head.3.bias"));
      },
    };
  };
});
