"Diagrams of the chapters on layers, attention, Transformers and BERT"

from math import cos, pi, sin

from draw import Diagram


def _scores_of_queries(d):
    "The upper row of the diagram: Q, K and their scores"
    d.matrix(42, 62, 4, 3, 16, "query")
    d.matrix(160, 62, 3, 5, 16, "key")
    d.text(42, 16, "queries $Q$", "query", bold=True)
    d.text(42, 106, "$(T, d)$", size=12)
    d.text(160, 16, "keys $K^⊤$", "key", bold=True)
    d.text(160, 106, "$(d, S)$", size=12)
    d.text(92, 62, "×", size=16)
    d.text(226, 62, "$/ √d  =$", size=14)
    d.matrix(304, 62, 4, 5, 16, "plain")
    d.text(304, 16, "scores", bold=True)
    d.text(304, 106, "$(T, S)$", size=12)


def attention():
    "Queries, keys, values, scores and weights as matrices"
    d = Diagram(
        "attention",
        "Scaled dot-product attention",
        262,
        """Queries Q of shape (T, d) are multiplied with the transposed keys K of shape
        (S, d), divided by the root of d, and give scores of shape (T, S). A mask and a
        softmax over the keys turn them into weights of the same shape; each row sums
        to 1, and masked cells are empty. The weights times the values V of shape
        (S, E) are the outputs of shape (T, E).""",
    )
    _scores_of_queries(d)
    d.arrow((304, 118), (304, 136), (48, 136), (48, 158))
    d.text(176, 124, "mask, softmax: each row sums to 1", size=12)

    def shade(i, j):
        return "plain" if j <= i + 1 else None

    d.matrix(48, 192, 4, 5, 16, shown=shade)
    d.matrix(176, 192, 5, 4, 16, "value")
    d.matrix(304, 192, 4, 4, 16, "value")
    d.text(116, 192, "×", size=16)
    d.text(240, 192, "=", size=16)
    for x, name, shape, role in (
        (48, "weights", "$(T, S)$", None),
        (176, "values $V$", "$(S, E)$", "value"),
        (304, "outputs", "$(T, E)$", "value"),
    ):
        d.text(x, 244, f"{name}  {shape}", role, 12)
    return d


def multi_head():
    "Several attentions side by side"
    d = Diagram(
        "multi-head",
        "Multi-head attention",
        330,
        """From the bottom up: X gives queries, the memory M gives keys and values, by
        projections of their own for each of several heads. Each head computes
        attention in d dimensions. The outputs of the heads are concatenated and
        multiplied by the output matrix.""",
    )
    x = d.box(96, 306, 120, 30, "$X  (T, d_{model})$", "data", 12)
    m = d.box(258, 306, 150, 30, "memory $M  (S, d_{model})$", "data", 12)
    cat = d.box(180, 84, 250, 30, "concatenation  $(T, n_h d)$", "plain", 12)
    out = d.box(180, 30, 150, 30, "times $W^O$  $(T, d_{model})$", "value", 12)
    d.arrow(cat, out)
    for k, (left, name) in enumerate(((66, "1"), (176, "2"), (294, "n_h"))):
        head = d.box(left, 142, 96, 34, "", "plain")
        label = f"$head_{name}  (T, d)$" if k < 2 else "$head_{nh}  (T, d)$"
        d.text(left, 142, label, size=12)
        d.arrow(head, (left, cat.bottom))
        for j, (kind, role) in enumerate(
            (("Q", "query"), ("K", "key"), ("V", "value"))
        ):
            at = left + 33 * (j - 1)
            p = d.box(at, 206, 30, 28, f"$W^{kind}$", role, 12)
            d.arrow(p, (at, head.bottom))
            bus = 262 if kind == "Q" else 242
            d.path((at, p.bottom), (at, bus), role=role)
    d.text(235, 142, "…", size=16)
    d.path((33, 262), (261, 262), role="query")
    d.arrow((96, x.top), (96, 262), role="query")
    d.path((66, 242), (327, 242), role="key")
    d.arrow((310, m.top), (310, 242), role="key")
    return d


