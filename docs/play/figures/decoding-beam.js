// Chapter 11: the beam search in the table of three tokens, step by step
(function () {
  const TOKENS = ".ab^";
  const TABLE = [[0, 0, 0], [0.28, 0.4, 0.32], [0.9, 0.06, 0.04], [0.05, 0.55, 0.4]];
  const MOST = 3;
  const step = (token) => ({ logits: TABLE[token].map(Math.log), state: null });
  const spelled = (tokens) => tokens.slice(1).map((t) => TOKENS[t]).join("");

  // Every text of at most MOST tokens: where it is drawn, its probability
  function tree(text, last, p, all, leaf) {
    const node = { text, p };
    all.push(node);
    if (text.length === MOST || last === 0) {
      node.y = leaf.next;
      leaf.next += 1;
      return node;
    }
    const below = [0, 1, 2].map((t) =>
      tree(text + TOKENS[t], t, p * TABLE[last][t], all, leaf));
    node.y = (below[0].y + below[1].y + below[2].y) / 3;
    return node;
  }

  play.figure("decoding-beam", {
    title: "Beam search, one step at a time",
    question: "Which hypotheses does a beam of this width keep, and does it find the most "
      + "probable text? Thick blue: kept at a step so far. Orange: the answer.",
    tips: [
      "Width 1 is greedy decoding: it takes a, and misses the better text through b.",
      "Width 2 finds the better text: follow it with the slider of steps.",
      "Raise the length penalty: from some value on, a longer text wins.",
    ],
    controls: {
      beams: { label: "Beam width", min: 1, max: 3, step: 1, value: 2 },
      alpha: { label: "Length penalty α", min: 0, max: 4, step: 0.2, value: 0 },
      shown: { label: "Steps shown", min: 0, max: MOST, step: 1, value: 1 },
    },
    values({ beams, alpha, shown }) {
      const kept = [];
      const watch = (event) => kept.push(event.kept.map((line) => line.tokens));
      const settings = { eos: 0, beams, alpha, most: MOST, watch };
      const { tokens, score } = play.beamSearch(step, null, 3, settings);
      const seen = kept.slice(0, shown).map((lines) => lines.map(spelled));
      return { best: tokens, score, kept: seen, steps: kept.length, done: shown >= kept.length };
    },
    say({ best, score, kept, steps, done }) {
      const answer = best.map((t) => TOKENS[t]).join("");
      const last = kept.length ? kept[kept.length - 1].join(", ") : "only the start";
      const counted = (n) => (n === 1 ? "one step" : `${n} steps`);
      return `Kept after ${counted(kept.length)}: ${last}. ` + (done
        ? `The search ends after ${counted(steps)} with “${answer}”, score ${score.toFixed(3)}.`
        : "The search goes on.");
    },
    draw(box, { kept, best, done }, state, width) {
      const nodes = [];
      const leaf = { next: 0 };
      tree("", 3, 1, nodes, leaf);
      const height = leaf.next * 17 + 24;
      const label = "Tree of all texts of at most three tokens with their probabilities";
      const picture = play.svg(box, width, height, label);
      const column = (width - 70) / MOST;
      const at = Object.fromEntries(nodes.map((node) =>
        [node.text, [node.text.length * column + 10, node.y * 17 + 16]]));
      const inside = new Set(kept.flat());
      const answer = done ? best.map((t) => TOKENS[t]).join("") : null;
      const edge = ({ text }, attributes) => {
        const [[x, y], [u, v]] = [at[text.slice(0, -1)], at[text]];
        play.curve(picture, [[x + 42, y - 4], [u - 4, v - 4]], attributes);
      };
      for (const node of nodes.filter(({ text }) => text)) {
        const part = answer !== null && answer.startsWith(node.text);
        const kind = inside.has(node.text) ? "line-a" : "line";
        edge(node, { class: part ? "line-b" : kind });
      }
      for (const { text, p } of nodes) {
        const words = `${text.slice(-1) || "^"} ${p.toFixed(2)}`;
        const attributes = inside.has(text) ? { "font-weight": "bold" } : {};
        play.text(picture, ...at[text], words, { class: "mono", ...attributes });
      }
    },
  });
})();
