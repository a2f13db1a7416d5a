// The frame of the figures that move: makes their controls, keeps their state in the
// address, loads their weights at a reader's first touch, and draws them again.
(function () {
  const query = () => new URLSearchParams(window.location.search);
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const colours = ["(prefers-color-scheme: dark)", "(forced-colors: active)"];
  const specs = {};

  // ── what figures are drawn with ────────────────────────────────────────────────────

  const element = (parent, tag, attributes = {}, words = null) => {
    const inSvg = tag === "svg" || parent.namespaceURI === "http://www.w3.org/2000/svg";
    const made = inSvg
      ? document.createElementNS("http://www.w3.org/2000/svg", tag)
      : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (words !== null) made.textContent = words;
    parent.append(made);
    return made;
  };
  const svg = (parent, width, height, label) =>
    element(parent, "svg", {
      width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label,
    });
  const text = (parent, x, y, words, attributes = {}) =>
    element(parent, "text", { x, y, ...attributes }, words);
  const curve = (parent, points, attributes) => {
    const d = points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`);
    return element(parent, "path", { d: d.join(""), ...attributes });
  };

  // Grey values (h, w) in [0, 1] as a picture of `size` pixels a side
  const image = (parent, grey, h, w, size, label) => {
    const attributes = { width: w, height: h, role: "img", "aria-label": label };
    const canvas = element(parent, "canvas", attributes);
    canvas.style.width = `${size}px`;
    canvas.className = "play-image";
    const pixels = new ImageData(w, h);
    for (let i = 0; i < h * w; i += 1) {
      pixels.data.fill(255 * Math.min(Math.max(grey[i], 0), 1), 4 * i, 4 * i + 3);
      pixels.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return canvas;
  };

  // The square of the plane from -most to most in both directions, with a word at each of
  // `points`, [x, y, word, attributes]; `at` is the place in the picture of a number
  const plane = (parent, { size, most, label, points }) => {
    const picture = svg(parent, size, size, label);
    const at = (v) => ((v + most) / (2 * most)) * size;
    element(picture, "rect", { width: size, height: size, class: "line" });
    curve(picture, [[at(0), 0], [at(0), size]], { class: "line" });
    curve(picture, [[0, at(0)], [size, at(0)]], { class: "line" });
    for (const [x, y, word, attributes] of points) {
      const place = { "text-anchor": "middle", ...attributes };
      text(picture, at(x).toFixed(1), (at(-y) + 4).toFixed(1), word, place);
    }
    return { picture, at };
  };

  // Pixels, 0 or 1, as words for the address: a hexadecimal digit for four
  const packed = (ink) => Array.from({ length: ink.length / 4 }, (_, i) =>
    parseInt(ink.slice(4 * i, 4 * i + 4).join(""), 2).toString(16)).join("");
  function unpacked(words, count) {
    const four = (c) => [...parseInt(c, 16).toString(2).padStart(4, "0")];
    const bits = [...words].flatMap(four);
    return Array.from({ length: count }, (_, i) => Number(bits[i] === "1"));
  }

  const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  // What a key of a pad is for: a move to the right and down, or an act by one of `keys`
  const pressed = (event, keys = []) => {
    const move = MOVES[event.key];
    if (!move && !keys.includes(event.key)) return null;
    event.preventDefault();
    event.stopPropagation(); // the site turns pages with the arrow keys
    return move || event.key;
  };
  // Makes a part of a figure one that is drawn into
  const asPad = (part, label, key) => {
    part.classList.add("play-pad");
    const attributes = { tabindex: 0, role: "application", "aria-label": label };
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    part.dataset.key = key;
  };

  // A picture of `ink` (side, side), 0 or 1, that is drawn into by pointer, and by the arrow
  // keys and the space bar; a brush of one pixel also erases. `changed` is told of the end
  // of every stroke
  function drawing(canvas, ink, { side, brush = 1, figure, changed }) {
    asPad(canvas, "Your drawing: arrow keys move, space draws or erases", "pad");
    const cursor = figure.cursor ?? (side >> 1) * (side + 1);
    const pen = canvas.getContext("2d");
    const fill = (place, width, colour) => {
      pen.fillStyle = colour;
      pen.fillRect(place % side, Math.floor(place / side), width, 1);
    };
    if (figure.cursor !== undefined) {
      fill(cursor, 1, getComputedStyle(canvas).getPropertyValue("--play-b"));
    }
    let tone = 1;
    const mark = (place) => {
      const width = Math.min(brush, side - (place % side));
      ink.fill(tone, place, place + width);
      fill(place, width, tone ? "white" : "black");
    };
    const under = ({ clientX, clientY }) => {
      const { left, top, width } = canvas.getBoundingClientRect();
      const cell = (v) => Math.min(Math.max(Math.floor((v / width) * side), 0), side - 1);
      return cell(clientY - top) * side + cell(clientX - left);
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      const place = under(event);
      tone = brush === 1 ? 1 - ink[place] : 1;
      mark(place);
    });
    canvas.addEventListener("pointermove", (event) => event.buttons && mark(under(event)));
    canvas.addEventListener("pointerup", changed);
    canvas.addEventListener("keydown", (event) => {
      const move = pressed(event, [" "]);
      if (move === " ") {
        ink[cursor] = 1 - ink[cursor];
        changed();
      }
      if (!Array.isArray(move)) return;
      const [right, down] = move;
      figure.cursor = (cursor + right + side * (down + side)) % (side * side);
      figure.redraw();
    });
  }

  // A worker that has every part of the runtime and calls `work(play)` once; `work` returns
  // a function that answers questions. Made from a Blob, so that file:// works too.
  function worker(work) {
    const head = "const play = { define(part) { part(play); } };\n";
    const body = window.play.parts.map((part) => `play.define(${part});\n`).join("");
    const answers = `
      const answer = (${work})(play);
      onmessage = async ({ data: { id, question } }) => {
        try {
          postMessage({ id, reply: await answer(question) });
        } catch (error) {
          postMessage({ id, error: String(error.message || error) });
        }
      };`;
    const blob = new Blob([head, body, answers], { type: "text/javascript" });
    const thread = new Worker(URL.createObjectURL(blob));
    const waiting = new Map();
    thread.onmessage = ({ data }) => {
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error) reject(new Error(data.error));
      else resolve(data.reply);
    };
    let count = 0;
    return (question, transfer = []) =>
      new Promise((resolve, reject) => {
        count += 1;
        waiting.set(count, { resolve, reject });
        thread.postMessage({ id: count, question }, transfer);
      });
  }

  // ── state and controls ─────────────────────────────────────────────────────────────

  function figure(name, spec) {
    specs[name] = spec;
  }

  const isRange = (control) => control.max !== undefined;
  function read(control, words) {
    if (words === null) return control.value;
    if (isRange(control)) {
      const number = Number(words);
      if (!Number.isFinite(number)) return control.value;
      return Math.min(Math.max(number, control.min), control.max);
    }
    if (typeof control.value === "boolean") return words === "true";
    if (control.options && !control.options.includes(words)) return control.value;
    return words;
  }

  function write(name, spec, state) {
    const words = query();
    for (const [key, value] of Object.entries(state)) {
      const standard = spec.controls[key] ? spec.controls[key].value : spec.hidden[key];
      if (value === standard) words.delete(`${name}.${key}`);
      else words.set(`${name}.${key}`, value);
    }
    const search = words.toString();
    const address = `${window.location.pathname}${search ? `?${search}` : ""}`;
    window.history.replaceState(null, "", address + window.location.hash);
  }

  function makeControl(parent, id, control, changed) {
    const label = element(parent, "label", { for: id });
    element(label, "span", {}, control.label);
    const kind = control.options ? "select" : "input";
    const input = element(label, kind, { id });
    // A screen reader says what a slider is set to, as the text beside it has it, once
    const quiet = { for: id, "aria-live": "off" };
    const output = isRange(control) ? element(label, "output", quiet) : null;
    if (control.options) {
      for (const option of control.options) element(input, "option", {}, option);
    } else if (isRange(control)) {
      const { min, max, step } = control;
      Object.assign(input, { type: "range", min, max, step });
    } else input.type = typeof control.value === "boolean" ? "checkbox" : "text";
    const value = () => {
      if (input.type === "checkbox") return input.checked;
      return isRange(control) ? Number(input.value) : input.value;
    };
    input.addEventListener("input", () => changed(value()));
    return (shown) => {
      if (input.type === "checkbox") input.checked = shown;
      else if (input.value !== String(shown)) input.value = shown;
      if (!output) return;
      output.textContent = control.show ? control.show(shown) : shown;
      input.setAttribute("aria-valuetext", output.textContent);
    };
  }

  // ── weights ────────────────────────────────────────────────────────────────────────

  async function fetched(file) {
    const reply = await fetch(`${window.play.home}weights/${file}`);
    if (!reply.ok) throw new Error(`${file}: ${reply.status}`);
    return reply.arrayBuffer();
  }

  // A button that loads the weights, and a field for a reader's own, which may also be
  // dropped on the figure, later too; on a page without a server it says what to do
  function makeLoader(parent, { weights, size }, id, ready) {
    const box = parent.parentElement;
    const button = element(parent, "button", { type: "button" }, `Load the model (${size})`);
    const label = element(parent, "label", { for: id, class: "play-own" });
    element(label, "span", {}, "or files of your own: ");
    const own = element(label, "input", { type: "file", id, multiple: "" });
    own.accept = ".safetensors,.json";
    const note = element(parent, "p", { class: "play-note", role: "status" });
    const load = async (buffers) => {
      if (button.disabled) return; // it is being loaded
      let next = parent.contains(document.activeElement) && button; // keeps the focus
      button.disabled = true;
      note.textContent = "Loading …";
      try {
        await ready(await buffers());
        next = next && box.querySelector(".play-controls :is(input, select)");
      } catch (error) {
        if (!parent.isConnected) box.querySelector(".play-stage").after(parent);
        note.textContent = `The model could not be loaded: ${error.message}`;
      }
      button.disabled = false;
      if (next && document.activeElement === document.body) next.focus();
    };
    const begin = () => {
      if (window.location.protocol !== "file:") {
        return load(() => Promise.all(weights.map(fetched)));
      }
      note.textContent = "A page opened from a file may not read the file beside it: run "
        + "python -m http.server in the folder of this page and open http://localhost:8000, "
        + `or choose ${weights.join(" and ")} in the folder play/weights here.`;
      return null;
    };
    button.addEventListener("click", begin);
    // Weights first, as save_with_tokenizer names them: model.safetensors, tokenizer.json
    const last = (file) => Number(file.name.endsWith(".json"));
    const take = (files) => {
      const chosen = [...files].sort((a, b) => last(a) - last(b));
      return load(() => Promise.all(chosen.map((file) => file.arrayBuffer())));
    };
    own.addEventListener("change", () => take(own.files));
    box.addEventListener("dragover", (event) => event.preventDefault());
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      take(event.dataTransfer.files);
    });
    return begin;
  }

  // ── a figure ───────────────────────────────────────────────────────────────────────

  class Figure {
    constructor(place, name, spec) {
      Object.assign(this, { place, name, spec, model: null, run: null, playing: false });
      spec.hidden = { ...spec.hidden, ...(spec.start ? { steps: 0 } : {}) };
      this.build();
      this.state = this.fromAddress();
      this.target = this.state.steps || 0;
      this.refresh();
      new ResizeObserver(() => this.redraw()).observe(this.stage);
      const themed = new MutationObserver(() => this.redraw());
      themed.observe(document.body, { attributeFilter: ["data-theme"] });
      for (const colour of colours) {
        window.matchMedia(colour).addEventListener("change", () => this.redraw());
      }
    }

    fromAddress() {
      const words = query();
      const state = {};
      for (const [key, control] of Object.entries(this.spec.controls)) {
        state[key] = read(control, words.get(`${this.name}.${key}`));
      }
      for (const [key, value] of Object.entries(this.spec.hidden)) {
        const given = words.get(`${this.name}.${key}`);
        if (given === null) state[key] = value;
        else state[key] = typeof value === "number" ? Number(given) || 0 : given;
      }
      return state;
    }

    build() {
      const { spec, name } = this;
      const title = `play-${name}-title`;
      const box = element(this.place, "figure", {
        class: "play-figure", "aria-labelledby": title,
      });
      element(box, "p", { class: "play-title", id: title }, spec.title);
      this.stage = element(box, "div", { class: "play-stage" });
      if (spec.weights) {
        const whole = element(box, "div", { class: "play-loader" });
        this.begin = makeLoader(whole, spec, `play-${name}-own`, async (buffers) => {
          const known = this.model;
          try {
            this.model = await spec.prepare(buffers);
            await this.refresh();
          } catch (error) {
            this.model = known; // which still answers
            throw error;
          }
          whole.remove();
          this.begin = null;
        });
      }
      const controls = element(box, "div", { class: "play-controls" });
      this.show = {};
      for (const [key, control] of Object.entries(spec.controls)) {
        const changed = (value) => this.change({ [key]: value });
        const id = `play-${name}-${key}`;
        this.show[key] = makeControl(controls, id, control, changed);
      }
      const buttons = element(box, "div", { class: "play-buttons" });
      if (spec.start) this.buildTransport(buttons);
      const reset = element(buttons, "button", { type: "button" }, "Reset");
      reset.addEventListener("click", () => this.reset());
      this.said = element(box, "p", { class: "play-said", "aria-live": "polite" });
      const tips = element(box, "details");
      element(tips, "summary", {}, "What to try");
      const list = element(tips, "ul");
      for (const tip of spec.tips) element(list, "li", {}, tip);
      element(box, "figcaption", {}, spec.question);
    }

    buildTransport(parent) {
      this.playButton = element(parent, "button", { type: "button" }, "Play");
      this.playButton.addEventListener("click", () => this.toggle());
      const step = element(parent, "button", { type: "button" }, "Step");
      step.addEventListener("click", () => this.advance(this.spec.stride || 1));
    }

    reset() {
      for (const [key, { value }] of Object.entries(this.spec.controls)) {
        this.state[key] = value;
      }
      this.change({ ...this.spec.hidden });
    }

    // Any change of the state but the steps starts a run again
    change(values) {
      Object.assign(this.state, values);
      if (this.spec.start) {
        this.pause();
        this.run = null;
        this.target = 0;
        this.state.steps = 0;
      }
      write(this.name, this.spec, this.state);
      if (this.begin) return this.begin();
      return this.refresh();
    }

    // Compute what the state shows, then draw; only the newest of several counts
    async refresh() {
      const began = performance.now();
      for (const [key, shown] of Object.entries(this.show)) shown(this.state[key]);
      this.count = (this.count || 0) + 1;
      const mine = this.count;
      if (this.spec.start) await this.catchUp();
      const known = this.spec.weights ? this.model : this.run;
      if (this.spec.weights && !known) {
        if (this.spec.before) this.spec.before(this.stage, this.state, this);
        return;
      }
      const values = await this.spec.values(this.state, known);
      if (mine !== this.count) return;
      this.values = values;
      this.place.playValues = values;
      this.redraw();
      this.place.playTime = performance.now() - began;
      this.drawn = (this.drawn || 0) + 1;
    }

    redraw() {
      const { paddingLeft, paddingRight } = getComputedStyle(this.stage);
      const width = this.stage.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      if (!this.values || width <= 0) return; // nothing to show, or nowhere
      const held = document.activeElement && this.stage.contains(document.activeElement)
        ? document.activeElement.dataset.key : null;
      this.stage.replaceChildren();
      this.spec.draw(this.stage, this.values, this.state, width, this);
      const again = held && this.stage.querySelector(`[data-key="${held}"]`);
      if (again) again.focus();
      const words = this.spec.say(this.values, this.state);
      if (!this.playing && this.said.textContent !== words) this.said.textContent = words;
    }

    // ── runs: steps one after the other, a few milliseconds at a time ───────────────

    async catchUp() {
      this.run = this.run || this.spec.start(this.state);
      this.said.setAttribute("aria-busy", this.run.steps < this.target); // said at the end
      while (this.run.steps < this.target) {
        const { target } = this;
        this.forward(target, 30);
        if (this.run.steps >= target) break;
        this.said.textContent = `Step ${this.run.steps} of ${target} …`;
        await new Promise((go) => setTimeout(go));
      }
      this.said.setAttribute("aria-busy", false);
    }

    forward(most, milliseconds = 12) {
      const end = performance.now() + milliseconds;
      do {
        this.spec.step(this.run, this.state);
        this.run.steps += 1;
      } while (this.run.steps < most && performance.now() < end);
      this.state.steps = this.run.steps;
    }

    advance(steps) {
      this.pause();
      this.target = this.run.steps + steps;
      return this.refresh().then(() => write(this.name, this.spec, this.state));
    }

    pause() {
      this.playing = false;
      if (this.playButton) this.playButton.textContent = "Play";
    }

    toggle() {
      // what is shown and what the address says are brought to the last step
      if (this.playing) return void this.advance(0);
      this.playing = true;
      this.playButton.textContent = "Pause";
      let drawn = 0;
      const frame = async (now) => {
        if (!this.playing) return;
        this.forward(this.run.steps + (this.spec.perFrame || Infinity));
        if (now - drawn > (calm.matches ? 1000 : 30)) {
          drawn = now;
          this.target = this.run.steps;
          await this.refresh();
        }
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    }
  }

  const show = (place, name) => {
    place.replaceChildren(); // what is said without JavaScript
    place.figure = new Figure(place, name, specs[name]);
  };
  Object.assign(window.play, { figure, show, worker, element, svg, text, image, curve });
  Object.assign(window.play, { plane, packed, unpacked, pressed, asPad, drawing });
})();
