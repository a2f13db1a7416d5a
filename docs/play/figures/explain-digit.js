// Chapter 54: a drawn digit, the classifier's opinion, and two explanations of it
(function () {
  const [SIDE, STEPS] = [28, 12];
  const CLASSES = ["the most probable", ..."0123456789"];
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

  // The gradient of one logit by the pixels, at each of `parts` of an image, on average: layer
  // after layer backwards. The first convolution is linear, and a bias moves no maximum, so
  // that these two, and the way back through them, are computed once
  function slope({ tensors }, pixels, parts, label) {
    const of = (name) => ["weight", "bias"].map((kind) => tensors[`${name}.${kind}`]);
    const [[first, shift], [second, ...rest]] = ["body.0", "body.3"].map(of);
    const image = play.tensor(pixels, [1, 1, SIDE, SIDE]);
    const top = largest(play.conv2d(image, first, null, 1, 1));
    const [C, half, size] = [first.shape[0], SIDE >> 1, top.values.length];
    const inputs = play.zeros(parts.length, C, half, half);
    parts.forEach((part, b) => {
      for (let i = 0; i < size; i += 1) {
        const bias = shift.data[(i / half / half) | 0];
        inputs.data[b * size + i] = Math.max(part * top.values[i] + bias, 0);
      }
    });
    const small = largest(play.conv2d(inputs, second, ...rest, 1, 1));
    const active = small.values.map((v) => Math.max(v, 0));
    const flat = play.tensor(active, [parts.length, active.length / parts.length]);
    const hidden = play.linear(flat, ...of("body.7"));
    const { data: row } = play.rows(tensors["head.weight"], label, label + 1);
    const g = hidden.data.map((v, i) => (v > 0 ? row[i % row.length] : 0));
    const across = play.transpose(tensors["body.7.weight"]);
    const last = play.linear(play.tensor(g, hidden.shape), across).data;
    const after = back(small, last.map((v, i) => (active[i] > 0 ? v : 0)), second, half);
    const mean = new Float32Array(size);
    for (let i = 0; i < after.length; i += 1) {
      if (inputs.data[i] > 0) mean[i % size] += after[i] / parts.length;
    }
    return back(top, mean, first, SIDE);
  }

  // The largest of each two by two of maps (B, C, H, W), the first of several, and its place
  // in its map
  function largest({ data, shape: [B, C, H, W] }) {
    const [values, places] = [Float32Array, Int32Array].map((kind) => new kind(data.length / 4));
    for (let i = 0, m = 0; m < B * C * H; m += 2) { // two rows
      for (let at = m * W; at < (m + 1) * W; at += 2, i += 1) {
        let best = at;
        if (data[at + 1] > data[best]) best = at + 1;
        if (data[at + W] > data[best]) best = at + W;
        if (data[at + W + 1] > data[best]) best = at + W + 1;
        values[i] = data[best];
        places[i] = best % (H * W);
      }
    }
    return { values, places };
  }

  // Back through max pooling and a convolution of 3 by 3, from maps of W by W to its inputs:
  // each of g goes to the place of what was pooled there, and on to the inputs around it
  function back({ places }, g, { data: weight, shape: [C, inputs] }, W) {
    const wide = W + 2; // with an edge on each side, that is cut off
    const [cells, padded] = [(W * W) >> 2, wide * wide]; // whole numbers: doubles are slow
    const images = (g.length / C / cells) | 0;
    const y = new Float32Array(images * inputs * padded);
    for (let i = 0; i < g.length; i += 1) {
      const v = g[i], m = (i / cells) | 0, from = 9 * inputs * (m % C);
      if (v === 0) continue;
      let input = ((m / C) | 0) * inputs * padded + places[i] + 2 * ((places[i] / W) | 0);
      for (let k = from; k < from + 9 * inputs; k += 9, input += padded) {
        for (let d = 0, t = input; d < 9; d += 3, t += wide) {
          y[t] += v * weight[k + d];
          y[t + 1] += v * weight[k + d + 1];
          y[t + 2] += v * weight[k + d + 2];
        }
      }
    }
    const inside = new Float32Array(images * inputs * W * W);
    for (let row = 0; row < images * inputs * W; row += 1) {
      const start = Math.floor(row / W) * padded + ((row % W) + 1) * wide + 1;
      inside.set(y.subarray(start, start + W), row * W);
    }
    return inside;
  }

  function explained(file, pixels, label, kind) {
    if (kind === "slope") return [...slope(file, pixels, [1], label)];
    const parts = Array.from({ length: STEPS }, (_, i) => (i + 0.5) / STEPS);
    return [...slope(file, pixels, parts, label)].map((v, i) => v * pixels[i]);
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
    say({ shares, label }, { kind }) {
      const [a, b] = play.ranking(shares);
      const percent = (i) => `${(100 * shares[i]).toFixed(1)} %`;
      return `The classifier says ${a} with ${percent(a)}, then ${b} with ${percent(b)}. `
        + `Explained is ${label}, by ${kind}.`;
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
    const [speaks, against] = ["a", "b"].map((c) => style.getPropertyValue(`--play-${c}`));
    const pen = canvas.getContext("2d");
    const most = Math.max(...map.map(Math.abs), 1e-9);
    map.forEach((v, i) => {
      pen.globalAlpha = Math.abs(v) / most;
      pen.fillStyle = v > 0 ? speaks : against;
      pen.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
    });
  }
})();