def masks():
    "Three masks as grids"
    d = Diagram(
        "masks",
        "Three masks",
        174,
        """Three grids with queries as rows and keys as columns; a filled cell
        means that the query may attend to the key. Causal: the lower triangle
        with its diagonal. Padding: the first four columns of six. Documents:
        two blocks on the diagonal, of three and two positions, and nothing for
        a position of padding.""",
    )
    document = (0, 0, 0, 1, 1, -1)
    kinds = (
        ("causal", "$j ≤ i$", lambda i, j: j <= i),
        ("padding", "$j$ < length", lambda i, j: j < 4),
        ("documents", "same text", lambda i, j: document[i] == document[j] >= 0),
    )
    for k, (name, rule, allowed) in enumerate(kinds):
        x = 68 + 118 * k
        d.matrix(
            x, 82, 6, 6, 15, shown=lambda i, j, a=allowed: "query" if a(i, j) else None
        )
        d.text(x, 24, name, bold=True)
        d.text(x, 140, rule, size=12)
    d.text(11, 82, "$i$", size=14)
    d.text(180, 162, "row: query $i$; column: key $j$; filled: may attend", size=12)
    return d


SUBLAYERS = (
    (
        100,
        "post-norm",
        (
            ("attention", "query"),
            ("+", 0),
            ("norm", "plain"),
            ("FFN", "generator"),
            ("+", 0),
            ("norm", "plain"),
        ),
    ),
    (
        280,
        "pre-norm",
        (
            ("norm", "plain"),
            ("attention", "query"),
            ("+", 0),
            ("norm", "plain"),
            ("FFN", "generator"),
            ("+", 0),
        ),
    ),
)


def norms():
    "Where the norm stands in a sublayer"
    d = Diagram(
        "pre-norm-post-norm",
        "Pre-norm and post-norm",
        300,
        """Two columns, read from the bottom up. Post-norm: x goes through attention,
        the input is added, then comes a norm; the same for the FFN. Pre-norm: a norm
        stands before attention and before the FFN, inside the branch, and the residual
        path from bottom to top has only the two additions.""",
    )
    for x, title, layers in SUBLAYERS:
        d.text(x - 12, 14, title, bold=True)
        before, start = (x, 292), 266
        last = None
        for k, (name, role) in enumerate(layers):
            y = 244 - 38 * k
            if name == "+":
                shape = d.circle(x, y, 10, "+", "plain")
                d.arrow((x, start), (x - 72, start), (x - 72, y), shape)
                start = y - 18
            else:
                shape = d.box(x, y, 92, 24, name, role, 12)
            d.arrow(last or before, shape)
            last = shape
            if name == "norm" and title == "post-norm":
                start = y - 18
        d.arrow(last, (x, 26 + 2))
    d.text(112, 286, "$x$", size=14)
    d.text(292, 286, "$x$", size=14)
    return d


def encoder_decoder():
    "The Transformer as a translator"
    d = Diagram(
        "encoder-decoder",
        "Encoder and decoder of a Transformer",
        356,
        """Left, the encoder: the source's embeddings plus positions pass through a
        stack of layers of self-attention and FFN; its output is the memory. Right, the
        decoder: the target's embeddings plus positions pass through layers of causal
        self-attention, cross-attention and FFN. Queries of the cross-attention come
        from the decoder, keys and values from the memory. The LM head gives logits of
        the next token.""",
    )
    e1 = d.box(84, 318, 124, 44, "source tokens\n+ positions", "data", 11)
    d1 = d.box(268, 318, 134, 44, "target tokens so far\n+ positions", "data", 11)
    d.group(84, 196, 140, 128, "encoder", "encoder", 12)
    d.group(268, 174, 156, 172, "decoder", "generator", 12)
    self1 = d.box(84, 236, 116, 30, "self-attention", "encoder", 12)
    ffn1 = d.box(84, 178, 116, 30, "FFN", "encoder", 12)
    self2 = d.box(268, 236, 132, 30, "causal self-attention", "generator", 12)
    cross = d.box(268, 178, 132, 30, "cross-attention", "generator", 12)
    ffn2 = d.box(268, 126, 132, 26, "FFN", "generator", 12)
    memory = d.box(84, 100, 124, 34, "memory\n$(B, S, d_{model})$", "latent", 11)
    head = d.box(268, 60, 96, 28, "LM head", "plain", 12)
    d.arrow(e1, self1)
    d.arrow(self1, ffn1)
    d.arrow(ffn1, memory)
    d.arrow(d1, self2)
    d.arrow(self2, cross)
    d.arrow(cross, ffn2)
    d.arrow(ffn2, head)
    d.arrow(memory, (172, 100), (172, 178), cross, role="value")
    d.text(164, 87, "$K, V$", "value", 12)
    d.text(90, 145, "× layers", "encoder", 12, "start")
    d.text(274, 101, "× layers", "generator", 12, "start")
    d.text(276, 207, "$Q$", "query", 12, "start")
    d.arrow(head, (268, 26))
    d.text(352, 15, "logits of the next token  $(B, T, V)$", "loss", 12, "end")
    return d


