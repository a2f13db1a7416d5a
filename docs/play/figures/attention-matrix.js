// Chapter 31: attention weights of a short sentence, with their numbers
(function () {
  const [D, MOST] = [32, 7];
  const MASKS = { none: null, causal: (t, s) => s <= t, "not itself": (t, s) => s !== t };

  // A vector for each word, from the word alone: the same word has the same vector
  const seedOf = (word) => [...word].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) >>> 0, 7);
  const vectors = (words) => {
    const rows = words.map((word) => play.normals(play.random(seedOf(word)), D).data);
    return play.tensor(rows.flatMap((row) => [...row]), [words.length, D]);
  };
  const projection = (seed) =>
    play.map(play.normals(play.random(seed), D, D), (v) => v / Math.sqrt(D));

  // The place of the query that is looked at, the last word at first
  const chosen = ({ query }, words) => (words[query] ? query : words.length - 1);

  // The words: pointing at one, or pressing it, chooses the query
  function queries(box, words, state, figure) {
    const group = { class: "play-row", role: "group", "aria-label": "Query" };
    const row = play.element(box, "div", group);
    words.forEach((word, t) => {
      const pressed = t === chosen(state, words);
      const attributes = { type: "button", "aria-pressed": pressed, "data-key": `query-${t}` };
      const button = play.element(row, "button", attributes, word);
      const choose = () => figure.change({ query: t });
      button.addEventListener("click", choose);
      button.addEventListener("pointerenter", ({ pointerType }) => {
        if (pointerType === "mouse" && !pressed) choose();
      });
    });
  }

  play.figure("attention-matrix", {
    title: "The weights of one head, in numbers",
    question: "How do the square root, the mask and a temperature change the distribution "
      + "over the keys (columns) from which each query (row) takes its mean?",
    tips: [
      "Switch 1/√d off: most rows put nearly all their weight on one word.",
      "Choose the causal mask and point at the words: the first can attend to itself only.",
      "Write the same word twice: its two columns are equal, order plays no part.",
    ],
    controls: {
      sentence: { label: "Sentence (up to 7 words)", value: "the cat saw the other cat" },
      mask: { label: "Mask", options: Object.keys(MASKS), value: "none" },
      temperature: { label: "Temperature", min: 0.1, max: 3, step: 0.1, value: 1 },
      scaled: { label: "Divide by √d", value: true },
    },
    hidden: { query: -1 },
    values({ sentence, mask, temperature, scaled }) {
      const words = sentence.toLowerCase().split(/\s+/u).filter(Boolean).slice(0, MOST);
      if (!words.length) words.push("?");
      const x = vectors(words);
      const [q, k, v] = [1, 2, 3].map((seed) => play.linear(x, projection(seed)));
      const scale = (scaled ? 1 / Math.sqrt(D) : 1) / temperature;
      const { y, weights } = play.attend(q, k, v, 1, { mask: MASKS[mask], scale });
      const data = (t) => [...t.data];
      return { words, q: data(q), k: data(k), v: data(v), y: data(y), weights: data(weights) };
    },
    say({ words, weights }, state) {
      const n = words.length;
      const rows = words.map((_, t) => weights.slice(t * n, (t + 1) * n));
      const entropy = rows.map((row) => row.reduce((sum, p) => sum - (p ? p * Math.log(p) : 0), 0));
      const mean = entropy.reduce((a, b) => a + b, 0) / n;
      const query = chosen(state, words);
      const [best] = play.ranking(rows[query]);
      return `Mean entropy of the rows ${mean.toFixed(2)} nats of at most `
        + `${Math.log(n).toFixed(2)}. “${words[query]}” attends most to “${words[best]}”, `
        + `with ${rows[query][best].toFixed(2)}.`;
    },
    draw(box, { words, weights }, state, width, figure) {
      queries(box, words, state, figure);
      const n = words.length;
      const left = Math.min(90, width / 4);
      const cell = Math.min((width - left) / n, 64);
      const high = Math.max(30, cell * 0.6);
      const label = "Attention weights, queries down and keys across";
      const picture = play.svg(box, left + n * cell, 26 + n * high, label);
      const short = (word) => (word.length * 7 > cell ? `${word.slice(0, 5)}…` : word);
      words.forEach((word, t) => {
        const middle = { "text-anchor": "middle" };
        play.text(picture, left + (t + 0.5) * cell, 16, short(word), middle);
        const end = { "text-anchor": "end" };
        play.text(picture, left - 6, 26 + (t + 0.6) * high, word.slice(0, 11), end);
        for (let s = 0; s < n; s += 1) {
          const p = weights[t * n + s];
          const [x, y] = [left + s * cell, 26 + t * high];
          const place = { x, y, width: cell - 2, height: high - 2 };
          play.element(picture, "rect", { ...place, class: "weak" });
          play.element(picture, "rect", { ...place, class: "a", opacity: p });
          const kind = p > 0.55 ? { ...middle, class: "on-a" } : middle;
          play.text(picture, x + cell / 2 - 1, y + high / 2 + 3, p.toFixed(2), kind);
        }
      });
      const y = 25 + chosen(state, words) * high;
      const around = { x: left - 1, y, width: n * cell, height: high, class: "line-b" };
      play.element(picture, "rect", around);
    },
  });
})();
