"Diagrams of the chapters on tokens, decoding and recurrent networks"

from draw import Diagram


def bpe():
    "Three merges of byte-pair encoding"
    d = Diagram(
        "byte-pair-merges",
        "Byte-pair encoding, merge by merge",
        236,
        "",
    )
    words = {("▁", *"low"): 3, ("▁", *"lower"): 1, ("▁", *"lowest"): 1}
    told = []
    for k in range(4):
        y = 40 + 52 * k
        if k:
            words, (a, b), count = merged(words)
            d.text(8, y - 10, f"merge {k}", anchor="start", bold=True, size=12)
            d.text(8, y + 8, f"{a} + {b}, {count} times", "loss", 12, "start")
            told.append(f"{a} and {b} to {a}{b}")
        else:
            d.text(8, y, "characters", anchor="start", bold=True, size=12)
        for x, tokens in zip((106, 227), list(words)[1:]):
            for token in tokens:
                w = 7 + 9 * len(token)
                new = k and token == a + b
                d.box(
                    x + w / 2, y, w, 24, token, "generator" if new else "data", 12, r=2
                )
                x += w + 2
    d.text(158, 14, "▁lower", size=12)
    d.text(288, 14, "▁lowest", size=12)
    d.text(180, 224, "pairs counted in: low low low lower lowest", size=12)
    d.desc = (
        "The words lower and lowest, first as characters, then after each of three"
        " merges of the most frequent pair of neighbouring tokens, counted in the text"
        f" low low low lower lowest: {', then '.join(told)}."
    )
    return d


def merged(words):
    "The words after the most frequent pair has become one token, the pair, its count"
    counts, age = {}, {}
    for tokens, count in words.items():
        for a, b in zip(tokens, tokens[1:]):
            counts[a, b] = counts.get((a, b), 0) + count
    for token in sorted(
        {token for tokens in words for token in tokens}, key=lambda t: (len(t), t)
    ):
        age[token] = len(age)
    best = max(counts, key=lambda ab: (counts[ab], -age[ab[0]], -age[ab[1]]))
    new = {}
    for tokens, count in words.items():
        out = []
        for token in tokens:
            if out and (out[-1], token) == best:
                out[-1] += token
            else:
                out.append(token)
        new[tuple(out)] = count
    return new, best, counts[best]


NEXT = {  # the table of chapter 11: last token -> probability of the next
    "^": {"a": 0.55, "b": 0.40, ".": 0.05},
    "a": {"a": 0.40, "b": 0.32, ".": 0.28},
    "b": {".": 0.90, "a": 0.06, "b": 0.04},
}


def beam_search():
    "Beam search in the table, with two beams"
    d = Diagram(
        "beam-search",
        "Beam search with two beams",
        306,
        """A tree of prefixes with their probabilities, from the start token. After one
        token a (0.55) and b (0.40) are kept. Of their six extensions the two most
        probable are kept: b. (0.36), which has ended, and aa (0.22). Of the three
        extensions of aa the two most probable are kept: aaa (0.088) and aab (0.070).
        The best text found is the token b and the end, with 0.36.""",
    )
    start = d.box(26, 140, 30, 30, "^", "plain")
    live, width = [("", 1.0, start)], (66, 78, 84)
    heights = (None, (70, 210, 280), (34, 74, 114, 174, 214, 254), (34, 74, 114))
    for n in (1, 2, 3):
        grown = [
            (p * q, line + token, parent)
            for line, p, parent in live
            for token, q in NEXT[line[-1:] or "^"].items()
        ]
        best = sorted(grown, key=lambda one: -one[0])[:2]
        live = []
        for y, one in zip(heights[n], grown):
            p, line, parent = one
            keep = one in best
            role = "plain" if not keep else "loss" if line[-1] == "." else "generator"
            x = (0, 100, 208, 312)[n]
            label = f"{line}  {p:.3f}" if n == 3 else f"{line}  {p:.2f}"
            shape = d.box(x, y, width[n - 1], 28, label, role, 12, bold=keep)
            d.arrow((parent.right, parent.y), (shape.left, y), dashed=not keep)
            if keep and line[-1] != ".":
                live.append((line, p, shape))
    d.text(354, 174, "coloured: kept", "generator", 12, "end")
    d.text(354, 196, "b. has ended", "loss", 12, "end")
    d.text(354, 218, "dashed: dropped", None, 12, "end")
    d.text(354, 290, "number: probability", None, 12, "end")
    return d


