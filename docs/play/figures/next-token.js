// Chapter 11: the next token of a prompt by a small language model, cut off in four ways
(function () {
  const SHOWN = 12;
  const NEW = 24; // tokens that are drawn for a continuation
  const CUTS = {
    nothing: {},
    "top-k 5": { topK: 5 },
    "top-k 40": { topK: 40 },
    "top-p 0.5": { topP: 0.5 },
    "top-p 0.9": { topP: 0.9 },
    "min-p 0.2": { minP: 0.2 },
    "min-p 0.05": { minP: 0.05 },
  };

  // In the worker: the model, then the scores of the next token, and continuations
  function work(play) {
    let [model, tokenizer] = [null, null];
    const last = (scores, size) => scores.slice(scores.length - size);
    return ({ buffers, prompt, settings, seed, count }) => {
      if (buffers) {
        [model, tokenizer] = play.withTokenizer(play.LanguageModel, buffers);
        return null;
      }
      const eos = tokenizer.id("[EOS]");
      const ids = [eos, ...tokenizer.encode(prompt)].slice(-64);
      const size = tokenizer.names.length;
      const scores = last(model.logits(ids).data, size);
      const random = play.random(seed);
      let state = model.init(ids.slice(0, -1));
      const drawn = [];
      for (let token = ids[ids.length - 1]; drawn.length < count;) {
        const reply = model.step(token, state);
        state = reply.state;
        token = play.draw(play.remedied([...reply.logits], settings), random());
        if (token === eos) break;
        drawn.push(token);
      }
      const shown = (id) => tokenizer.decode([id]) || tokenizer.names[id];
      return { ids, scores: [...scores], names: tokenizer.names.map((_, id) => shown(id)),
        continuation: tokenizer.decode(drawn) };
    };
  }
  const visible = (name) => name.replaceAll(" ", "␣").replaceAll("\n", "↵");

  play.figure("next-token", {
    title: "What may come next?",
    question: "What do temperature, top-k, top-p and min-p leave of the distribution that a "
      + "language model gives to the next token? Grey: the model. Blue: what is drawn from.",
    tips: [
      "Press a bar's token to append it to the prompt, and write a sentence that way.",
      "Lower the temperature to 0.3, then raise it to 2: read the continuation, and cut off.",
      "End the prompt in the middle of a word, then after a full stop: which is surer?",
    ],
    controls: {
      prompt: { label: "Prompt", value: "Return a list of the" },
      temperature: { label: "Temperature", min: 0.1, max: 2, step: 0.1, value: 1 },
      cut: { label: "Cut off by", options: Object.keys(CUTS), value: "nothing" },
      draw: { label: "Draw number", min: 1, max: 20, step: 1, value: 1 },
    },
    weights: ["language-model-pydocs.safetensors", "language-model-pydocs.tokenizer.json"],
    size: "0.7 MB",
    async prepare(buffers) {
      const ask = play.worker(work);
      await ask({ buffers }, buffers);
      return ask;
    },
    async values(state, ask) {
      const { prompt, temperature, cut, draw: seed } = state;
      const settings = { temperature, ...CUTS[cut] };
      const reply = await ask({ prompt, settings, seed, count: NEW });
      const before = [...play.softmax(reply.scores)];
      const after = [...play.remedied(reply.scores, settings)];
      const order = play.ranking(before).slice(0, SHOWN);
      const kept = after.filter(Boolean).length;
      const nats = after.reduce((sum, p) => sum - (p ? p * Math.log(p) : 0), 0);
      return { ...reply, before, after, order, kept, nats };
    },
    say: ({ kept, names, nats, continuation }, { prompt }) =>
      `${kept} of ${names.length} tokens can be drawn; entropy ${nats.toFixed(2)} nats. `
      + `One draw: “${prompt}${continuation}”`,
    draw(box, { before, after, order, names }, { prompt }, width, figure) {
      const rows = play.element(box, "div",
        { class: "play-tokens", role: "group", "aria-label": "Tokens that may come next" });
      const most = Math.max(...order.map((id) => Math.max(before[id], after[id])));
      const long = Math.max(60, Math.min(width - 190, 420));
      order.forEach((id, i) => {
        const row = play.element(rows, "div", { class: "play-token" });
        const attributes = { type: "button", "data-key": `token-${i}` };
        const button = play.element(row, "button", attributes, visible(names[id]));
        button.addEventListener("click", () => figure.change({ prompt: prompt + names[id] }));
        const label = `${before[id].toFixed(3)} in the model, ${after[id].toFixed(3)} drawn from`;
        const bars = play.svg(row, long + 44, 26, label);
        const bar = (p, y, height, kind) => play.element(bars, "rect",
          { x: 0, y, width: (p / most) * long, height, class: kind });
        bar(before[id], 3, 20, "weak");
        bar(after[id], 7, 12, "a");
        const end = (Math.max(before[id], after[id]) / most) * long + 5;
        play.text(bars, end, 17, after[id].toFixed(3));
      });
    },
  });
})();