def cache():
    "One step of decoding with kept keys and values"
    d = Diagram(
        "kv-cache",
        "Decoding with a key-value cache",
        268,
        """At step t only the new position is projected to a query, a key and a value.
        Key and value are appended to the cache, which holds those of all earlier
        positions. The query attends to all keys, and the weighted mean of the values
        is the output of the new position.""",
    )
    new = d.box(50, 130, 88, 44, "new token\n$x_t  (1, d_{model})$", "data", 11)
    q = d.box(136, 48, 40, 28, "$q_t$", "query")
    k = d.box(136, 130, 40, 28, "$k_t$", "key")
    v = d.box(136, 200, 40, 28, "$v_t$", "value")
    for each in (q, k, v):
        d.arrow((new.right, 130 + (each.y - 130) / 6), (each.left, each.y))
    d.group(268, 166, 172, 130, "cache", "plain", 12)
    for j, name in enumerate(("1", "2", "…", "{t-1}", "t")):
        for y, kind, role in ((140, "k", "key"), (200, "v", "value")):
            label = f"${kind}_{name}$" if j != 2 else "…"
            d.box(202 + 33 * j, y, 29, 24, label, role, 12)
    d.arrow(k, (136, 166), (334, 166), (334, 152), role="key")
    d.arrow(v, (136, 242), (334, 242), (334, 212), role="value")
    att = d.box(268, 48, 120, 34, "attention", "plain")
    d.arrow(q, att, role="query")
    d.arrow((232, 101), (232, 65))
    d.arrow((304, 101), (304, 65))
    d.text(240, 84, "$K$", "key", 12, "start")
    d.text(312, 84, "$V$", "value", 12, "start")
    d.arrow(att, (268, 18))
    d.text(276, 16, "output of $x_t$", size=12, anchor="start")
    d.text(
        180,
        258,
        "kept: $k_1$ to $k_{t-1}$ and $v_1$ to $v_{t-1}$; computed: $q_t, k_t, v_t$",
        size=12,
    )
    return d


def rotary():
    "Queries and keys turned by their positions"
    d = Diagram(
        "rotary",
        "Rotary position embedding",
        230,
        """Two planes, each for one pair of numbers of a query at position p and a key
        at position s. The query is rotated by ω times p, the key by ω times s. In the
        first plane p is 3 and s is 1; in the second p is 5 and s is 3: both are
        rotated further, and the angle between them is the same.""",
    )
    turn, base = 14, {"q": 5, "k": -2}  # degrees: of one position; without positions
    for x0, places in ((34, {"q": 3, "k": 1}), (214, {"q": 5, "k": 3})):
        y0 = 166
        d.path((x0 - 12, y0), (x0 + 126, y0))
        d.path((x0, y0 + 10), (x0, y0 - 132))
        d.text(x0 + 58, 14, f"$p = {places['q']}, s = {places['k']}$", bold=True)
        ends = []
        for name, at in places.items():
            angle = (base[name] + turn * at) * pi / 180
            role, far = {"q": ("query", 112), "k": ("key", 98)}[name]
            x, y = cos(angle), -sin(angle)
            d.arrow((x0, y0), (x0 + far * x, y0 + far * y), role=role)
            away = far + 15
            d.text(x0 + away * x, y0 + away * y, f"${name}_{at}$", role)
            ends.append(f"{x0 + 60 * x:.1f} {y0 + 60 * y:.1f}")
        d.curve(f"M{ends[1]}A60 60 0 0 0 {ends[0]}", "loss")
    d.text(180, 200, "angle between them: depends on $p - s$ alone", "loss")
    d.text(
        180,
        220,
        "$(a, b)$: rotated by $ω_i p$ in the query, by $ω_i s$ in the key",
        size=12,
    )
    return d


