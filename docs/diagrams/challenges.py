"Diagrams of the chapters on the link, the four challenges and the record"

from math import exp

from draw import Diagram


def linear_attention():
    "Linear attention as a recurrence"
    d = Diagram(
        "linear-attention",
        "Linear attention as a recurrent network",
        262,
        """Two positions of a recurrence. The state, a matrix S and a vector z, runs
        from left to right. At each position the outer product of the key's feature and
        the value is added to S, and the key's feature to z. The query's feature reads
        both and gives the output y.""",
    )
    places = ((108, "i"), (256, "i+1"))
    before = None
    for x, i in places:
        cell = d.box(
            x, 112, 104, 46, "$S ← S + ϕ(k) v^⊤$\n$z ← z + ϕ(k)$", "latent", 10.8
        )
        key = d.box(x - 24, 184, 44, 28, f"$k_{{{i}}}$", "key")
        value = d.box(x + 24, 184, 44, 28, f"$v_{{{i}}}$", "value")
        d.arrow(key, (x - 24, cell.bottom))
        d.arrow(value, (x + 24, cell.bottom))
        read = d.box(x, 50, 62, 28, f"$y_{{{i}}}$", "value")
        query = d.box(x + 60, 80 - 30, 40, 28, f"$q_{{{i}}}$", "query", 12)
        d.arrow(cell, read)
        d.arrow(query, read)
        d.arrow(before or (8, 112), cell, role="latent")
        before = cell
    d.arrow(before, (354, 112), role="latent")
    d.text(30, 96, "$S, z$", "latent", 12)
    d.text(328, 96, "$S, z$", "latent", 12)
    d.text(180, 14, "output $y_i = ϕ(q_i)^⊤ S_i / ϕ(q_i)^⊤ z_i$", "value")
    d.text(180, 222, "$S$ is $(d, E)$ and $z$ is $(d)$: their size does", "latent", 12)
    d.text(180, 240, "not depend on the number of positions read", "latent", 12)
    return d


def jem():
    "A classifier read as a density"
    d = Diagram(
        "jem",
        "A joint energy-based model",
        262,
        """A picture x enters a network, which gives one logit f for each class
        y. Read in one way, by a softmax over the classes, the logits give p(y
        given x). Read in another way, the sum of their exponentials over the
        classes, divided by an unknown Z, is p(x); its negative logarithm up to
        a constant is the energy E.""",
    )
    x = d.box(44, 110, 64, 40, "picture\n$x$", "data", 12)
    net = d.box(132, 110, 80, 40, "network", "encoder")
    d.arrow(x, net)
    logits = d.box(226, 110, 74, 40, "logits\n$f_y(x)$", "latent", 12)
    d.arrow(net, logits)
    one = d.box(
        236, 38, 228, 36, "$p(y|x) = exp f_y(x) / ∑_{y'} exp f_{y'}(x)$", "encoder", 12
    )
    two = d.box(
        220,
        182,
        260,
        36,
        "$p(x) = ∑_y exp f_y(x) / Z = exp(-E(x)) / Z$",
        "generator",
        12,
    )
    d.arrow(logits, (226, one.bottom))
    d.arrow(logits, (226, two.top))
    d.text(234, 74, "softmax: a classifier", "encoder", 12, "start")
    d.text(234, 148, "sum: a density", "generator", 12, "start")
    d.text(180, 226, "energy $E(x) = -log ∑_y exp f_y(x)$", "generator")
    d.text(180, 248, "$p(x, y) = exp f_y(x) / Z$", size=12)
    return d


def _micro_batches(d, left, top):
    "Three micro-batches, which pass from the first device to the second"
    for n in range(3):
        x = left + 26 + 20 * n
        d.box(x, top + 146, 17, 20, f"{n + 1}", "data", 10.8, r=2)
    turn = (left + 46, top + 106)
    d.arrow((left + 46, top + 85), turn, (left + 98, top + 106))


