// Chapter 33: hide words of a sentence, and see what the packaged BERT puts there
(function () {
  const MOST = 24; // words

  // In the worker: the model, then the five best tokens of each mask
  function work(play) {
    let [model, tokenizer] = [null, null];
    return ({ buffers, text }) => {
      if (buffers) {
        [model, tokenizer] = play.withTokenizer(play.BERT, buffers);
        return null;
      }
      const began = performance.now();
      const ids = tokenizer.encode(text, "[MASK]").slice(0, 128);
      const mask = tokenizer.id("[MASK]");
      const places = ids.flatMap((id, t) => (id === mask ? [t] : []));
      if (!places.length) return { ids, guesses: [], time: 0 };
      const logits = model.logits(model.features(ids), places);
      const guesses = places.map((_, i) => {
        const shares = play.softmax(play.rows(logits, i, i + 1).data);
        return play.ranking(shares).slice(0, 5).map((id) => [tokenizer.names[id], shares[id]]);
      });
      return { ids, guesses, time: performance.now() - began };
    };
  }

  const wordsOf = (sentence) => sentence.split(/\s+/u).filter(Boolean).slice(0, MOST);
  const hiddenOf = ({ hide }) => new Set(hide.split("-").filter(Boolean).map(Number));

  function buttons(box, state, figure) {
    const hidden = hiddenOf(state);
    const group = { class: "play-row", role: "group", "aria-label": "Words to hide" };
    const row = play.element(box, "div", group);
    wordsOf(state.sentence).forEach((word, i) => {
      const pressed = hidden.has(i);
      const attributes = { type: "button", "aria-pressed": pressed, "data-key": `word-${i}` };
      const button = play.element(row, "button", attributes, word);
      button.addEventListener("click", () => {
        if (pressed) hidden.delete(i);
        else hidden.add(i);
        figure.change({ hide: [...hidden].sort((a, b) => a - b).join("-") });
      });
    });
  }

  play.figure("bert-mask", {
    title: "Hide words of a sentence",
    question: "Which words does a BERT that has read nothing but Python's documentation "
      + "put in the place of hidden ones? It runs here, in eight bits.",
    tips: [
      "Hide “list”, then also “of”: with less context the guesses are less sure.",
      "Write a sentence about Python, then one about cooking.",
      "Hide a word that is left of another hidden one: both see the rest only.",
    ],
    controls: {
      sentence: { label: "Sentence", value: "Return a list of the names in the file." },
    },
    hidden: { hide: "2" },
    weights: ["bert-pydocs.safetensors", "bert-pydocs.tokenizer.json"],
    size: "5.7 MB",
    async prepare(buffers) {
      const ask = play.worker(work);
      await ask({ buffers }, buffers);
      return ask;
    },
    before(box, state, figure) {
      box.replaceChildren();
      buttons(box, state, figure);
    },
    async values(state, ask) {
      const hidden = hiddenOf(state);
      const words = wordsOf(state.sentence);
      const shown = words.map((word, i) =>
        (hidden.has(i) ? word.replace(/[\p{L}\p{N}_]+/u, "[MASK]") : word));
      const text = shown.join(" ");
      const places = words.filter((_, i) => shown[i].includes("[MASK]"));
      return { text, words: places, ...(await ask({ text })) };
    },
    say({ guesses, words }) {
      if (!guesses.length) return "No word is hidden: press one.";
      return guesses.map(([[name, p]], i) =>
        `For “${words[i]}” first “${name}” (${(100 * p).toFixed(0)} %)`).join("; ") + ".";
    },
    draw(box, { guesses, words }, state, width, figure) {
      buttons(box, state, figure);
      const row = play.element(box, "div", { class: "play-row" });
      guesses.forEach((five, i) => {
        const label = `Five guesses for “${words[i]}”`;
        const chart = play.svg(row, Math.min(width, 230), 112, label);
        play.text(chart, 0, 12, `for “${words[i]}”`);
        five.forEach(([name, p], n) => {
          const y = 20 + n * 18;
          play.element(chart, "rect", { x: 90, y, width: p * 90, height: 14, class: "a" });
          play.text(chart, 84, y + 11, name, { "text-anchor": "end", class: "mono" });
          play.text(chart, 94 + p * 90, y + 11, p.toFixed(2));
        });
      });
    },
  });
})();
