// Chapter 23: the latent of the packaged DCGAN, along directions and between two points
(function () {
  const DIGITS = [..."0123456789"];
  const norm = (x) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));

  // Spherical linear interpolation (White 2016, sec. 2.1)
  function slerp(a, b, t) {
    const cosine = a.reduce((sum, v, i) => sum + v * b[i], 0) / norm(a) / norm(b);
    const angle = Math.acos(cosine);
    const [s, u] = [Math.sin((1 - t) * angle), Math.sin(t * angle)];
    return a.map((v, i) => (s * v + u * b[i]) / Math.sin(angle));
  }

  play.figure("dcgan-latent", {
    title: "Walk through the latent of the DCGAN",
    question: "What changes in a digit along the two directions of the latent to which the "
      + "generator's first layer responds most (Shen & Zhou 2021), and from one latent to "
      + "another?",
    tips: [
      "Keep the latent and change the digit: the stroke and the slant stay.",
      "Move direction 1 from −4 to 4, then direction 2: what does each change?",
      "Move the interpolation: every digit on the way is a plausible one.",
    ],
    controls: {
      digit: { label: "Digit", options: DIGITS, value: "3" },
      first: { label: "Direction 1", min: -4, max: 4, step: 0.5, value: 0 },
      second: { label: "Direction 2", min: -4, max: 4, step: 0.5, value: 0 },
      t: { label: "Interpolation (0: first latent)", min: 0, max: 1, step: 0.05, value: 0 },
    },
    weights: ["dcgan-mnist.safetensors"],
    size: "1.7 MB",
    prepare([buffer]) {
      const file = play.readSafetensors(buffer);
      const { generate } = play.DCGAN(file);
      // A reader's own file has none: the first two axes of the latent
      const axes = play.zeros(2, 100);
      axes.data[0] = 1;
      axes.data[101] = 1;
      return { generate, directions: file.tensors.directions || axes };
    },
    values({ digit, first, second, t }, { generate, directions }) {
      const random = play.random(4);
      const [a, b] = [0, 1].map(() => [...play.normals(random, 100).data]);
      const moved = (z) => z.map((v, i) =>
        v + first * directions.data[i] + second * directions.data[100 + i]);
      const rows = [t, 0, 0.5, 1].map((where) => moved(slerp(a, b, where)));
      const z = play.tensor(rows.flat(), [rows.length, 100]);
      const images = generate(z, rows.map(() => Number(digit)));
      return { z: rows[0], images: [...images.data] };
    },
    say: ({ images }, { digit }) => {
      const ink = images.slice(0, 784).reduce((sum, v) => sum + (v + 1) / 2, 0) / 784;
      return `A generated ${digit}; ${(100 * ink).toFixed(1)} % of the picture is ink.`;
    },
    draw(box, { images }, { digit, t }, width) {
      const row = play.element(box, "div", { class: "play-row" });
      const names = [`t = ${t}`, "0", "0.5", "1"];
      names.forEach((name, i) => {
        const grey = images.slice(784 * i, 784 * (i + 1)).map((v) => (v + 1) / 2);
        const frame = play.element(row, "div");
        const side = i ? 52 : Math.min(140, width - 190);
        play.image(frame, grey, 28, 28, side, `A generated ${digit} at ${name}`);
        play.element(frame, "div", { class: "play-name" }, name);
      });
    },
  });
})();