def rnn():
    "A recurrent network unrolled over its positions"
    d = Diagram(
        "rnn-unrolled",
        "A recurrent network, unrolled",
        204,
        """The same cell at three positions. At each position t the cell receives the
        input x with index t from below and the state h with index t - 1 from the left,
        and gives the new state, which goes to the right and upwards. The first state
        is zero, and the weights W, U and b are the same at all positions.""",
    )
    d.text(24, 92, "$h_0 = 0$", "latent", 12)
    before = (44, 92)
    for k in (1, 2, 3):
        x = 98 + 97 * (k - 1)
        cell = d.box(x, 92, 58, 44, "tanh\n$W, U, b$", "encoder", 12)
        d.arrow(before, cell)
        if k > 1:
            d.text(x - 49, 79, f"$h_{k - 1}$", "latent", 12)
        inp = d.box(x, 154, 42, 28, f"$x_{k}$", "data")
        out = d.box(x, 30, 42, 28, f"$h_{k}$", "latent")
        d.arrow(inp, cell)
        d.arrow(cell, out)
        before = (cell.right, 92)
    d.arrow(before, (355, 92))
    d.text(336, 79, "$h_3$", "latent", 12)
    d.text(180, 190, "$h_t = tanh(W x_t + U h_{t-1} + b)$")
    return d


def _inputs_of_gates(d):
    "The input and the hidden state before, which the four boxes receive"
    d.path((40, 224), (266, 224))
    x = d.box(40, 262, 52, 28, "$x_t$", "data")
    h = d.box(110, 262, 60, 28, "$h_{t-1}$", "latent")
    d.path((40, x.top), (40, 224))
    d.path((110, h.top), (110, 224))
    d.text(152, 252, "each with its own weights:", size=12, anchor="start")
    d.text(152, 270, "$W x_t + b + U h_{t-1} + b'$", size=12, anchor="start")


def lstm():
    "The cell of the LSTM"
    d = Diagram(
        "lstm-cell",
        "The cell of an LSTM",
        288,
        """The cell state runs along the top from left to right: it is multiplied by
        the forget gate f, then the product of the input gate i and the new value g is
        added. Its tanh times the output gate o is the hidden state. The four boxes f,
        i, g and o receive the input and the hidden state before.""",
    )
    d.text(22, 18, "$c_{t-1}$", "latent")
    forget, add = d.circle(84, 38, 11, "⊙"), d.circle(176, 38, 11, "+")
    gate, show = d.circle(176, 98, 11, "⊙"), d.circle(316, 130, 11, "⊙")
    squash = d.box(316, 84, 46, 24, "tanh", "plain", 12)
    d.arrow((8, 38), forget, role="latent")
    d.arrow(forget, add, role="latent")
    d.arrow(add, (352, 38), role="latent")
    d.text(340, 18, "$c_t$", "latent")
    d.arrow((316, 38), squash, role="latent")
    d.arrow(squash, show)
    d.arrow(show, (316, 184), (352, 184), role="latent")
    d.text(340, 202, "$h_t$", "latent")
    names = (
        ("$f$", "sigmoid", 84),
        ("$i$", "sigmoid", 146),
        ("$g$", "tanh", 206),
        ("$o$", "sigmoid", 266),
    )
    boxes = []
    for name, kind, x in names:
        boxes.append(d.box(x, 176, 54, 40, f"{name}\n{kind}", "encoder", 12))
        d.arrow((x, 224), boxes[-1])
    d.arrow(boxes[0], forget)
    d.arrow(boxes[1], (146, 98), gate)
    d.arrow(boxes[2], (206, 98), gate)
    d.arrow(gate, add)
    d.arrow((266, boxes[3].top), (266, 130), show)
    _inputs_of_gates(d)
    return d


