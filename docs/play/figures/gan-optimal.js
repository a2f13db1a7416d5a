// Chapter 22: two densities, the optimal discriminator between them, and their divergences
(function () {
  const N = 1201;
  const line = Array.from({ length: N }, (_, i) => -6 + (12 * i) / (N - 1));
  const step = line[1] - line[0];
  const SHAPES = {
    normal: (x, mean, width) =>
      Math.exp(-(((x - mean) / width) ** 2) / 2) / width / Math.sqrt(2 * Math.PI),
    box: (x, mean, width) => (Math.abs(x - mean) <= 1.5 * width ? 1 / (3 * width) : 0),
  };
  // By the trapezoidal rule, as torch.trapezoid
  const integral = (f) =>
    f.reduce((sum, v, i) => sum + v * step * (i === 0 || i === N - 1 ? 0.5 : 1), 0);
  const half = (p, m) => integral(p.map((v, i) => (v ? v * Math.log(v / m[i]) : 0)));

  play.figure("gan-optimal", {
    title: "Move the generated density against the data's",
    question: "What does the optimal discriminator see, and does the Jensen-Shannon "
      + "divergence still change once the two densities hardly overlap?",
    tips: [
      "Put the generator on the data (−1.0, width 0.7): D* is one half everywhere.",
      "Take boxes and move them apart: the JSD stops at log 2 = 0.693, W₁ goes on.",
      "With normals the same plateau comes more slowly: look at shift 5.",
    ],
    controls: {
      shape: { label: "Densities", options: ["normal", "box"], value: "normal" },
      mean: { label: "Generator's mean", min: -4, max: 4, step: 0.1, value: 0.5 },
      width: { label: "Generator's width", min: 0.3, max: 1.5, step: 0.1, value: 1 },
    },
    values({ shape, mean, width }) {
      const data = line.map((x) => SHAPES[shape](x, -1, 0.7));
      const made = line.map((x) => SHAPES[shape](x, mean, width));
      const middle = data.map((p, i) => (p + made[i]) / 2);
      const best = data.map((p, i) => (p + made[i] > 1e-12 ? p / (p + made[i]) : null));
      const jsd = (half(data, middle) + half(made, middle)) / 2;
      let gap = 0;
      const gaps = data.map((p, i) => Math.abs((gap += (p - made[i]) * step)));
      return { data, made, best, jsd, w1: integral(gaps) };
    },
    say: ({ jsd, w1 }) =>
      `Jensen-Shannon divergence ${jsd.toFixed(3)} nats of at most log 2 = 0.693; value of `
      + `the game at D*: ${(2 * jsd - Math.log(4)).toFixed(3)}; Wasserstein distance `
      + `${w1.toFixed(2)}.`,
    draw(box, { data, made, best }, state, width) {
      const height = 230;
      const label = "Two densities and the optimal discriminator over one axis";
      const picture = play.svg(box, width, height, label);
      const x = (i) => (i / (N - 1)) * width;
      const most = Math.max(0.6, ...data, ...made);
      const y = (v) => 205 - v * 190;
      play.curve(picture, [[0, y(0)], [width, y(0)]], { class: "line" });
      play.curve(picture, [[0, y(0.5)], [width, y(0.5)]],
        { class: "line", "stroke-dasharray": "2 4" });
      const path = (values, attributes, scale = 1) => {
        const points = values.flatMap((v, i) => (v === null ? [] : [[x(i), y(v / scale)]]));
        play.curve(picture, points, attributes);
      };
      path(data, { class: "line-a" }, most);
      path(made, { class: "line-b" }, most);
      path(best, { class: "line-strong", "stroke-dasharray": "6 4" });
      play.text(picture, 4, 12, "dashed: D* from 0 to 1");
      play.text(picture, 4, 28, "data", { class: "a", style: "fill: var(--play-a)" });
      play.text(picture, 4, 44, "generated", { style: "fill: var(--play-b)" });
      for (const value of [-4, -2, 0, 2, 4]) {
        play.text(picture, ((value + 6) / 12) * width, 222, value, { "text-anchor": "middle" });
      }
    },
  });
})();
