// Chapter 54: a drawn digit, the classifier's opinion, and two explanations of it
(function () {
  const [SIDE, STEPS] = [28, 12];
  const CLASSES = ["the most probable", ..."0123456789"];
  const { relu } = play.activations;
  const SEVEN = [[8, 7], [19, 7], [14, 14], [12, 22]]; // corners of the first drawing

  function first() {
    const ink = new Array(SIDE * SIDE).fill(0);
    SEVEN.slice(1).forEach(([u, v], i) => {
      const [x, y] = SEVEN[i];
      for (let t = 0; t <= 1; t += 0.02) {
        const place = Math.round(y + t * (v - y)) * SIDE + Math.round(x + t * (u - x));
        ink[place] = 1;
        ink[place + 1] = 1;
      }
    });
    return ink;
  }
  const inkOf = ({ drawn }) => (drawn ? play.unpacked(drawn, SIDE * SIDE) : first());
  // Soft edges, as the training images have them
  const soften = (ink) => ink.map((v, i) => {
    const near = [i - 1, i + 1, i - SIDE, i + SIDE].some((place) => ink[place]);
    return v || (near ? 0.4 : 0);
  });

  // The gradient of one logit by the pixels of images x (B, 1, SIDE, SIDE), layer after
  // layer backwards
  function slope({ tensors }, x, label) {
    const conv = (input, name) =>
      play.conv2d(input, tensors[`${name}.weight`], tensors[`${name}.bias`], 1, 1);
    const maps = [conv(x, "body.0")];
    maps.push(conv(play.maxPool2d(play.map(maps[0], relu)), "body.3"));
    const small = play.maxPool2d(play.map(maps[1], relu));
    const [B] = x.shape;
    const flat = play.tensor(small.data, [B, small.data.length / B]);
    const hidden = play.linear(flat, tensors["body.7.weight"], tensors["body.7.bias"]);
    const { data: row } = play.rows(tensors["head.weight"], label, label + 1);
    const down = hidden.data.map((v, i) => (v > 0 ? row[i % row.length] : 0));
    const g = play.tensor(down, hidden.shape);
    const back = play.linear(g, play.transpose(tensors["body.7.weight"]));
    let gradient = play.tensor(back.data, small.shape);
    for (const [map, name] of [[maps[1], "body.3"], [maps[0], "body.0"]]) {
      const weight = tensors[`${name}.weight`];
      gradient = play.convTranspose2d(unpool(map, gradient), weight, null, 1, 1);
    }
    return gradient.data;
  }

  // Back through max pooling and ReLU: to the first largest of each four, if above 0
  function unpool(map, g) {
    const [, , H, W] = map.shape;
    const [h, w] = [H >> 1, W >> 1];
    const y = play.zeros(...map.shape);
    g.data.forEach((v, i) => {
      const [c, row] = [Math.floor(i / (h * w)), Math.floor(i / w) % h];
      let best = (c * H + 2 * row) * W + 2 * (i % w);
      for (const place of [best + 1, best + W, best + W + 1]) {
        if (map.data[place] > map.data[best]) best = place;
      }
      if (map.data[best] > 0) y.data[best] = v;
    });
    return y;
  }

  function explained(file, pixels, label, kind) {
    const one = kind === "slope";
    const parts = one ? [1] : Array.from({ length: STEPS }, (_, i) => (i + 0.5) / STEPS);
    const images = parts.flatMap((part) => pixels.map((v) => v * part));
    const g = slope(file, play.tensor(images, [parts.length, 1, SIDE, SIDE]), label);
    if (one) return [...g];
    const total = new Array(SIDE * SIDE).fill(0);
    g.forEach((v, i) => (total[i % total.length] += (v * pixels[i % total.length]) / STEPS));
    return total;
  }

  play.figure("explain-digit", {
    title: "Draw a digit and ask why",
    question: "Which pixels speak for the class and which against it, by the slope and by "
      + "integrated gradients? Blue: for it. Orange: against it.",
    tips: [
      "Draw a bar through the seven: do the classes change, and which pixels say so?",
      "Ask why it is no 1: choose that class.",
      "Compare the two explanations where nothing is drawn: only one speaks there.",
    ],
    controls: {
      kind: { label: "Explanation", options: ["slope", "integrated gradients"], value: "slope" },
      label: { label: "Class explained", options: CLASSES, value: CLASSES[0] },
    },
    hidden: { drawn: "" },
    weights: ["classifier-mnist.safetensors"],
    size: "0.1 MB",
    prepare: ([buffer]) => play.readSafetensors(buffer),
    values(state, file) {
      const pixels = soften(inkOf(state));
      const x = play.tensor(pixels, [1, 1, SIDE, SIDE]);
      const shares = [...play.softmax(play.Classifier(file).logits(x).data)];
      const own = CLASSES.indexOf(state.label) - 1;
      const label = own < 0 ? play.ranking(shares)[0] : own;
      return { pixels, shares, label, map: explained(file, pixels, label, state.kind) };
    },
    say({ shares }) {
      const [a, b] = play.ranking(shares);
      const percent = (i) => `${(100 * shares[i]).toFixed(1)} %`;
      return `The classifier says ${a} with ${percent(a)}, then ${b} with ${percent(b)}.`;
    },
    draw(box, { pixels, shares, label, map }, state, width, figure) {
      const row = play.element(box, "div", { class: "play-row" });
      const size = Math.min(Math.floor(width * 0.46), 196);
      const canvas = play.image(row, pixels, SIDE, SIDE, size, "Your drawing");
      const ink = inkOf(state);
      const changed = () => figure.change({ drawn: play.packed(ink) });
      play.drawing(canvas, ink, { side: SIDE, brush: 2, figure, changed });
      heat(play.element(row, "canvas", { width: SIDE, height: SIDE, role: "img",
        "aria-label": `Pixels that speak for and against ${label}` }), map, size);
      const chart = play.svg(row, 170, 190, "Probability of each digit");
      shares.forEach((p, i) => {
        const place = { x: 18, y: 19 * i + 2, height: 14, width: Math.max(p * 110, 0.5) };
        play.element(chart, "rect", { ...place, class: i === label ? "b" : "a" });
        play.text(chart, 4, 19 * i + 14, i);
        play.text(chart, 22 + p * 110, 19 * i + 14, p.toFixed(2));
      });
      const clear = { type: "button", "data-key": "clear" };
      play.element(box, "button", clear, "Clear the drawing")
        .addEventListener("click", () => figure.change({ drawn: "0" }));
    },
  });

  function heat(canvas, map, size) {
    canvas.style.width = `${size}px`;
    canvas.className = "play-image play-plain";
    const style = getComputedStyle(canvas);
    const pen = canvas.getContext("2d");
    const most = Math.max(...map.map(Math.abs), 1e-9);
    map.forEach((v, i) => {
      pen.globalAlpha = Math.abs(v) / most;
      pen.fillStyle = style.getPropertyValue(v > 0 ? "--play-a" : "--play-b");
      pen.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
    });
  }
})();
