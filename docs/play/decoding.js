// From logits to text, as in genmodels.decoding: arrays of scores, -Infinity for what is
// excluded; of equal scores the lower token comes first.
play.define(function (play) {
  const logSoftmax = (scores) => {
    const most = Math.max(...scores);
    const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
    return Array.from(scores, (score) => score - most - Math.log(sum));
  };
  const ranking = (scores) =>
    Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  const keep = (scores, kept) =>
    Array.from(scores, (score, i) => (kept.has(i) ? score : -Infinity));
  Object.assign(play, { logSoftmax, ranking });

  play.keepTopK = (scores, k) =>
    k ? keep(scores, new Set(ranking(scores).slice(0, k))) : [...scores];
  play.keepTopP = (scores, p) => {
    if (p >= 1) return [...scores];
    const shares = play.softmax(scores);
    let ahead = 0;
    const kept = ranking(scores).filter((i) => {
      ahead += shares[i];
      return ahead - shares[i] < p;
    });
    return keep(scores, new Set(kept));
  };
  play.keepMinP = (scores, p) => {
    const least = Math.max(...scores) + Math.log(p);
    return Array.from(scores, (score) => (score < least ? -Infinity : score));
  };

  // Scores → probabilities to draw from, all remedies in the order of `sample`
  play.remedied = (scores, { temperature = 1, topK = 0, topP = 1, minP = 0 } = {}) => {
    if (temperature === 0) {
      const [best] = ranking(scores);
      return Float64Array.from(scores, (_, i) => Number(i === best));
    }
    const most = Math.max(...scores);
    const cooled = Array.from(scores, (score) => (score - most) / temperature);
    const kept = play.keepTopP(play.keepTopK(cooled, topK), topP);
    return play.softmax(play.keepMinP(kept, minP));
  };

  // The token at which the probabilities so far exceed u in [0, 1)
  play.draw = (probabilities, u) => {
    let sum = 0;
    const place = probabilities.findIndex((p) => (sum += p) > u);
    return place < 0 ? ranking(probabilities)[0] : place;
  };

  // The sequence of best log-probability over length penalty; step(token, state) →
  // { logits, state }; `watch` is told every step's candidates
  play.beamSearch = (step, start, first, settings) => {
    const { eos, beams = 4, alpha = 0.6, most, watch = () => {} } = settings;
    const penalty = (n) => ((5 + n) / 6) ** alpha;
    let best = { tokens: [], score: -Infinity };
    let live = [{ tokens: [first], total: 0, state: start }];
    for (let n = 1; n <= most; n += 1) {
      const candidates = live.flatMap(({ tokens, total, state }) => {
        const reply = step(tokens[tokens.length - 1], state);
        const nats = logSoftmax(reply.logits);
        return ranking(nats).slice(0, beams).map((token) => ({
          tokens: [...tokens, token], total: total + nats[token], state: reply.state,
        }));
      });
      const kept = ranking(candidates.map(({ total }) => total)).slice(0, beams)
        .map((i) => candidates[i])
        .filter(({ total }) => total > -Infinity);
      watch({ n, candidates, kept });
      const ended = ({ tokens }) => n === most || tokens[n] === eos;
      for (const { tokens, total } of kept.filter(ended)) {
        const score = total / penalty(n);
        if (score > best.score) best = { tokens: tokens.slice(1), score };
      }
      live = kept.filter((line) => !ended(line));
      if (!live.length || live[0].total / penalty(most) <= best.score) break;
    }
    return best;
  };
});
