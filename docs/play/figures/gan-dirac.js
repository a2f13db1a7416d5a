// Chapter 22: the path of the Dirac-GAN, whose data and generator are one point each
(function () {
  const { sigmoid } = play;
  // Slope of the generator's and of the discriminator's gain by the fake's logit
  const OBJECTIVES = {
    minimax: [sigmoid, (logit) => -sigmoid(logit)],
    "non-saturating": [(logit) => sigmoid(-logit), (logit) => -sigmoid(logit)],
    wasserstein: [() => 1, () => -1],
  };

  play.figure("gan-dirac", {
    title: "Does the Dirac-GAN arrive?",
    question: "From the same start, which objective and which penalty lead generator θ and "
      + "discriminator ψ to their equilibrium, the cross in the middle?",
    tips: [
      "Without a penalty, γ = 0, every objective circles or winds outwards.",
      "Raise γ slowly: from which value on does the path end in the middle?",
      "With γ = 1 raise the learning rate: the path gets corners, and still arrives.",
    ],
    controls: {
      objective: { label: "Objective", options: Object.keys(OBJECTIVES), value: "minimax" },
      gamma: { label: "R1 penalty γ", min: 0, max: 1, step: 0.05, value: 0.3 },
      lr: { label: "Learning rate", min: 0.02, max: 0.5, step: 0.02, value: 0.1 },
      steps: { label: "Steps", min: 0, max: 500, step: 10, value: 500 },
    },
    values({ objective, gamma, lr, steps }) {
      const [ofGenerator, ofDiscriminator] = OBJECTIVES[objective];
      let [theta, psi] = [1, 0];
      const path = [[theta, psi]];
      for (let step = 0; step < steps; step += 1) {
        const logit = psi * theta;
        const up = psi * ofGenerator(logit);
        const along = theta * ofDiscriminator(logit) - gamma * psi;
        [theta, psi] = [theta + lr * up, psi + lr * along];
        path.push([theta, psi]);
      }
      return { path, distance: Math.hypot(theta, psi) };
    },
    say: ({ distance }, { steps }) =>
      `Distance to the equilibrium: 1 at the start, ${distance.toFixed(3)} after ${steps} steps.`,
    draw(box, { path }, state, width) {
      const size = Math.min(width, 340);
      const label = "Path of generator and discriminator in a plane";
      const picture = play.svg(box, size, size, label);
      const most = Math.min(Math.max(1.2, ...path.flat().map(Math.abs)), 50);
      const at = ([u, v]) => [(u / most + 1) * size * 0.5, (1 - v / most) * size * 0.5];
      play.curve(picture, [[size / 2, 0], [size / 2, size]], { class: "line" });
      play.curve(picture, [[0, size / 2], [size, size / 2]], { class: "line" });
      const seen = path.filter(([u, v]) => Math.hypot(u, v) < 100);
      play.curve(picture, seen.map(at), { class: "line-a" });
      const [x, y] = at(seen[seen.length - 1]);
      play.element(picture, "circle", { cx: x, cy: y, r: 5, class: "b" });
      play.text(picture, size - 4, size / 2 - 6, `θ, to ${most.toFixed(1)}`,
        { "text-anchor": "end" });
      play.text(picture, size / 2 + 6, 12, "ψ");
    },
  });
})();
