// Chapter 33: the attention weights of every head of the packaged BERT for a sentence
(function () {
  const [LAYERS, HEADS, MOST] = [4, 4, 18]; // of the packaged model, and words

  // In the worker: the model, then the weights of each layer, (heads, T, T)
  function work(play) {
    let [model, tokenizer] = [null, null];
    return ({ buffers, text }) => {
      if (buffers) {
        [model, tokenizer] = play.withTokenizer(play.BERT, buffers);
        return null;
      }
      const ids = tokenizer.encode(text, "[MASK]").slice(0, 40);
      const looks = [];
      model.features(ids, looks);
      const names = ids.map((id) => tokenizer.names[id]);
      return { ids, names, layers: looks.map(({ data }) => [...data]) };
    };
  }

  // Mean weight on the token before, itself, the token after, and the two ends
  const TARGETS = {
    "the token before": (t, s) => s === t - 1,
    "the token itself": (t, s) => s === t,
    "the token after": (t, s) => s === t + 1,
    "[CLS]": (t, s) => s === 0,
    "[SEP]": (t, s, n) => s === n - 1,
  };
  function habit(weights, n) {
    const sums = Object.entries(TARGETS).map(([name, chosen]) => {
      let sum = 0;
      for (let t = 1; t < n - 1; t += 1) {
        for (let s = 0; s < n; s += 1) if (chosen(t, s, n)) sum += weights[t * n + s];
      }
      return [name, sum / Math.max(n - 2, 1)];
    });
    return sums.sort((a, b) => b[1] - a[1])[0];
  }

  // One head as squares, darker for a larger weight
  function squares(parent, weights, n, { left, top, cell }) {
    play.element(parent, "rect",
      { x: left, y: top, width: n * cell, height: n * cell, class: "weak" });
    weights.forEach((p, i) => {
      if (p < 0.01) return;
      const [x, y] = [left + (i % n) * cell, top + Math.floor(i / n) * cell];
      play.element(parent, "rect",
        { x, y, width: cell, height: cell, class: "a", opacity: p });
    });
  }

  play.figure("bert-heads", {
    title: "What each head of BERT attends to",
    question: "Which tokens (columns) does each token (row) attend to, in each of the "
      + "sixteen heads of the packaged BERT? The small squares are the heads of the layer.",
    tips: [
      "Go through the heads of layer 1: is there one that looks at the neighbours only?",
      "Write a sentence with the same word twice, and look for a head that connects them.",
      "Compare layers 1 and 4: where does more weight go to [SEP]?",
    ],
    controls: {
      sentence: { label: "Sentence", value: "Return a list of the names in the file." },
      layer: { label: "Layer", min: 1, max: LAYERS, step: 1, value: 1 },
      head: { label: "Head", min: 1, max: HEADS, step: 1, value: 1 },
    },
    weights: ["bert-pydocs.safetensors", "bert-pydocs.tokenizer.json"],
    size: "5.7 MB",
    async prepare(buffers) {
      const ask = play.worker(work);
      await ask({ buffers }, buffers);
      const known = {}; // the last sentence, and its weights in all layers and heads
      return (text) => {
        if (known.text !== text) Object.assign(known, { text, reply: ask({ text }) });
        return known.reply;
      };
    },
    async values({ sentence, layer, head }, weightsOf) {
      const words = sentence.split(/\s+/u).filter(Boolean).slice(0, MOST);
      const { ids, names, layers } = await weightsOf(words.join(" "));
      const n = ids.length;
      const heads = Array.from({ length: HEADS }, (_, h) =>
        layers[layer - 1].slice(h * n * n, (h + 1) * n * n));
      return { ids, names, heads, weights: heads[head - 1] };
    },
    say({ names, weights }, { layer, head }) {
      const [target, share] = habit(weights, names.length);
      return `Layer ${layer}, head ${head}: on average ${(100 * share).toFixed(0)} % of a `
        + `token’s weight goes to ${target}, more than to any other of its neighbours, `
        + "itself and the two ends.";
    },
    draw(box, { names, heads, weights }, { layer, head }, width, figure) {
      const n = names.length;
      const row = play.element(box, "div",
        { class: "play-row", role: "group", "aria-label": `Heads of layer ${layer}` });
      const side = Math.min(88, (width - 90) / HEADS);
      heads.forEach((one, h) => {
        const pressed = h + 1 === head;
        const attributes = { type: "button", class: "play-frame", "data-key": `head-${h}` };
        const button = play.element(row, "button", { ...attributes, "aria-pressed": pressed });
        const label = `Head ${h + 1} of layer ${layer}`;
        const small = play.svg(button, side, side, label);
        squares(small, one, n, { left: 0, top: 0, cell: side / n });
        button.addEventListener("click", () => figure.change({ head: h + 1 }));
      });
      const left = Math.min(96, width / 4);
      const cell = Math.min((width - left - 4) / n, 24);
      const label = `Weights of head ${head} of layer ${layer}, queries down, keys across`;
      const picture = play.svg(box, left + n * cell + 2, 74 + n * cell, label);
      squares(picture, weights, n, { left, top: 70, cell });
      names.forEach((name, t) => {
        const middle = 70 + (t + 0.5) * cell + 4;
        const end = { "text-anchor": "end", class: "mono" };
        play.text(picture, left - 4, middle, name.slice(0, 12), end);
        const [x, y] = [left + (t + 0.5) * cell + 4, 64];
        play.text(picture, x, y, name.slice(0, 9),
          { class: "mono", transform: `rotate(-90 ${x} ${y})` });
      });
    },
  });
})();
