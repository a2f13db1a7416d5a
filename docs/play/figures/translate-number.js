// Chapter 32: a number that the reader types is translated, token by token
(function () {
  const UNITS = ["", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
    "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn",
    "achtzehn", "neunzehn"];
  const TENS = ["", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig",
    "achtzig", "neunzig"];

  // A number below a thousand before “tausend” or at the end, where one is “eins”
  function small(n, last) {
    const hundreds = n >= 100 ? `${UNITS[Math.floor(n / 100)]}hundert` : "";
    const rest = n % 100;
    if (rest === 1) return hundreds || last ? `${hundreds}eins` : "ein";
    if (rest < 20) return hundreds + UNITS[rest];
    const [tens, ones] = [TENS[Math.floor(rest / 10)], UNITS[rest % 10]];
    return hundreds + (ones ? `${ones}und${tens}` : tens);
  }
  function german(n) {
    if (n === 0) return "null";
    const thousands = n >= 1000 ? `${small(Math.floor(n / 1000), false)}tausend` : "";
    return thousands + small(n % 1000, true);
  }
  play.germanNumber = german; // for the tests

  // In the worker: the model, then a translation and where each of its tokens looks
  function work(play) {
    let [model, tokenizer] = [null, null];
    return ({ buffers, text, beams, layer, head }) => {
      if (buffers) {
        [model, tokenizer] = play.withTokenizer(play.Transformer, buffers);
        return null;
      }
      const eos = tokenizer.id("[EOS]");
      const source = [...tokenizer.encode(text).slice(0, 60), eos];
      const settings = { eos, beams, alpha: 0.6, most: 60 };
      const first = tokenizer.id("[BOS]");
      const best = play.beamSearch(model.step, model.init(source), first, settings);
      const looks = [];
      model.logits(source, [first, ...best.tokens.slice(0, -1)], looks);
      const [T, S] = [best.tokens.length, source.length];
      const chosen = looks.filter((_, i) => layer === "all" || i === Number(layer) - 1)
        .flatMap(({ data, shape: [heads] }) =>
          Array.from({ length: heads }, (_, h) => data.slice(h * T * S, (h + 1) * T * S))
            .filter((_, h) => head === "all" || h === Number(head) - 1));
      const weights = Array.from({ length: T * S }, (_, i) =>
        chosen.reduce((sum, one) => sum + one[i], 0) / chosen.length);
      const names = (ids) => ids.map((id) => tokenizer.names[id].replace("▁", "·"));
      const { score } = best;
      return { source, target: best.tokens, read: names(source), written: names(best.tokens),
        weights, score, translation: tokenizer.decode(best.tokens) };
    };
  }

  play.figure("translate-number", {
    title: "A translator of numbers, and where it looks",
    question: "Which German tokens (columns) does the decoder attend to when it writes each "
      + "English token (row)? The chapter's model, trained longer, runs here.",
    tips: [
      "Type 37, then 73: the weights of tens and ones cross, as the words do.",
      "Type 900900, then German words of your own, such as zweitausendzwei.",
      "Look at one head at a time: not every head follows the order of the words.",
    ],
    controls: {
      number: { label: "A number below a million, or German words", value: "4321" },
      layer: { label: "Layer", options: ["all", "1", "2"], value: "all" },
      head: { label: "Head", options: ["all", "1", "2", "3", "4"], value: "all" },
      beams: { label: "Width of the beam", min: 1, max: 4, step: 1, value: 4 },
    },
    weights: ["translator-numbers.safetensors", "translator-numbers.tokenizer.json"],
    size: "0.4 MB",
    async prepare(buffers) {
      const ask = play.worker(work);
      await ask({ buffers }, buffers);
      return ask;
    },
    async values({ number, beams, layer, head }, ask) {
      const digits = number.replace(/[\s.,']/gu, "");
      const text = /^\d{1,6}$/u.test(digits) ? german(Number(digits)) : number.trim();
      return { text, ...(await ask({ text, beams, layer, head })) };
    },
    say: ({ text, translation, target }) =>
      `${text || "(nothing)"} → ${translation || "(nothing)"}, in ${target.length} tokens.`,
    draw(box, { read, written, weights }, { layer, head }, width) {
      const S = read.length;
      const left = 84;
      const cell = Math.max(13, Math.min((width - left - 4) / S, 30));
      const which = layer === "all" && head === "all" ? "mean of layers and heads"
        : `layer ${layer}, head ${head}`;
      const label = `Cross-attention, ${which}: English tokens down, German tokens across`;
      const height = 100 + written.length * cell;
      const picture = play.svg(box, left + S * cell + 2, height, label);
      read.forEach((name, s) => {
        const [x, y] = [left + (s + 0.5) * cell + 4, 90];
        play.text(picture, x, y, name, { class: "mono", transform: `rotate(-90 ${x} ${y})` });
      });
      written.forEach((name, t) => {
        const end = { "text-anchor": "end", class: "mono" };
        play.text(picture, left - 4, 96 + (t + 0.5) * cell + 4, name, end);
        for (let s = 0; s < S; s += 1) {
          const place = { x: left + s * cell, y: 96 + t * cell };
          const size = { width: cell - 1, height: cell - 1 };
          play.element(picture, "rect", { ...place, ...size, class: "weak" });
          const opacity = weights[t * S + s];
          play.element(picture, "rect", { ...place, ...size, class: "a", opacity });
        }
      });
    },
  });
})();
