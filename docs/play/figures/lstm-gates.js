// Chapter 12: the gates of an LSTM of two units whose weights were set by hand
(function () {
  // One step of an LSTM (PyTorch's order: input, forget, cell, output) → gates, h, c
  play.lstmStep = (x, h, c, weightX, weightH, biasX, biasH) => {
    const n = h.length;
    const ofX = play.linear(play.tensor(x, [1, x.length]), weightX, biasX).data;
    const ofH = play.linear(play.tensor(h, [1, n]), weightH, biasH).data;
    const sums = ofX.map((value, i) => value + ofH[i]);
    const input = sums.slice(0, n).map(play.sigmoid);
    const forget = sums.slice(n, 2 * n).map(play.sigmoid);
    const candidate = sums.slice(2 * n, 3 * n).map((value) => Math.tanh(value));
    const output = sums.slice(3 * n).map(play.sigmoid);
    const cell = c.map((value, i) => forget[i] * value + input[i] * candidate[i]);
    const hidden = cell.map((value, i) => output[i] * Math.tanh(value));
    return { input, forget, candidate, output, cell, hidden };
  };

  const UNITS = ["depth of brackets", "letters since a space"];
  // Inputs: opening bracket, closing bracket, space, any other sign
  const kind = (c) => ("([{".includes(c) ? 0 : ")]}".includes(c) ? 1 : c === " " ? 2 : 3);
  // Rows: input gates of both units, forget gates, candidates, output gates
  const WEIGHTS = [
    [8, 8, -8, -8], [-8, -8, -8, 8],
    [6, 6, 6, 6], [6, 6, -6, 6],
    [3, -3, 0, 0], [0, 0, 0, 0.2],
    [6, 6, 6, 6], [6, 6, 6, 6],
  ];
  const none = play.zeros(8, 2);
  const GATES = ["input", "forget", "output"];

  play.figure("lstm-gates", {
    title: "What the gates of an LSTM do while it reads",
    question: "Which gate writes into the cell, which erases it, and how long does the cell "
      + "remember? Bars: gates from 0 to 1. Line: the cell of the chosen unit.",
    tips: [
      "Follow the depth of brackets: the input gate opens at a bracket only.",
      "Choose the letters since a space: at a space the forget gate closes and erases.",
      "Lower the bias of the forget gates to −6: both units now forget as they read.",
    ],
    controls: {
      text: { label: "Text (up to 24 signs)", value: "f(a, g(b)) and so on" },
      unit: { label: "Unit", options: UNITS, value: UNITS[0] },
      bias: { label: "Bias of the forget gates", min: -8, max: 2, step: 0.5, value: 0 },
    },
    values({ text, bias }) {
      const weight = play.tensor(WEIGHTS.flat(), [8, 4]);
      const ofX = play.tensor([0, 0, bias, bias, 0, 0, 0, 0], [8]);
      let [hidden, cell] = [new Float32Array(2), new Float32Array(2)];
      const steps = [...text].slice(0, 24).map((c) => {
        const x = Float32Array.from({ length: 4 }, (_, i) => Number(i === kind(c)));
        const all = play.lstmStep(x, hidden, cell, weight, none, ofX, play.zeros(8));
        ({ hidden, cell } = all);
        const rows = Object.entries(all).map(([name, row]) => [name, [...row]]);
        return { sign: c, kind: kind(c), ...Object.fromEntries(rows) };
      });
      return { steps };
    },
    say({ steps }, { unit }) {
      if (!steps.length) return "Nothing has been read.";
      const u = UNITS.indexOf(unit);
      const last = steps[steps.length - 1];
      return `After “${last.sign}”: input gate ${last.input[u].toFixed(2)}, forget gate `
        + `${last.forget[u].toFixed(2)}, cell ${last.cell[u].toFixed(2)}.`;
    },
    draw(box, { steps }, { unit }, width) {
      const u = UNITS.indexOf(unit);
      const left = 56;
      const each = Math.min((width - left) / Math.max(steps.length, 1), 40);
      const label = "Gates and cell of one unit, sign by sign";
      const picture = play.svg(box, width, 240, label);
      GATES.forEach((gate, row) => {
        const base = 52 + row * 44;
        play.text(picture, 0, base - 8, gate);
        play.curve(picture, [[left, base], [left + each * steps.length, base]], { class: "line" });
        steps.forEach((step, t) => {
          const high = 34 * step[gate][u];
          const place = { x: left + t * each + 1, y: base - high, height: high };
          play.element(picture, "rect", { ...place, width: each - 2, class: "a" });
        });
      });
      const cells = steps.map((step) => step.cell[u]);
      const most = Math.max(1, ...cells.map(Math.abs));
      const y = (v) => 195 - (v / most) * 26;
      play.text(picture, 0, 198, "cell");
      play.curve(picture, [[left, y(0)], [left + each * steps.length, y(0)]], { class: "line" });
      if (cells.length) {
        const points = cells.map((v, t) => [left + (t + 0.5) * each, y(v)]);
        play.curve(picture, points, { class: "line-b" });
      }
      steps.forEach(({ sign }, t) => {
        const middle = { "text-anchor": "middle", class: "mono" };
        play.text(picture, left + (t + 0.5) * each, 236, sign === " " ? "␣" : sign, middle);
      });
    },
  });
})();