def bert_input():
    "The three embeddings that are added"
    d = Diagram(
        "bert-input",
        "The input of BERT",
        218,
        """Two sentences as one row of tokens: CLS, the, cat, sat, SEP, it, slept, SEP.
        Each position has a token embedding E, a position embedding P numbered 0 to 7,
        and a token type embedding S, which is 0 for CLS and the first sentence with its
        SEP and 1 for the second. The sum of the three goes through a norm to the
        layers.""",
    )
    tokens = "[CLS] the cat sat [SEP] it slept [SEP]".split()
    d.text(180, 14, "$h_t^0$ = Norm( token + position + token type )")
    for k, token in enumerate(tokens):
        x, second = 24 + 44.6 * k, k > 4
        d.box(x, 60, 40, 26, token, "data", 11)
        d.box(x, 104, 40, 24, "$E$", "query", 12)
        d.box(x, 142, 40, 24, f"$P_{k}$", "key", 12)
        d.box(
            x, 180, 40, 24, f"$S_{int(second)}$", "generator" if second else "value", 12
        )
        d.text(x, 123, "+", size=12)
        d.text(x, 161, "+", size=12)
    d.text(180, 36, "tokens", "data", 12)
    d.text(180, 206, "rows of boxes: $E$ token, $P$ position, $S$ token type", size=12)
    return d


def bert_heads():
    "One encoder, several heads"
    d = Diagram(
        "bert-heads",
        "The heads of BERT",
        274,
        """A row of tokens that begins with CLS goes through Transformer layers without
        a causal mask. Above the output of CLS stands the pooler, with heads for the
        classes of a text and for next sentence prediction. The outputs of each position
        go to heads for masked tokens, for the class of each token, and for the first
        and last token of an answer.""",
    )
    whole = "Transformer layers: every position sees all others"
    layers = d.box(180, 194, 336, 38, whole, "encoder", 12)
    for k, token in enumerate(("[CLS]", "$x_1$", "[MASK]", "$x_3$", "[SEP]")):
        x = 46 + 67 * k
        box = d.box(x, 250, 56, 28, token, "data" if k != 2 else "loss", 12)
        d.arrow(box, (x, layers.bottom))
    pooler = d.box(66, 124, 92, 34, "pooler: linear,\ntanh", "latent", 11)
    d.arrow((46, layers.top), (46, pooler.bottom))
    places = d.box(238, 124, 220, 34, "each position $(B, T, d_{model})$", "latent", 11)
    for x in (180, 247, 314):
        d.arrow((x, layers.top), (x, places.bottom))
    heads = (
        (34, "class\nof a\ntext", pooler),
        (98, "next\nsen-\ntence", pooler),
        (168, "masked\ntoken:\nLM head", places),
        (240, "class\nof each\ntoken", places),
        (314, "answer:\nfirst and\nlast token", places),
    )
    for k, (x, label, below) in enumerate(heads):
        box = d.box(x, 46, 60 if k < 2 else 68, 58, label, "generator", 12)
        d.arrow((x, below.top), box)
    return d


def bert_masking():
    "What becomes of the chosen tokens"
    d = Diagram(
        "mlm-masking",
        "Masked language modelling: 15 %, and 80/10/10",
        262,
        """A bar of all tokens: 15 % are chosen, 85 % are not and give no loss. Of the
        chosen tokens 80 % are replaced by MASK, 10 % by a random word, and 10 % stay
        as they are. In all three cases the loss is minus the log-probability of the
        original token; the example is the word cat.""",
    )
    chosen = d.box(32, 36, 52, 34, "15 %", "loss", bold=True)
    d.box(205, 36, 294, 34, "85 % not chosen: read as they are, no loss", "plain", 12)
    d.text(180, 66, "tokens of a text", size=12)
    rows = (
        (108, "80 %", "[MASK]", "replaced by the mask token"),
        (152, "10 %", "tree", "replaced by a random word"),
        (196, "10 %", "cat", "left as it is"),
    )
    d.path((24, chosen.bottom), (24, 196), role="loss")
    for y, share, token, what in rows:
        d.arrow((24, y), (44, y), role="loss")
        d.box(68, y, 46, 28, share, "loss", 12)
        d.box(132, y, 64, 28, token, "data", 12)
        d.text(172, y, what, size=12, anchor="start")
    d.text(
        180, 238, "predicted in all three cases: the original token, cat", "loss", 12
    )
    return d


def packed_rows():
    "Padding and packing"
    d = Diagram(
        "packed-rows",
        "Padding and packing",
        286,
        """Four texts A, B, C and D of 7, 5, 3 and 2 tokens. Padded, they take four
        rows of eight positions, with 15 positions of padding. Packed, they take three
        rows: A alone, B with C, and D, with 7 positions of padding. The document ids
        of the second row are 0 for B and 1 for C, and position ids restart at 0 in
        each text.""",
    )
    return _rows(
        d,
        {
            "A": (7, "data"),
            "B": (5, "query"),
            "C": (3, "generator"),
            "D": (2, "encoder"),
        },
    )


