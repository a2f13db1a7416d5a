// Chapter 21: a drawn digit, its posterior, its reconstruction, and the two terms of its ELBO
(function () {
  const [SIDE, MOST, DRAWS] = [8, 3, 100]; // of a digit, of the plane, and for the bound
  const CLASSES = [..."0123456789"];
  const count = SIDE * SIDE;
  const noise = play.normals(play.random(1), DRAWS, 2);

  // A drawing belongs to the test image it began with, which it names first
  function inkOf({ digit, drawn }, { images, labels }) {
    if (drawn[0] === digit) return play.unpacked(drawn.slice(1), count);
    const first = labels.data.indexOf(Number(digit));
    return first < 0 ? new Array(count).fill(0) : [...play.rows(images, first, first + 1).data];
  }

  // Latents drawn from the posteriors of images, mean + sd * noise
  const drawn = ({ mean, sd }, noise) => {
    const at = (i) => i % mean.data.length; // one image may have several
    const moved = noise.data.map((e, i) => mean.data[at(i)] + sd.data[at(i)] * e);
    return play.tensor(moved, noise.shape);
  };
  const posteriorOf = (model, x) => {
    const code = model.encode(x);
    return { ...code, sd: play.map(code.logvar, (v) => Math.exp(v / 2)) };
  };

  play.figure("vae-draw", {
    title: "Draw a digit and read its ELBO",
    question: "Where does the encoder put a drawn digit, how sure is it of the place, and what "
      + "do the two terms of the ELBO cost, in nats? The ellipses are one and two standard "
      + "deviations σ of the approximate posterior around its mean μ, the dot is one z drawn "
      + "from it.",
    tips: [
      "Remove one pixel of the digit, then add one far from it: which costs more nats?",
      "Clear the drawing and draw a letter: which of the two terms does not fit?",
      "Go through the draws of z: how much do the decoded digits differ?",
    ],
    controls: {
      digit: { label: "Begin with a test image of", options: CLASSES, value: "3" },
      draw: { label: "Draw of z", min: 1, max: 20, step: 1, value: 1 },
    },
    hidden: { drawn: "" },
    weights: ["vae-digits.safetensors"],
    size: "0.1 MB",
    prepare([buffer]) {
      const file = play.readSafetensors(buffer);
      const { latent_dim: d, shape } = file.config;
      if (d !== 2 || `${shape}` !== `1,${SIDE},${SIDE}`) {
        throw new Error("a VAE of 8 x 8 pixels with a latent of two dimensions is needed");
      }
      const model = play.VAE(file);
      // A reader's own file has no test images, and no mean over them
      const { images = play.zeros(0, count), labels = play.zeros(0) } = file.tensors;
      const code = posteriorOf(model, images);
      const z = drawn(code, play.normals(play.random(2), labels.data.length, 2));
      const { reconstruction, kl } = model.terms(images, model.decode(z), code);
      const usual = [reconstruction, kl].map((nats) => nats / labels.data.length);
      return { ...model, images, labels, usual, means: [...code.mean.data] };
    },
    values(state, model) {
      const ink = inkOf(state, model);
      const code = posteriorOf(model, play.tensor(ink, [1, count]));
      const z = drawn(code, noise);
      const logits = model.decode(z);
      const same = play.tensor(logits.data.map((_, i) => ink[i % count]), logits.shape);
      const { kl, reconstruction } = model.terms(same, logits, code);
      const row = (x) => play.rows(x, state.draw - 1, state.draw);
      const shown = [model.decode(code.mean), row(logits)];
      const decoded = shown.map((part) => [...play.map(part, play.sigmoid).data]);
      const [mean, sd, point] = [code.mean, code.sd, row(z)].map(({ data }) => [...data]);
      const terms = [reconstruction / DRAWS, kl];
      return { ink, mean, sd, z: point, decoded, terms, usual: model.usual };
    },
    say({ mean, sd, terms: [reconstruction, kl] }) {
      const pair = ([a, b]) => `(${a.toFixed(2)}, ${b.toFixed(2)})`;
      return `Posterior mean ${pair(mean)}, standard deviation ${pair(sd)}. Negative ELBO: `
        + `reconstruction ${reconstruction.toFixed(1)} + KL ${kl.toFixed(1)} = `
        + `${(reconstruction + kl).toFixed(1)} nats.`;
    },
    draw(box, values, state, width, figure) {
      const { decoded, z } = values;
      const ink = [...values.ink];
      const row = play.element(box, "div", { class: "play-row" });
      const shown = (grey, name) => {
        const frame = play.element(row, "div");
        const canvas = play.image(frame, grey, SIDE, SIDE, Math.min(128, (width - 24) / 3), name);
        play.element(frame, "div", { class: "play-name" }, name);
        return canvas;
      };
      const changed = () => figure.change({ drawn: state.digit + play.packed(ink) });
      const canvas = shown(ink, "drawing");
      play.drawing(canvas, ink, { side: SIDE, figure, changed });
      shown(decoded[0], "decoded μ");
      shown(decoded[1], "decoded z");
      const below = play.element(box, "div", { class: "play-row" });
      posterior(below, values, z, figure.model, Math.min(width, 260));
      bars(below, values, Math.min(width, 300));
      const clear = { type: "button", "data-key": "clear" };
      play.element(box, "button", clear, "Clear the drawing")
        .addEventListener("click", () => figure.change({ drawn: `${state.digit}0` }));
    },
  });

  function posterior(parent, { mean: [u, v], sd }, z, { means, labels }, size) {
    const points = Array.from(labels.data, (digit, i) =>
      [means[2 * i], means[2 * i + 1], digit, { opacity: 0.45 }]);
    const label = "The posterior in the latent plane, and the test images' means";
    const { picture, at } = play.plane(parent, { size, most: MOST, label, points });
    const scale = size / (2 * MOST);
    for (const width of [1, 2]) {
      const [rx, ry] = sd.map((one) => one * width * scale);
      play.element(picture, "ellipse", { cx: at(u), cy: at(-v), rx, ry, class: "line-a" });
    }
    play.element(picture, "circle", { cx: at(z[0]), cy: at(-z[1]), r: 4, class: "b" });
  }

  // Both terms of the drawing, and their means over the test images
  function bars(parent, { terms, usual }, width) {
    const chart = play.svg(parent, width, 120, "The two terms of the negative ELBO in nats");
    const rows = [["this drawing", terms], ["mean of the test images", usual]];
    const most = Math.max(...[...terms, ...usual].filter(Number.isFinite)) * 1.5;
    rows.filter(([, pair]) => pair.every(Number.isFinite)).forEach(([name, pair], i) => {
      const y = 60 * i;
      const [a, b] = pair.map((nats) => (nats / most) * width);
      play.text(chart, 0, y + 14, name);
      play.element(chart, "rect", { x: 0, y: y + 20, width: a, height: 16, class: "a" });
      play.element(chart, "rect", { x: a, y: y + 20, width: b, height: 16, class: "b" });
      const words = play.text(chart, 0, y + 50, "");
      play.element(words, "tspan", { class: "a" }, `reconstruction ${pair[0].toFixed(1)}`);
      play.element(words, "tspan", { class: "b" }, ` + KL ${pair[1].toFixed(1)} nats`);
    });
  }
})();