def gru():
    "The cell of the GRU"
    d = Diagram(
        "gru-cell",
        "The cell of a GRU",
        300,
        """The old state runs along the top: it is multiplied by the update gate z, and
        1 - z times the new value n is added, which gives the new state. The new value
        is a tanh of a part from the input plus the reset gate r times a part from the
        old state.""",
    )
    d.text(26, 26, "$h_{t-1}$", "latent")
    keep, add = d.circle(120, 46, 11, "⊙"), d.circle(270, 46, 11, "+")
    d.arrow((8, 46), keep, role="latent")
    d.arrow(keep, add, role="latent")
    d.arrow(add, (352, 46), role="latent")
    d.text(340, 26, "$h_t$", "latent")
    z = d.box(120, 108, 76, 36, "$z$ update\nsigmoid", "encoder", 12)
    rest = d.box(200, 108, 44, 26, "$1 - z$", "plain", 12)
    new = d.circle(270, 108, 11, "⊙")
    n = d.box(270, 172, 76, 36, "$n$\ntanh", "encoder", 12)
    reset = d.circle(166, 172, 11, "⊙")
    r = d.box(70, 172, 76, 36, "$r$ reset\nsigmoid", "encoder", 12)
    old = d.box(166, 232, 90, 28, "$U_n h_{t-1} + b'_n$", "latent", 12)
    x = d.box(286, 232, 84, 28, "$W_n x_t + b_n$", "data", 12)
    for a, b in (
        (z, keep),
        (z, rest),
        (rest, new),
        (n, new),
        (new, add),
        (r, reset),
        (reset, n),
        (old, reset),
    ):
        d.arrow(a, b)
    d.arrow((286, x.top), (286, n.bottom))
    d.text(180, 266, "$n = tanh(W_n x_t + b_n + r ⊙ (U_n h_{t-1} + b'_n))$", size=12)
    d.text(180, 286, "$r, z$: sigmoid of $W x_t + b + U h_{t-1} + b'$", size=12)
    return d


def seq2seq():
    "Sequence to sequence with attention"
    d = Diagram(
        "seq2seq-attention",
        "Sequence to sequence with attention",
        316,
        """Left, the encoder: source tokens x1 to x4 give the memory h1 to h4. The
        decoder's state before, s with index t - 1, is compared with each memory; a
        softmax over the source gives weights α, and the context c is the weighted mean
        of the memory. Right, the decoder: the new state s with index t is computed
        from the state before, the token before, and the context, and gives the next
        token.""",
    )
    score = d.box(
        126, 156, 224, 32, "weights $α_t_j$: softmax of $e_t_j$ over $j$", "query", 12
    )
    context = d.box(126, 82, 224, 32, "context $c_t = ∑_j α_t_j h_j$", "value", 12)
    for k in range(4):
        x = 40 + 58 * k
        source = d.box(x, 290, 42, 28, f"$x_{k + 1}$", "data")
        memory = d.box(x, 232, 42, 28, f"$h_{k + 1}$", "encoder")
        d.arrow(source, memory)
        d.arrow((x, memory.top), (x, score.bottom))
        d.arrow((x, score.top), (x, context.bottom))
        if k:
            d.path((x - 37, 232), (x - 21, 232), role="encoder")
    old = d.box(306, 156, 66, 32, "$s_{t-1}$", "generator")
    new = d.box(306, 82, 66, 32, "$s_t$", "generator")
    token = d.box(306, 232, 66, 28, "$y_{t-1}$", "data")
    d.arrow(old, score)
    d.arrow(context, new)
    d.arrow(old, new)
    d.arrow(token, (350, 232), (350, 82), new)
    out = d.box(306, 26, 66, 28, "$y_t$", "loss")
    d.arrow(new, out)
    d.text(126, 26, "$e_t_j = v_a^⊤ tanh(W_a s_{t-1} + U_a h_j)$", size=12)
    d.text(306, 290, "decoder", "generator", bold=True)
    return d


DIAGRAMS = [bpe, beam_search, rnn, lstm, gru, seq2seq]
