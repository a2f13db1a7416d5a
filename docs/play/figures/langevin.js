// Chapter 41: Langevin chains on the energy of the chapter's three arms
(function () {
  const [CHAINS, SD] = [200, 0.2];
  const CENTRES = [];
  for (let arm = 0; arm < 3; arm += 1) {
    for (let i = 0; i < 8; i += 1) {
      const along = 0.2 + (0.8 * i) / 7;
      const angle = 2 * Math.PI * (arm / 3 + 0.35 * along);
      CENTRES.push([2 * along * Math.cos(angle), 2 * along * Math.sin(angle)]);
    }
  }

  // E(x) = -log p(x) of the mixture, nats, and its gradient
  function energy(x, y) {
    const logs = CENTRES.map(([u, v]) => -((x - u) ** 2 + (y - v) ** 2) / (2 * SD * SD));
    const shares = play.softmax(logs);
    const most = Math.max(...logs);
    const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0);
    const norm = Math.log(CENTRES.length * 2 * Math.PI * SD * SD);
    let [gx, gy] = [0, 0];
    shares.forEach((share, i) => {
      gx += (share * (x - CENTRES[i][0])) / (SD * SD);
      gy += (share * (y - CENTRES[i][1])) / (SD * SD);
    });
    return { nats: norm - most - Math.log(sum), gx, gy };
  }

  play.figure("langevin", {
    title: "Langevin chains find the three arms",
    question: "Do chains that follow the gradient of the energy, with noise, become samples "
      + "of the density? Ground: density. Points: chains.",
    tips: [
      "Play at the standard step size: the chains spread along the arms.",
      "Switch the noise off: they stop in the valleys, and are no sample.",
      "Start in the corner with a small step size: most chains go to the nearest arm.",
    ],
    controls: {
      size: { label: "Step size α", min: 0.002, max: 0.1, step: 0.002, value: 0.02 },
      from: { label: "Start", options: ["everywhere", "centre", "corner"], value: "everywhere" },
      noise: { label: "Noise", value: true },
    },
    stride: 1,
    perFrame: 1,
    start({ from }) {
      const random = play.random(5);
      const x = Array.from({ length: 2 * CHAINS }, () => {
        if (from === "everywhere") return 6 * random() - 3;
        return (from === "corner" ? 2.2 : 0) + 0.1 * play.normal(random);
      });
      return { x, random, steps: 0 };
    },
    step(run, { size, noise }) {
      for (let i = 0; i < 2 * CHAINS; i += 2) {
        const { gx, gy } = energy(run.x[i], run.x[i + 1]);
        const [a, b] = [play.normal(run.random), play.normal(run.random)];
        const scale = noise ? Math.sqrt(size) : 0;
        run.x[i] += scale * a - (size / 2) * gx;
        run.x[i + 1] += scale * b - (size / 2) * gy;
      }
    },
    values(state, { x }) {
      let mean = 0;
      for (let i = 0; i < 2 * CHAINS; i += 2) mean += energy(x[i], x[i + 1]).nats / CHAINS;
      return { x: [...x], mean };
    },
    say: ({ mean }, { steps }) =>
      `Step ${steps}: mean energy of the ${CHAINS} chains ${mean.toFixed(2)} nats; that of a `
      + "sample of the density is 1.99.",
    draw(box, { x }, state, width) {
      const size = Math.min(width, 420);
      const canvas = play.element(box, "canvas", {
        width: size, height: size, role: "img", "data-key": "plane",
        "aria-label": "The density of three arms and the points of the chains",
      });
      const pen = canvas.getContext("2d");
      const style = getComputedStyle(canvas);
      pen.fillStyle = style.getPropertyValue("--play-a");
      const cells = 42;
      for (let i = 0; i < cells * cells; i += 1) {
        const [column, row] = [i % cells, Math.floor(i / cells)];
        const place = (n) => -3 + (6 * (n + 0.5)) / cells;
        pen.globalAlpha = Math.min(Math.exp(-energy(place(column), -place(row)).nats) * 2.5, 1);
        const [u, v, right, below] = [column, row, column + 1, row + 1]
          .map((n) => Math.floor((n * size) / cells));
        pen.fillRect(u, v, right - u, below - v);
      }
      pen.globalAlpha = 1;
      pen.fillStyle = style.getPropertyValue("--color-foreground-primary");
      for (let i = 0; i < 2 * CHAINS; i += 2) {
        const [u, v] = [((x[i] + 3) / 6) * size, ((3 - x[i + 1]) / 6) * size];
        pen.fillRect(u - 1.5, v - 1.5, 3, 3);
      }
    },
  });
})();
