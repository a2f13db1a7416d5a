// Chapter 11: the distribution of the next character, cut off in four ways
(function () {
  // The chapter's table of the embedded documentation: probabilities after "he "
  const SHARES = {
    "↵": 4.84e-07, "␣": 0.00124, "a": 0.0337, "b": 0.03012, "c": 0.1149,
    "d": 0.04373, "e": 0.04352, "f": 0.07241, "g": 0.03155, "h": 0.01527,
    "i": 0.03657, "j": 0.0006193, "k": 0.003714, "l": 0.0563, "m": 0.04867,
    "n": 0.04929, "o": 0.03883, "p": 0.06641, "q": 0.005568, "r": 0.04868,
    "s": 0.1167, "t": 0.05699, "u": 0.02104, "v": 0.02372, "w": 0.01858,
    "x": 0.003506, "y": 0.001856, "z": 0.00165, ".": 0.001856, ",": 5.641e-07,
    "'": 0.007633, "(": 0.001453, ")": 8.076e-08, "_": 0.002888, "-": 0.001033,
  };
  const names = Object.keys(SHARES);
  const scores = Object.values(SHARES).map((share) => Math.log(share));

  play.figure("decoding-sampling", {
    title: "Which characters may follow “the ”?",
    question: "What does each of the four settings do to the distribution that the next "
      + "character is drawn from? Grey: as the model has it. Blue: what is drawn from.",
    tips: [
      "Lower the temperature to 0.3: the tail falls, and nothing is cut off.",
      "Set top-k to 5, then raise the temperature: the same five stay.",
      "Compare top-p 0.5 at temperatures 0.5 and 2: the number of characters changes.",
    ],
    controls: {
      temperature: { label: "Temperature", min: 0.1, max: 2, step: 0.1, value: 1 },
      topK: { label: "Top-k (0: off)", min: 0, max: 20, step: 1, value: 0 },
      topP: { label: "Top-p (1: off)", min: 0.05, max: 1, step: 0.05, value: 1 },
      minP: { label: "Min-p (0: off)", min: 0, max: 0.5, step: 0.01, value: 0 },
    },
    values(state) {
      const before = [...play.softmax(scores)];
      const after = [...play.remedied(scores, state)];
      const nats = after.reduce((sum, p) => sum - (p ? p * Math.log(p) : 0), 0);
      return { before, after, kept: after.filter(Boolean).length, nats };
    },
    say: ({ after, kept, nats }) => {
      const best = play.ranking(after)[0];
      return `${kept} of ${names.length} characters can be drawn; the most probable, `
        + `“${names[best]}”, with ${after[best].toFixed(2)}; entropy ${nats.toFixed(2)} nats.`;
    },
    draw(box, { before, after }, state, width) {
      const [height, base] = [210, 180];
      const label = "Bars of the probabilities before and after the cut-offs";
      const picture = play.svg(box, width, height, label);
      const order = play.ranking(scores).slice(0, width < 500 ? 20 : 34);
      const each = width / order.length;
      const most = Math.max(...before, ...after);
      const bar = (p) => (p / most) * (base - 20);
      order.forEach((token, i) => {
        const x = i * each + each * 0.1;
        for (const [p, kind, w] of [[before[token], "weak", 0.8], [after[token], "a", 0.5]]) {
          const y = base - bar(p);
          const place = x + (each * (0.8 - w)) / 2;
          play.element(picture, "rect",
            { x: place, y, width: each * w, height: bar(p), class: kind });
        }
        const middle = { "text-anchor": "middle", class: "mono" };
        play.text(picture, x + each * 0.4, base + 16, names[token], middle);
      });
      play.text(picture, 0, 12, `highest bar: ${most.toFixed(2)}`);
    },
  });
})();
