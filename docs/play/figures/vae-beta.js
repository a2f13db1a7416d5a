// Chapter 21: VAEs trained with different weights of the KL term, along the rate-distortion curve
(function () {
  const [SHOWN, SIDE, PITCH] = [10, 8, 9]; // images in a row, pixels of a side, with a gap
  const nameOf = (power) => (power < 0 ? `1/${2 ** -power}` : `${2 ** power}`);

  // One of the models of a file, whose tensors begin with its number
  const modelOf = ({ config, tensors }, number) => {
    const own = Object.entries(tensors).filter(([name]) => name.startsWith(`${number}.`));
    const named = own.map(([name, one]) => [name.slice(name.indexOf(".") + 1), one]);
    return play.VAE({ config, tensors: Object.fromEntries(named) });
  };

  // Mean rate and distortion of the images, nats, with one latent drawn for each
  function measured(model, images, noise) {
    const code = model.encode(images);
    const moved = code.mean.data.map((v, i) =>
      v + Math.exp(code.logvar.data[i] / 2) * noise.data[i]);
    const logits = model.decode(play.tensor(moved, code.mean.shape));
    const { reconstruction, kl } = model.terms(images, logits, code);
    return [kl, reconstruction].map((nats) => nats / images.shape[0]);
  }

  play.figure("vae-beta", {
    title: "Move along the rate-distortion curve",
    question: "What does a VAE keep of an image, and what do its samples look like, as the "
      + "weight β of the KL term grows? Each point of the curve is one small model with eight "
      + "latent dimensions, trained with its own β and measured on the test images.",
    tips: [
      "Go from β = 1 to the largest β: when do all reconstructions become the same digit?",
      "Go to the smallest β: the reconstructions are the best, and the samples?",
      "Compare the sum of rate and distortion with that at β = 1, the dotted line.",
    ],
    controls: {
      power: { label: "Weight β", min: -4, max: 2, step: 1, value: 0, show: nameOf },
      draw: { label: "Draw of the samples", min: 1, max: 20, step: 1, value: 1 },
    },
    weights: ["vae-digits-beta.safetensors"],
    size: "0.2 MB",
    prepare([buffer]) {
      const file = play.readSafetensors(buffer);
      const { powers, latent_dim: d } = file.config;
      if (!powers) throw new Error("the file of several VAEs of this figure is needed");
      const { images } = file.tensors;
      const models = powers.map((_, number) => modelOf(file, number));
      const noise = play.normals(play.random(1), images.shape[0], d);
      const curve = models.map((model) => measured(model, images, noise));
      return { powers, models, images, curve, d };
    },
    values({ power, draw }, { powers, models, images, curve, d }) {
      const at = powers.indexOf(Math.round(power));
      const { encode, decode } = models[at];
      const grey = (z) => [...play.map(decode(z), play.sigmoid).data];
      const x = play.rows(images, 0, SHOWN);
      const z = play.normals(play.random(draw), SHOWN, d);
      const [reconstructions, samples] = [grey(encode(x).mean), grey(z)];
      const plain = curve[powers.indexOf(0)];
      return { at, curve, plain, images: [...x.data], reconstructions, samples };
    },
    say({ at, curve }, { power }) {
      const sums = curve.map(([rate, distortion]) => rate + distortion);
      const least = sums.indexOf(Math.min(...sums));
      const [rate, distortion, sum, best] = [...curve[at], sums[at], sums[least]]
        .map((nats) => nats.toFixed(1));
      return `β = ${nameOf(power)}: rate ${rate} + distortion ${distortion} = ${sum} nats an `
        + `image. ${at === least ? "No model has a smaller sum." : `The least sum is ${best}.`}`;
    },
    draw(box, values, { power }, width, figure) {
      const { images, reconstructions, samples } = values;
      const row = play.element(box, "div", { class: "play-row" });
      chart(row, values, figure.model.powers, Math.min(width, 320));
      const side = Math.floor(Math.min(width, 320) / SHOWN);
      const rows = { "test images": images, reconstructions, samples };
      const pictures = play.element(row, "div");
      for (const [name, grey] of Object.entries(rows)) {
        play.element(pictures, "div", { class: "play-name" }, name);
        const label = `${SHOWN} ${name} at β = ${nameOf(power)}`;
        play.image(pictures, inARow(grey), SIDE, SHOWN * PITCH, side * SHOWN, label);
      }
    },
  });

  // Images (n, SIDE, SIDE), one after the other → one picture (SIDE, n PITCH)
  function inARow(images) {
    const long = (images.length / SIDE / SIDE) * PITCH;
    return Array.from({ length: SIDE * long }, (_, i) => {
      const [row, column] = [Math.floor(i / long), i % long];
      const place = (Math.floor(column / PITCH) * SIDE + row) * SIDE + (column % PITCH);
      return column % PITCH < SIDE ? images[place] : 0;
    });
  }

  // Distortion over rate: a point for each model, and the line of the sum at β = 1
  function chart(parent, { at, curve, plain }, powers, width) {
    const height = 230;
    const label = "Distortion over rate, in nats an image, with a point for each β";
    const picture = play.svg(parent, width, height, label);
    const [rates, distortions] = [0, 1].map((k) => curve.map((pair) => pair[k]));
    const [least, most] = [Math.min(...distortions) - 1, Math.max(...distortions) + 1];
    const [far, top, bottom] = [Math.max(...rates), 16, height - 36];
    const x = (rate) => 34 + (rate / far) * (width - 80);
    const y = (d) => top + ((most - d) / (most - least)) * (bottom - top);
    const line = (points, attributes) =>
      play.curve(picture, points.map(([rate, d]) => [x(rate), y(d)]), attributes);
    line([[0, most], [0, least], [far, least]], { class: "line" });
    const sum = plain[0] + plain[1];
    const ends = [Math.max(sum - most, 0), Math.min(sum - least, far)];
    line(ends.map((rate) => [rate, sum - rate]), { class: "line", "stroke-dasharray": "2 4" });
    line(curve, { class: "line-a" });
    curve.forEach(([rate, distortion], i) => {
      const place = { cx: x(rate), cy: y(distortion), r: i === at ? 7 : 4 };
      play.element(picture, "circle", { ...place, class: i === at ? "b" : "a" });
      play.text(picture, x(rate) + 8, y(distortion) - 8, nameOf(powers[i]));
    });
    const middle = { "text-anchor": "middle" };
    for (const rate of [0, Math.floor(far / 5) * 5]) {
      play.text(picture, x(rate), bottom + 15, rate, middle);
    }
    play.text(picture, x(far / 2), bottom + 30, "rate, nats", middle);
    for (const nats of [Math.ceil(least), Math.floor(most)]) {
      play.text(picture, 30, y(nats) + 4, nats, { "text-anchor": "end" });
    }
    const up = { ...middle, transform: `rotate(-90 12 ${bottom / 2})` };
    play.text(picture, 12, bottom / 2, "distortion, nats", up);
  }
})();