def parallelism():
    "Four ways to divide a training among devices"
    d = Diagram(
        "parallelism",
        "Data, sharded data, tensor and pipeline parallelism",
        420,
        """Four panels with two devices each. Data parallel: each device has all
        weights and half of the batch, and the gradients are summed. Fully sharded: the
        same, but each device keeps half of every layer and gathers the other half when
        the layer's turn comes. Tensor parallel: each device has half of every layer
        and all of the batch; the outputs are exchanged in each layer. Pipeline
        parallel: one device has layers 1 and 2, the other layers 3 and 4, and micro-
        batches pass from one to the other.""",
    )
    panels = (
        ("data parallel", "sum of the gradients"),
        ("fully sharded (FSDP)", "gather layer by layer"),
        ("tensor parallel", "exchange in each layer"),
        ("pipeline parallel", "pass outputs on"),
    )
    for k, (title, note) in enumerate(panels):
        left, top = 4 + 178 * (k % 2), 4 + 200 * (k // 2)
        d.group(left + 87, top + 96, 172, 190, title, size=12)
        d.text(left + 87, top + 176, note, "loss", 12)
        for j, x in enumerate((left + 46, left + 128)):
            d.text(x, top + 36, f"device {j + 1}", size=11)
            _layers(d, k, j, x, top)
            if k < 3:
                label = f"half {j + 1}" if k < 2 else "batch"
                d.box(x, top + 146, 60, 20, label, "data", 10.8, r=2)
        if k == 3:
            _micro_batches(d, left, top)
    d.text(180, 408, "1 to 4: layers; below: the batch or its parts", size=12)
    return d


def _layers(d, panel, device, x, top):
    "The layers, or parts of layers, that a device holds"
    whole = panel in (0, 3)
    shift = 0 if whole else (-15, 15)[device]
    for n in range(4):
        y = top + 56 + 20 * n
        if panel == 3 and n // 2 != device:
            continue
        if panel == 1:
            corners = [
                (x - 30, y - 8),
                (x + 30, y - 8),
                (x + 30, y + 8),
                (x - 30, y + 8),
            ]
            d.path(*corners, corners[0], dashed=True)
        d.box(x + shift, y, 60 if whole else 30, 17, f"{n + 1}", "encoder", 10.8, r=2)


def memory():
    "What a training keeps in memory"
    d = Diagram(
        "training-memory",
        "Memory of a training in single precision",
        150,
        """A bar of four parts, in bytes for each weight: the weight itself 4, its
        gradient 4, and the two moments of Adam 8. Behind them, the activations, which
        are counted for each example and grow with the batch.""",
    )
    left = 10
    parts = (("weight", 4, "encoder"), ("gradient", 4, "loss"))
    for label, size, role in (*parts, ("Adam's moments", 8, "latent")):
        w = 15 * size
        d.box(left + w / 2, 50, w, 38, label, role, 11.5, r=2)
        d.text(left + w / 2, 84, f"{size} bytes", role, 12)
        left += w
    d.box(left + 50, 50, 100, 38, "activations", "data", 12, r=2)
    d.text(left + 50, 84, "with the batch", "data", 12)
    d.text(10, 16, "per weight", anchor="start", bold=True, size=12)
    d.text(left + 6, 16, "per example", anchor="start", bold=True, size=12)
    d.text(180, 116, "16 bytes a weight, and what the backward pass needs", size=12)
    d.text(180, 134, "of the forward pass", size=12)
    return d


def lora():
    "A frozen matrix and an update of low rank"
    d = Diagram(
        "lora",
        "Low-rank adaptation",
        286,
        """The input x of d numbers goes two ways. On the left it is multiplied by the
        frozen matrix W. On the right it is multiplied by A, which maps it to r
        numbers, then by B, which maps these to k numbers, and by α over r. The sum of
        both is the output y. W is frozen, and B starts as zero.""",
    )
    x = d.box(180, 262, 110, 30, "$x  (d)$", "data")
    w = d.box(96, 152, 120, 110, "$W  (k × d)$\nfrozen", "plain")
    a = d.box(270, 192, 120, 30, "$A  (r × d)$", "generator")
    b = d.box(270, 112, 46, 86, "$B$\n$k × r$", "generator", 12)
    add = d.circle(180, 42, 12, "+")
    d.arrow((150, x.top), (150, 228), (96, 228), w)
    d.arrow((210, x.top), (210, 228), (270, 228), a)
    d.arrow(a, b)
    d.arrow(w, (96, 42), add)
    d.arrow(b, (270, 42), add)
    d.arrow(add, (180, 12))
    d.text(192, 14, "$y = W x + (α/r) B A x$", anchor="start")
    d.text(262, 56, "$× α/r$", "generator", 12, "end")
    d.text(300, 112, "starts\nas zero", "generator", 12, "start")
    return d


def int8():
    "A row of weights in 255 steps"
    d = Diagram("int8", "Quantization of a row to int8", 196, "")
    row = (0.5, -1.27, 0.03, 0.904)
    step = max(map(abs, row)) / 127
    q = [round(w / step) for w in row]
    for k, (w, n) in enumerate(zip(row, q)):
        x = 128 + 60 * k
        told = (f"{w:g}", f"{n}", f"{n * step:.2f}")
        first, whole, last = (text.replace("-", "−") for text in told)
        above = d.box(x, 40, 52, 28, first, "data", 12, r=2)
        middle = d.box(x, 102, 52, 28, whole, "encoder", 12, bold=True, r=2)
        below = d.box(x, 164, 52, 28, last, "data", 12, r=2)
        d.arrow(above, middle)
        d.arrow(middle, below)
    d.text(8, 32, "weights $w_i_j$", anchor="start", size=12)
    d.text(8, 48, "32 bits each", "data", 12, "start")
    d.text(8, 94, "$q_i_j$", anchor="start", size=12)
    d.text(8, 110, "8 bits each", "encoder", 12, "start")
    d.text(8, 156, "$Δ_i q_i_j$", anchor="start", size=12)
    d.text(8, 172, "used", "data", 12, "start")
    rule = f"one row, one step: $Δ_i$ = 1.27 / 127 = {step:.2f}"
    d.text(354, 12, rule, None, 12, "end")
    d.desc = (
        "A row of four weights, {}, with its step, the largest absolute weight divided by"
        " 127, which is {:.2f}. Divided by the step and rounded they are the integers {}."
        " Times the step they are {}, which the network uses."
    ).format(
        ", ".join(f"{w:g}" for w in row),
        step,
        ", ".join(map(str, q)),
        ", ".join(f"{n * step:.2f}" for n in q),
    )
    return d


def distillation():
    "Teacher, student and the two parts of the loss"
    d = Diagram(
        "distillation",
        "Knowledge distillation",
        278,
        """An input x enters the teacher, which is fixed, and the student. The
        student's logits s are compared with the label y by the cross-entropy, and,
        softened by a temperature T, with the teacher's logits u by a KL divergence.
        The loss is a weighted sum of both.""",
    )
    x = d.box(40, 96, 60, 34, "input $x$", "data", 12)
    teacher = d.box(136, 44, 96, 40, "teacher\nfixed", "plain", 12)
    student = d.box(136, 150, 96, 40, "student", "encoder")
    u = d.box(254, 44, 96, 40, "$softmax(u/T)$", "plain", 12)
    soft = d.box(254, 124, 96, 34, "$softmax(s/T)$", "encoder", 12)
    hard = d.box(254, 190, 96, 34, "$softmax(s)$", "encoder", 12)
    label = d.box(136, 216, 96, 34, "label $y$", "data", 12)
    d.arrow((52, x.top), (52, 44), teacher)
    d.arrow((52, x.bottom), (52, 150), student)
    d.arrow(teacher, u)
    d.arrow((student.right, 143), (194, 143), (194, 124), soft)
    d.arrow((student.right, 158), (194, 158), (194, 184), (hard.left, 184))
    d.arrow(u, soft, role="loss")
    d.arrow(soft, u, role="loss")
    d.text(262, 85, "KL", "loss", 12, "start", bold=True)
    d.arrow(label, (194, 216), (194, 198), (hard.left, 198), role="loss")
    d.box(
        180, 256, 340, 30, "$loss = (1 - α) (-log softmax(s)_y) + α T^2 KL$", "loss", 12
    )
    return d


def integrated_gradients():
    "The path from the baseline to the input"
    d = Diagram(
        "integrated-gradients",
        "The path of integrated gradients",
        236,
        """A curve of the score s along the straight path from the baseline b, at t =
        0, to the input x, at t = 1. It rises and then is flat. At four midpoints the
        slope is drawn; at the last of them, near x, it is almost zero. The height
        gained is the score of x minus that of b, which the attributions sum to.""",
    )
    left, bottom, wide, high = 40, 180, 270, 130

    def score(t):
        return 1 / (1 + exp(-10 * (t - 0.4)))

    def place(t):
        return left + wide * t, bottom - high * score(t)

    d.arrow((left, bottom), (left, 24))
    d.arrow((left, bottom), (346, bottom))
    points = [place(k / 40) for k in range(41)]
    d.curve("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), "encoder")
    for k in range(4):
        t = (k + 0.5) / 4
        x, y = place(t)
        slope = high / wide * 10 * score(t) * (1 - score(t))
        dx = 24 / (1 + slope**2) ** 0.5
        d.path((x - dx, y + slope * dx), (x + dx, y - slope * dx), role="loss")
        d.parts.append(f'<circle class="h-loss" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
    low, top = place(0)[1], place(1)[1]
    d.path((left + wide, bottom), (left + wide, top), dashed=True)
    d.path((left, low), (left + wide, low), dashed=True)
    d.text(left, 196, "$b$", "data")
    d.text(left + wide, 196, "$x$", "data")
    d.text(175, 196, "$b + t (x - b)$", size=12)
    d.text(50, 16, "score $s_c$", "encoder", 12, "start")
    d.text(302, 112, "sum of all $a_i$\n$= s_c(x) - s_c(b)$", "encoder", 12, "end")
    d.text(180, 222, "dots: slopes at the midpoints, which are averaged", "loss", 12)
    return d


def row_life():
    "From a recipe to a line of the record"
    d = Diagram(
        "ledger-row",
        "The life of a row of the ledger",
        330,
        """From top to bottom: a recipe is trained with several seeds; each run is
        scored; value and interval are computed from the runs; with data hash, cost,
        hardware, commit and references they make a row, which is checked and written
        as one JSON file; chapters, the record and the command line read their numbers
        from there.""",
    )
    recipe = d.box(180, 26, 200, 30, "recipe: data, settings, metric", "plain", 12)
    interval = d.box(180, 152, 220, 30, "value and interval", "generator")
    for k, x in enumerate((80, 180, 280)):
        run = d.box(x, 78, 84, 28, f"train, seed {k}", "encoder", 12)
        score = d.box(x, 114, 84, 24, "score", "loss", 12)
        d.arrow((x, recipe.bottom), run)
        d.arrow(run, score)
        d.arrow(score, (x, interval.top))
    row = d.box(
        180, 210, 220, 30, "row: one JSON file, checked", "latent", bold=True, size=12
    )
    d.arrow(interval, row)
    d.text(172, 181, "with data hash, cost,", None, 11, "end")
    d.text(188, 181, "hardware, commit, references", None, 11, "start")
    for x, label in ((64, "chapters"), (180, "the record"), (296, "command line")):
        page = d.box(x, 272, 104, 30, label, "data", 12)
        d.arrow((180 + (x - 180) * 0.7, row.bottom), page)
    d.text(180, 308, "every page reads its numbers from the row", size=12)
    return d


DIAGRAMS = [
    linear_attention,
    jem,
    parallelism,
    memory,
    lora,
    int8,
    distillation,
    integrated_gradients,
    row_life,
]
