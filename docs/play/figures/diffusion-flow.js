// Chapter 24: eight Gaussians, whose exact velocity a solver follows from noise to data
(function () {
  const [POINTS, LINES, MOST, CELLS] = [200, 40, 3, 15];
  const STD = 0.02; // standard deviation of each of the Gaussians
  const MEANS = Array.from({ length: 8 }, (_, k) =>
    [2 * Math.cos((k * Math.PI) / 4), 2 * Math.sin((k * Math.PI) / 4)]);

  // Velocity at (x, y): (x_t - E[x₀ | x_t]) / t of a mixture on the path
  // x_t = (1 - t) x₀ + t noise (Bishop 2006, eq. 2.116)
  function velocityAt(x, y, t, means) {
    const signal = 1 - t;
    const variance = (signal * STD) ** 2 + t ** 2;
    const near = means.map(([u, v]) =>
      -((x - signal * u) ** 2 + (y - signal * v) ** 2) / (2 * variance));
    const most = Math.max(...near);
    let [sum, u, v] = [0, 0, 0]; // of the probabilities, and of the centres times them
    for (let k = 0; k < means.length; k += 1) {
      const share = Math.exp(near[k] - most);
      sum += share;
      u += share * means[k][0];
      v += share * means[k][1];
    }
    const gain = (signal * STD * STD) / variance;
    const along = (at, centre) => (at - centre - gain * (at - signal * centre)) / t;
    return [along(x, u / sum), along(y, v / sum)];
  }

  // Velocities of points [x, y, x, y, ...] at time t, guided to class k by a weight
  // (Ho & Salimans 2022, eq. 6); k null: without a class
  play.mixtureVelocity = (k, weight) => (points, t) => {
    const velocities = new Array(points.length);
    for (let i = 0; i < points.length; i += 2) {
      let [u, v] = velocityAt(points[i], points[i + 1], t, MEANS);
      if (k !== null) {
        const [a, b] = velocityAt(points[i], points[i + 1], t, [MEANS[k]]);
        [u, v] = [u + weight * (a - u), v + weight * (b - v)];
      }
      velocities[i] = u;
      velocities[i + 1] = v;
    }
    return velocities;
  };

  // One step of each solver of genmodels.diffusion, from time t to s → points, velocities
  const along = (x, time, u) => x.map((v, i) => v + time * u[i]);
  const mix = (a, u, b, v) => u.map((value, i) => a * value + b * v[i]);
  const SOLVERS = {
    euler(velocity, x, t, s) {
      const u = velocity(x, t);
      return [along(x, s - t, u), u];
    },
    heun(velocity, x, t, s) {
      const [guess, u] = SOLVERS.euler(velocity, x, t, s);
      if (s === 0) return [guess, u];
      return [along(x, s - t, mix(0.5, u, 0.5, velocity(guess, s))), u];
    },
    multistep(velocity, x, t, s, last) {
      const u = velocity(x, t);
      return [along(x, s - t, last ? mix(1.5, u, -0.5, last) : u), u];
    },
    ddpm(velocity, x, t, s, last, normal) {
      const u = velocity(x, t);
      const clean = along(x, -t, u);
      const kept = ((s / t) ** 2 * (1 - t)) / (1 - s);
      const ofClean = 1 - s - kept * (1 - t);
      const sd = Math.sqrt(s ** 2 - (kept * (1 - t) * s ** 2) / (1 - s));
      return [mix(kept, x, ofClean, clean).map((v) => v + sd * normal()), u];
    },
  };

  // All states from noise to data, steps + 1 of them; `normal` draws DDPM's noise
  play.trajectory = (velocity, noise, { steps, solver, normal }) => {
    const states = [noise];
    let last = null;
    for (let i = 0; i < steps; i += 1) {
      const ends = [1 - i / steps, 1 - (i + 1) / steps];
      const [x, u] = SOLVERS[solver](velocity, states[i], ...ends, last, normal);
      states.push(x);
      last = u;
    }
    return states;
  };

  // Share of the points that end near each Gaussian, and the root mean square distance of all
  // from the nearest centre
  function arrivals(ends) {
    const shares = MEANS.map(() => 0);
    let squares = 0;
    for (let i = 0; i < 2 * POINTS; i += 2) {
      const far = MEANS.map(([u, v]) => Math.hypot(ends[i] - u, ends[i + 1] - v));
      const least = Math.min(...far);
      squares += least ** 2;
      if (least <= 3 * STD) shares[far.indexOf(least)] += 1 / POINTS;
    }
    return { shares, distance: Math.sqrt(squares / POINTS) };
  }

  const GRID = Array.from({ length: CELLS * CELLS }, (_, i) => {
    const place = (n) => -MOST + (2 * MOST * (n + 0.5)) / CELLS;
    return [place(i % CELLS), -place(Math.floor(i / CELLS))];
  }).flat();
  const classOf = (words) => (/^[0-7]$/u.test(words) ? Number(words) : null);

  play.figure("diffusion-flow", {
    title: "Follow the exact velocity from noise to data",
    question: "What does a solver do with the exact velocity between noise and eight "
      + "Gaussians? Points: the 200 states at time t. Lines: the trajectories of 40 of them. "
      + "Arrows: the direction in which a step moves a point at time t, against the velocity.",
    tips: [
      "Move t from 1 to 0: the arrows lead to the middle first, then to the Gaussians.",
      "Compare the solvers at 4 steps, then at 32: the last step of Euler, Heun and DDPM ends "
        + "at a posterior mean, too near to a centre.",
      "Choose a class by a tap on a Gaussian, or by an arrow key in the plane; then lower the "
        + "guidance weight to 0.5.",
    ],
    controls: {
      steps: { label: "Steps", min: 1, max: 32, step: 1, value: 8 },
      solver: { label: "Solver", options: Object.keys(SOLVERS), value: "heun" },
      weight: { label: "Guidance weight, for a class", min: 0, max: 4, step: 0.25, value: 1 },
      t: { label: "Time t", min: 0, max: 1, step: 0.02, value: 0.3 },
    },
    hidden: { class: "none" },
    values({ steps, solver, weight, t, class: words }) {
      const random = play.random(24);
      const normal = () => play.normal(random);
      const noise = Array.from({ length: 2 * POINTS }, normal);
      const velocity = play.mixtureVelocity(classOf(words), weight);
      const states = play.trajectory(velocity, noise, { steps, solver, normal });
      const place = (1 - t) * steps;
      const before = Math.min(Math.floor(place), steps - 1);
      const [from, to] = [states[before], states[before + 1]];
      const points = mix(before + 1 - place, from, place - before, to);
      return { states, points, field: t ? velocity(GRID, t) : [], ...arrivals(states[steps]) };
    },
    say({ shares, distance }, { steps, solver, class: words }) {
      const percent = (share) => `${Math.round(100 * share)} %`;
      const k = classOf(words);
      const own = k === null ? "" : `, ${percent(shares[k])} of Gaussian ${k}`;
      const calls = solver === "heun" ? 2 * steps - 1 : steps;
      return `${calls} evaluation${calls === 1 ? "" : "s"} of the velocity: `
        + `${percent(shares.reduce((a, b) => a + b))} of the points end within three standard `
        + `deviations of a Gaussian${own}; of exact samples, 99 %. Root mean square distance `
        + `from the nearest centre: ${distance.toFixed(3)}; of exact samples, 0.028.`;
    },
    draw(box, { states, points, field }, state, width, figure) {
      const size = Math.min(width, 420);
      const chosen = classOf(state.class);
      const numerals = MEANS.map(([u, v], k) =>
        [1.25 * u, 1.25 * v, k, k === chosen ? { style: "fill: var(--play-b)" } : {}]);
      const label = `Class ${state.class}: arrow keys or a tap choose one of eight, or none`;
      const { picture, at } = play.plane(box, { size, most: MOST, label, points: numerals });
      const lines = (d, attributes) => play.element(picture, "path", { d, ...attributes });
      const spot = ([u, v]) => `${at(u).toFixed(1)} ${at(-v).toFixed(1)}`;
      const pair = (x, i) => spot([x[2 * i], x[2 * i + 1]]);
      const each = (n, f) => Array.from({ length: n }, (_, i) => f(i)).join("");
      lines(each(CELLS * CELLS, (i) => (field.length ? arrow(i, field, spot) : "")),
        { class: "line", style: "stroke: var(--color-foreground-primary)", opacity: 0.45 });
      lines(each(LINES, (n) => `M${states.map((x) => pair(x, n)).join("L")}`),
        { class: "line-a", style: "stroke-width: 1", opacity: 0.6 });
      lines(each(POINTS, (n) => `M${pair(points, n)}h0`),
        { class: "line-strong", style: "stroke-width: 3.5", "stroke-linecap": "round" });
      MEANS.forEach(([u, v], k) => play.element(picture, "circle", {
        cx: at(u), cy: at(-v), r: k === chosen ? 11 : 7, class: "line-b",
      }));
      asChoice(picture, label, chosen, size, figure);
    },
  });

  // An arrow against the velocity, as time falls; the longest is for a speed of 2 or more
  function arrow(i, field, spot) {
    const [x, y, u, v] = [GRID[2 * i], GRID[2 * i + 1], -field[2 * i], -field[2 * i + 1]];
    const speed = Math.hypot(u, v);
    const scale = (0.4 * MOST) / CELLS / Math.max(speed, 2);
    const [a, b] = [u * scale, v * scale];
    const tip = spot([x + 2 * a, y + 2 * b]);
    const barb = (side) => spot([x + 1.2 * a - side * 0.5 * b, y + 1.2 * b + side * 0.5 * a]);
    return `M${spot([x, y])}L${tip}M${barb(1)}L${tip}L${barb(-1)}`;
  }

  // The plane as a choice of a class: that of the nearest Gaussian, none near the middle
  function asChoice(picture, label, chosen, size, figure) {
    play.asPad(picture, label, "plane");
    picture.style.touchAction = "manipulation"; // a finger still scrolls the page
    const choose = (k) => figure.change({ class: k === null ? "none" : String(k) });
    picture.addEventListener("click", (event) => {
      const { left, top } = picture.getBoundingClientRect();
      const value = (pixels) => (pixels / size) * 2 * MOST - MOST;
      const [x, y] = [value(event.clientX - left), -value(event.clientY - top)];
      const turn = Math.round(Math.atan2(y, x) / (Math.PI / 4));
      choose(Math.hypot(x, y) < 1 ? null : (turn + 8) % 8);
    });
    picture.addEventListener("keydown", (event) => {
      const move = play.pressed(event);
      if (!move) return;
      const [right, down] = move;
      const next = ((chosen === null ? 8 : chosen) + right - down + 9) % 9; // 8: none
      choose(next === 8 ? null : next);
    });
  }
})();
