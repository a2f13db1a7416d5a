// Chapter 22: a GAN trained while the reader looks
(function () {
  // Slopes of each objective: of the discriminator's loss by the logits of real and fake,
  // and of the generator's loss by the logits of fake (OBJECTIVES of genmodels.gan)
  const { sigmoid } = play;
  const entropy = [(real) => sigmoid(real) - 1, sigmoid];
  const raise = () => -1;
  play.objectives = {
    "non-saturating": [...entropy, (fake) => sigmoid(fake) - 1],
    minimax: [...entropy, (fake) => -sigmoid(fake)],
    "least-squares": [(real) => real - 1, (fake) => fake, (fake) => fake - 1],
    hinge: [(real) => (real < 1 ? -1 : 0), (fake) => (fake > -1 ? 1 : 0), raise],
    wasserstein: [raise, () => 1, raise],
  };

  // R1 (Mescheder et al. 2018, eq. 9) of a network with one output; its weights' gradients
  // are added: the input's gradient is linear in each weight while no unit changes sign
  const addR1 = ({ layers }, values, gamma, grads) => {
    const B = values[0].shape[0];
    const last = layers.length - 1;
    const deltas = []; // gradient of the output by what each layer puts out
    deltas[last] = play.map(play.zeros(B, 1), () => 1);
    for (let i = last; i > 0; i -= 1) {
      const g = play.linear(deltas[i], play.transpose(layers[i].weight));
      deltas[i - 1] = play.through(g, values[i]);
    }
    const inward = play.linear(deltas[0], play.transpose(layers[0].weight)); // (B, n)
    let g = play.map(inward, (v) => (v * gamma) / B);
    layers.forEach(({ weight }, i) => {
      play.accumulate(grads[2 * i].data, play.crossed(deltas[i], g));
      if (i < last) g = play.through(play.linear(g, weight), values[i + 1]);
    });
  };

  // One update of both networks from the same real (B, 2) and noise (B, latent)
  play.ganStep = ({ generator: G, discriminator: D, optimizers }, real, z, settings) => {
    const [ofReal, ofFake, ofGenerator] = play.objectives[settings.objective];
    const B = real.shape[0];
    const made = play.forward(G, z);
    const fake = play.forward(D, made[made.length - 1]);
    const true_ = play.forward(D, real);
    const out = D.layers.length;
    const slopes = (values, f) => play.map(values[out], (logit) => f(logit) / B);

    const forG = play.zeroGrads(G);
    const atFake = play.backward(D, fake, slopes(fake, ofGenerator));
    play.backward(G, made, atFake, forG);
    const forD = play.zeroGrads(D);
    play.backward(D, fake, slopes(fake, ofFake), forD);
    play.backward(D, true_, slopes(true_, ofReal), forD);
    if (settings.r1) addR1(D, true_, settings.r1, forD);
    optimizers[0](forG, settings.lr);
    optimizers[1](forD, settings.lr);
  };

  const [BATCH, LATENT, WIDTH, SHOWN, SIDE] = [128, 8, 64, 400, 28];
  const MODES = {
    ring: Array.from({ length: 8 }, (_, k) =>
      [2 * Math.cos((k * Math.PI) / 4), 2 * Math.sin((k * Math.PI) / 4)]),
    grid: Array.from({ length: 9 }, (_, k) => [1.8 * ((k % 3) - 1), 1.8 * Math.floor(k / 3) - 1.8]),
  };
  const SPREAD = 0.02; // standard deviation of each mode, as in the chapter
  const AVERAGE = 0.99; // decay of the average of the generator's weights that is shown
  const NEAR = 0.25; // a point that is nearer counts for a mode

  const parsed = (points) =>
    points.split("_").filter(Boolean).map((pair) => pair.split("~").map(Number))
      .filter((pair) => pair.length === 2 && pair.every(Number.isFinite));
  const modesOf = ({ data, points }) => {
    if (data !== "my points") return MODES[data];
    const own = parsed(points);
    return own.length ? own : [[0, 0]];
  };

  // real examples (BATCH, 2)
  function examples(modes, random) {
    const x = play.zeros(BATCH, 2);
    for (let i = 0; i < BATCH; i += 1) {
      const [u, v] = modes[Math.floor(random() * modes.length)];
      x.data.set([u + SPREAD * play.normal(random), v + SPREAD * play.normal(random)], 2 * i);
    }
    return x;
  }

  const grid = play.zeros(SIDE * SIDE, 2);
  const place = (i) => -2.8 + (5.6 * (i + 0.5)) / SIDE;
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    grid.data.set([place(i % SIDE), -place(Math.floor(i / SIDE))], 2 * i);
  }

  function drawField(canvas, field, size) {
    const style = getComputedStyle(canvas);
    const pen = canvas.getContext("2d");
    const cell = size / SIDE;
    field.forEach((p, i) => {
      pen.globalAlpha = Math.min(Math.abs(p - 0.5), 0.5);
      pen.fillStyle = style.getPropertyValue(p > 0.5 ? "--play-a" : "--play-b");
      const [column, row] = [i % SIDE, Math.floor(i / SIDE)];
      const [x, y, right, below] = [column, row, column + 1, row + 1]
        .map((n) => Math.floor(n * cell));
      pen.fillRect(x, y, right - x, below - y);
    });
    pen.globalAlpha = 1;
    return pen;
  }

  play.figure("gan-training", {
    title: "Train a GAN in the plane",
    question: "Does the generator find all modes of the data, and what does the "
      + "discriminator tell it? Blue ground: real to the discriminator; orange: generated.",
    tips: [
      "Play the ring with R1 at 0.5, then with R1 at 0: do the points still spread?",
      "Set the learning rate to its maximum and watch the points jump between modes.",
      "Choose “my points” and click into the square, or move the cross with the arrow keys "
        + "and press Enter.",
    ],
    controls: {
      data: { label: "Data", options: ["ring", "grid", "my points"], value: "ring" },
      objective: { label: "Objective", options: Object.keys(play.objectives), value: "hinge" },
      r1: { label: "R1 penalty γ", min: 0, max: 2, step: 0.1, value: 0.5 },
      lr: { label: "Learning rate", min: 0.001, max: 0.02, step: 0.001, value: 0.006 },
    },
    hidden: { points: "" },
    stride: 20,
    start(state) {
      const random = play.random(1);
      const generator = play.MLP([LATENT, WIDTH, WIDTH, 2], random);
      const discriminator = play.MLP([2, WIDTH, WIDTH, 1], random);
      const optimizers = [generator, discriminator]
        .map(({ parameters }) => play.Adam(parameters, { lr: state.lr }));
      const shown = play.normals(play.random(2), SHOWN, LATENT);
      const average = play.MLP([LATENT, WIDTH, WIDTH, 2], play.random(1));
      return { generator, discriminator, optimizers, random, shown, average, steps: 0 };
    },
    step(run, state) {
      const real = examples(modesOf(state), run.random);
      play.ganStep(run, real, play.normals(run.random, BATCH, LATENT), state);
      const keep = Math.min(AVERAGE, (1 + run.steps) / (10 + run.steps));
      run.average.parameters.forEach(({ data }, i) => {
        const newest = run.generator.parameters[i].data;
        data.forEach((v, j) => (data[j] = keep * v + (1 - keep) * newest[j]));
      });
    },
    values(state, { average, discriminator, shown }) {
      const modes = modesOf(state);
      const last = (network, x) => [...play.forward(network, x).pop().data];
      const points = last(average, shown);
      const field = last(discriminator, grid).map(play.sigmoid);
      const shares = modes.map(() => 0);
      for (let i = 0; i < SHOWN; i += 1) {
        const far = modes.map(([u, v]) => Math.hypot(points[2 * i] - u, points[2 * i + 1] - v));
        const nearest = far.indexOf(Math.min(...far));
        if (far[nearest] < NEAR) shares[nearest] += 1 / SHOWN;
      }
      return { modes, points, field, shares };
    },
    say({ shares }, { steps }) {
      const found = shares.filter((share) => share >= 0.01).length;
      const near = shares.reduce((a, b) => a + b, 0);
      return `Step ${steps}: ${found} of ${shares.length} modes found, `
        + `${Math.round(100 * near)} % of the points near one.`;
    },
    draw(box, { modes, points, field, shares }, state, width, figure) {
      const size = Math.min(width, 420);
      const row = play.element(box, "div", { class: "play-row" });
      const canvas = play.element(row, "canvas", {
        width: size, height: size, role: "img", "data-key": "plane",
        "aria-label": "The plane with data, generated points and the discriminator's field",
      });
      const pen = drawField(canvas, field, size);
      const style = getComputedStyle(canvas);
      const at = (v) => ((v + 2.8) / 5.6) * size;
      pen.strokeStyle = style.getPropertyValue("--play-b");
      for (const [u, v] of modes) {
        pen.beginPath();
        pen.arc(at(u), at(-v), (NEAR / 5.6) * size, 0, 7);
        pen.stroke();
      }
      pen.fillStyle = style.getPropertyValue("--color-foreground-primary");
      for (let i = 0; i < SHOWN; i += 1) {
        pen.fillRect(at(points[2 * i]) - 1, at(-points[2 * i + 1]) - 1, 2, 2);
      }
      if (state.data === "my points") addPoints(canvas, pen, at, size, state, figure);
      const chart = play.svg(row, Math.min(width, 160), 150, "Share of the points at each mode");
      const each = 150 / shares.length;
      shares.forEach((share, i) => {
        const attributes = { x: 30, y: i * each + 1, height: each - 2, class: "a" };
        play.element(chart, "rect", { ...attributes, width: share * 240 });
        play.text(chart, 26, i * each + each / 2 + 4, share.toFixed(2), { "text-anchor": "end" });
      });
    },
  });

  function addPoints(canvas, pen, at, size, state, figure) {
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    const cross = figure.cross || [0, 0];
    const add = ([u, v]) => {
      const pair = `${u.toFixed(1)}~${v.toFixed(1)}`;
      figure.change({ points: [...state.points.split("_").filter(Boolean), pair].join("_") });
    };
    canvas.addEventListener("click", (event) => {
      const { left, top, width } = canvas.getBoundingClientRect();
      const value = (pixels) => (pixels / width) * 5.6 - 2.8;
      add([value(event.clientX - left), -value(event.clientY - top)]);
    });
    canvas.addEventListener("keydown", (event) => {
      const move = play.pressed(event, ["Enter"]);
      if (move === "Enter") add(cross);
      if (!Array.isArray(move)) return;
      const inside = (v) => Math.min(Math.max(v, -2.6), 2.6);
      const [right, down] = move;
      figure.cross = [inside(cross[0] + 0.2 * right), inside(cross[1] - 0.2 * down)];
      figure.redraw();
    });
    pen.strokeStyle = getComputedStyle(canvas).getPropertyValue("--color-foreground-primary");
    pen.beginPath();
    pen.moveTo(at(cross[0]) - 6, at(-cross[1]));
    pen.lineTo(at(cross[0]) + 6, at(-cross[1]));
    pen.moveTo(at(cross[0]), at(-cross[1]) - 6);
    pen.lineTo(at(cross[0]), at(-cross[1]) + 6);
    pen.stroke();
  }
})();
