// Chapter 30: positions as waves to be added, and as rotations of queries and keys
(function () {
  const [D, LENGTH] = [16, 64];

  play.figure("positions", {
    title: "Positions as waves and as rotations",
    question: "How do the numbers of a position change from one to the next, and what do a "
      + "query and a key that are both rotated still know of their positions?",
    tips: [
      "Move the query and the key by the same amount: the angle between them stays.",
      "Choose pair 1, then pair 8: the first turns fast, the last hardly at all.",
      "Put both at the same position: every pair contributes its largest score, 2.",
    ],
    controls: {
      query: { label: "Position of the query", min: 0, max: LENGTH - 1, step: 1, value: 10 },
      key: { label: "Position of the key", min: 0, max: LENGTH - 1, step: 1, value: 4 },
      pair: { label: "Pair of features", min: 1, max: D / 2, step: 1, value: 2 },
    },
    values({ query, key, pair }) {
      const table = play.sinusoids(LENGTH, D);
      const ones = play.tensor(new Float32Array(D).fill(1), [1, D]);
      const [q, k] = [query, key].map((start) => play.rotary(ones, 1, start).data);
      const score = q.reduce((sum, v, i) => sum + v * k[i], 0);
      const two = (x) => [x[pair - 1], x[pair - 1 + D / 2]];
      const wave = (part) =>
        Array.from({ length: LENGTH }, (_, t) => table.data[t * D + 2 * (pair - 1) + part]);
      const own = two(q)[0] * two(k)[0] + two(q)[1] * two(k)[1];
      return { sine: wave(0), cosine: wave(1), q: two(q), k: two(k), own, score };
    },
    say: ({ own, score }, { query, key, pair }) =>
      `Distance ${query - key}. Pair ${pair} contributes ${own.toFixed(2)} to the score of `
      + `the rotated vectors, all pairs together ${score.toFixed(2)} of ${D}.`,
    draw(box, { sine, cosine, q, k }, { query, key }, width) {
      const row = play.element(box, "div", { class: "play-row" });
      const w = width < 560 ? width : width - 210;
      const label = "Sine and cosine of the pair over the position";
      const waves = play.svg(row, w, 190, label);
      const x = (t) => 10 + (t / (LENGTH - 1)) * (w - 20);
      const y = (v) => 92 - v * 70;
      play.curve(waves, [[10, 92], [w - 10, 92]], { class: "line" });
      play.curve(waves, sine.map((v, t) => [x(t), y(v)]), { class: "line-a" });
      play.curve(waves, cosine.map((v, t) => [x(t), y(v)]),
        { class: "line-a", "stroke-dasharray": "5 3" });
      for (const [t, kind, name] of [[query, "a", "query"], [key, "b", "key"]]) {
        for (const wave of [sine, cosine]) {
          play.element(waves, "circle", { cx: x(t), cy: y(wave[t]), r: 5, class: kind });
        }
        const high = kind === "a" ? 12 : 186;
        const anchor = t > LENGTH / 2 ? "end" : "start";
        play.text(waves, x(t), high, `${name} ${t}`, { "text-anchor": anchor });
      }
      const dial = play.svg(row, 190, 190, "The pair of query and of key as two hands");
      play.element(dial, "circle", { cx: 95, cy: 95, r: 75, class: "line" });
      for (const [[u, v], kind] of [[q, "a"], [k, "b"]]) {
        const end = [95 + (u * 75) / Math.SQRT2, 95 - (v * 75) / Math.SQRT2];
        play.curve(dial, [[95, 95], end], { class: `line-${kind}` });
        play.element(dial, "circle", { cx: end[0], cy: end[1], r: 5, class: kind });
      }
    },
  });
})();
