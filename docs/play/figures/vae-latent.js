// Chapter 21: the latent plane of a VAE, and the digit at each point of it
(function () {
  const [MOST, NEAR, CELLS] = [3, 10, 15]; // ends of the axes, neighbours, digits in a row
  const ALL = "all test images";
  const GRID = "decoded digits";
  const BEHIND = [ALL, ...[..."0123456789"].map((digit) => `test images of ${digit}`), GRID];
  const rounded = (v) => Number(Math.min(Math.max(v, -MOST), MOST).toFixed(1));

  const decoded = ({ decode }, points) => {
    const logits = decode(play.tensor(points.flat(), [points.length, 2]));
    return [...play.map(logits, play.sigmoid).data];
  };

  play.figure("vae-latent", {
    title: "Walk through the latent plane",
    question: "Which digit does the decoder make of each point of the latent plane, and where "
      + "does the encoder put the digits of each class? A numeral stands at the mean of the "
      + "approximate posterior of each test image.",
    tips: [
      "Drag the circle from one class to the next: are the digits on the way digits?",
      "Choose the test images of 1, then of 8: which class has the larger part of the plane?",
      "Go to a corner, where the prior has hardly any mass, and where no test image lies.",
    ],
    controls: {
      z1: { label: "Latent z₁", min: -MOST, max: MOST, step: 0.1, value: 0 },
      z2: { label: "Latent z₂", min: -MOST, max: MOST, step: 0.1, value: 0 },
      behind: { label: "In the plane", options: BEHIND, value: ALL },
    },
    weights: ["vae-digits.safetensors"],
    size: "0.1 MB",
    prepare([buffer]) {
      const file = play.readSafetensors(buffer);
      const { latent_dim: d, shape: [, height, width] } = file.config;
      if (d !== 2) throw new Error("a VAE with a latent of two dimensions is needed");
      const model = play.VAE(file);
      // A reader's own file has no test images
      const { images = play.zeros(0, height * width), labels = play.zeros(0) } = file.tensors;
      return { ...model, height, width, means: model.encode(images).mean, labels };
    },
    values({ z1, z2, behind }, model) {
      const means = [...model.means.data];
      const labels = [...model.labels.data];
      const far = labels.map((_, i) => Math.hypot(means[2 * i] - z1, means[2 * i + 1] - z2));
      const counts = new Array(10).fill(0);
      const nearest = play.ranking(far.map((v) => -v)).slice(0, NEAR);
      for (const i of nearest) counts[labels[i]] += 1;
      const place = (i) => -MOST + (2 * MOST * (i + 0.5)) / CELLS;
      const points = Array.from({ length: CELLS * CELLS }, (_, i) =>
        [place(i % CELLS), -place(Math.floor(i / CELLS))]);
      const grid = behind === GRID ? decoded(model, points) : [];
      return { image: decoded(model, [[z1, z2]]), means, labels, counts, grid };
    },
    say({ counts }, { z1, z2 }) {
      const inside = 1 - Math.exp(-(z1 ** 2 + z2 ** 2) / 2);
      const words = `${(100 * inside).toFixed(0)} % of the prior lies nearer to the middle.`;
      const [first] = play.ranking(counts);
      if (!counts[first]) return words;
      return `${counts[first]} of the ${NEAR} nearest test images are of class ${first}; ${words}`;
    },
    draw(box, { image, means, labels, grid }, { z1, z2, behind }, width, figure) {
      const row = play.element(box, "div", { class: "play-row" });
      const shown = (label) => behind === ALL || behind.endsWith(` ${label}`);
      const points = labels.flatMap((label, i) =>
        (shown(label) ? [[means[2 * i], means[2 * i + 1], label]] : []));
      const name = "The latent plane: arrow keys move the circle";
      const size = Math.min(width, 340);
      const { picture, at } = play.plane(row, { size, most: MOST, label: name, points });
      play.asPad(picture, name, "plane");
      if (grid.length) sheet(picture, grid, figure.model, size);
      const circle = play.element(picture, "circle", { r: 8, class: "line-b" });
      const frame = play.element(row, "div");
      const paint = ([u, v], pixels) => {
        circle.setAttribute("cx", at(u));
        circle.setAttribute("cy", at(-v));
        frame.replaceChildren();
        const side = [figure.model.height, figure.model.width];
        play.image(frame, pixels, ...side, 120, `The digit decoded at ${u}, ${v}`);
        play.element(frame, "div", { class: "play-name" }, `z = (${u}, ${v})`);
      };
      paint([z1, z2], image);
      drag(picture, [z1, z2], figure, paint);
    },
  });

  // The decoded digits of a grid, under the whole plane
  function sheet(picture, grid, { height, width }, size) {
    const grey = new Float32Array(grid.length);
    const long = CELLS * width;
    grid.forEach((v, i) => {
      const [cell, row] = [Math.floor(i / (height * width)), Math.floor(i / width) % height];
      const top = Math.floor(cell / CELLS) * height + row;
      grey[top * long + (cell % CELLS) * width + (i % width)] = v;
    });
    const apart = document.createElement("div");
    const canvas = play.image(apart, grey, CELLS * height, long, size, "");
    const attributes = { width: size, height: size, style: "image-rendering: pixelated" };
    play.element(picture, "image", { ...attributes, href: canvas.toDataURL() });
  }

  // The digit follows the pointer; the state, when it is let go
  function drag(picture, [z1, z2], figure, paint) {
    const under = ({ clientX, clientY }) => {
      const { left, top, width } = picture.getBoundingClientRect();
      const value = (pixels) => (2 * pixels / width - 1) * MOST;
      return [rounded(value(clientX - left)), rounded(-value(clientY - top))];
    };
    const follow = (event) => {
      const point = under(event);
      figure.show.z1(point[0]);
      figure.show.z2(point[1]);
      paint(point, decoded(figure.model, [point]));
    };
    picture.addEventListener("pointerdown", (event) => {
      picture.setPointerCapture(event.pointerId);
      follow(event);
    });
    picture.addEventListener("pointermove", (event) => event.buttons && follow(event));
    picture.addEventListener("pointerup", (event) => {
      const [u, v] = under(event);
      figure.change({ z1: u, z2: v });
    });
    picture.addEventListener("keydown", (event) => {
      const move = play.pressed(event);
      if (!move) return;
      const [right, down] = move;
      figure.change({ z1: rounded(z1 + 0.1 * right), z2: rounded(z2 - 0.1 * down) });
    });
  }
})();