def _rows(d, texts):
    "Texts in rows of eight positions, one in each row, and packed by first fit"
    rows, padding = [], [0, 0]
    for name, (n, role) in texts.items():
        row = next((row for row in rows if len(row) + n <= 8), None)
        if row is None:
            rows.append(row := [])
        row += [(name, role)] * n
    alone = [[(name, role)] * n for name, (n, role) in texts.items()]
    for k, (left, title, some) in enumerate(
        ((8, "padded", alone), (190, "packed", rows))
    ):
        d.text(left, 14, title, anchor="start", bold=True)
        for i, row in enumerate(some):
            for j in range(8):
                name, role = row[j] if j < len(row) else ("", "plain")
                padding[k] += not name
                at = (left + 10 + 20.5 * j, 42 + 27 * i, 19, 22)
                d.box(*at, name, role if name else "plain", 12, r=2)
    d.text(8, 152, f"{padding[0]} positions of padding", size=12, anchor="start")
    d.text(190, 152, f"{padding[1]} positions of padding", size=12, anchor="start")
    lines = (
        ("tokens", [name for name, _ in rows[1]]),
        ("document_ids", "00000111"),
        ("position_ids", "01234012"),
    )
    d.text(8, 184, "second packed row", anchor="start", bold=True)
    for i, (title, values) in enumerate(lines):
        d.text(8, 210 + 27 * i, title, size=12, anchor="start")
        for j, value in enumerate(values):
            d.box(112 + 28 * j, 210 + 27 * i, 26, 23, value, rows[1][j][1], 12, r=2)
    return d


def patches():
    "An image as a sequence of patches"
    d = Diagram(
        "patches",
        "An image as a sequence of patches",
        300,
        """An image is cut into four patches. The pixels of each are written as a
        vector, and a linear layer maps it to a patch embedding. A class token stands
        in front, and a position embedding is added to each of the five. The encoder
        reads this sequence, and a linear classifier takes the last hidden state of the
        class token.""",
    )
    for k in range(4):
        d.box(
            34 + 33 * (k % 2), 226 + 33 * (k // 2), 32, 32, str(k + 1), "data", 12, r=0
        )
    d.text(50, 286, "image", "data", 12)
    d.arrow((88, 242), (122, 242))
    encoder = d.box(212, 84, 250, 34, "encoder", "encoder")
    for k in range(5):
        x = 104 + 53 * k
        label, role = (f"patch {k}", "query") if k else ("class\ntoken", "latent")
        part = d.box(x, 144, 46, 34, label, role, 11)
        d.arrow(part, (x, encoder.bottom))
        d.text(x + 3 * (k > 0), 194, "+ pos.", "key", 11, "start" if k else "middle")
        if k:
            d.arrow(d.box(x, 242, 40, 30, str(k), "data", 12, r=0), part, role="query")
    d.text(232, 276, "each: $C P^2$ pixels, then a linear layer", size=12)
    head = d.box(104, 30, 110, 30, "linear: logits", "generator", 12)
    d.arrow((104, encoder.top), head)
    d.text(172, 30, "of the $K$ classes", size=12, anchor="start")
    return d


def gpt():
    "A decoder alone"
    d = Diagram(
        "gpt",
        "A decoder-only Transformer",
        316,
        """From the bottom up: tokens x1 to x4; embeddings of token and position are
        added; layers with causal attention and FFN; a norm; the LM head, which gives
        logits. Above each position stands the token it predicts, the next one: x2 to
        x5.""",
    )
    rows = (
        (240, "token embedding + position embedding", "latent"),
        (186, "layers: causal attention, FFN", "query"),
        (142, "norm", "plain"),
        (98, "LM head: $V$ logits each", "generator"),
    )
    boxes = [d.box(180, y, 330, 30, label, role, 12) for y, label, role in rows]
    for k in range(4):
        x = 60 + 80 * k
        token = d.box(x, 292, 46, 28, f"$x_{k + 1}$", "data")
        after = d.box(x, 46, 46, 28, f"$x_{k + 2}$", "loss")
        d.arrow(token, (x, boxes[0].bottom))
        d.arrow((x, boxes[0].top), (x, boxes[1].bottom))
        d.arrow((x, boxes[3].top), after)
    for low, high in ((1, 2), (2, 3)):
        d.arrow((180, boxes[low].top), (180, boxes[high].bottom))
    d.text(180, 16, "predicted: the next token", "loss", 12)
    return d


DIAGRAMS = [
    attention,
    multi_head,
    masks,
    norms,
    encoder_decoder,
    cache,
    rotary,
    bert_input,
    bert_heads,
    bert_masking,
    packed_rows,
    patches,
    gpt,
]
