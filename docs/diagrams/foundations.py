"Diagrams of the first page and of the chapters on data, training and measuring"

from draw import Diagram


def book():
    "The parts of the book and the order of reading"
    d = Diagram(
        "map",
        "The map of the book",
        426,
        """Parts of the book as boxes with the numbers of their chapters. Foundations
        (01 background, 03 training, 04 measuring) lead to models of images (21 VAE, 22
        GAN, 23 DCGAN, 24 diffusion) and to models of text (11 decoding, 12 recurrent
        networks, 31 attention, 32 Transformer, 36 language model, 33 BERT). Both lead
        to 41, where the two meet, and from there to four challenges: 51 computing, 52
        scarcity, 53 complexity, 54 interpretability. A separate box names the path to
        use the models: 71 your own data, 66 command line, 75 serving.""",
    )
    top = d.box(180, 40, 330, 62, "", "plain")
    d.text(180, 24, "Foundations", bold=True)
    d.text(180, 50, "01 background · 03 training · 04 measuring", size=12)
    images = d.box(68, 155, 118, 112, "", "generator")
    d.text(68, 116, "Models of images", bold=True, size=12)
    d.text(68, 166, "21 VAE\n22 GAN\n23 DCGAN\n24 diffusion", size=12)
    texts = d.box(243, 155, 218, 112, "", "encoder")
    d.text(243, 116, "Models of text", bold=True, size=12)
    early = "11 decoding\n12 recurrent\n31 attention"
    late = "32 Transformer\n36 language model\n33 BERT"
    d.text(141, 158, early, size=12, anchor="start")
    d.text(231, 158, late, size=12, anchor="start")
    link = d.box(180, 252, 330, 38, "41  Where the two meet", "latent", bold=True)
    hard = d.box(180, 324, 330, 66, "", "loss")
    d.text(180, 306, "Four challenges", bold=True)
    d.text(180, 328, "51 computing · 52 scarcity", size=12)
    d.text(180, 343, "53 complexity · 54 interpretability", size=12)
    d.box(180, 393, 330, 48, "", "data")
    d.text(180, 382, "To use the models", bold=True)
    d.text(180, 403, "71 your own data · 66 command line · 75 serving", size=12)
    d.arrow((68, top.bottom), images)
    d.arrow((243, top.bottom), texts)
    d.arrow((68, images.bottom), (68, link.top))
    d.arrow((243, texts.bottom), (243, link.top))
    d.arrow(link, hard)
    return d


def two_arrows():
    "A generative and a discriminative model"
    d = Diagram(
        "generative-discriminative",
        "A generative and a discriminative model",
        226,
        """Two rows. The generative model draws a class y from p(y) and then a picture
        x from p(x given y), so it describes p(x, y). The discriminative model is given
        a picture x and describes the class, p(y given x).""",
    )
    for top, title, role in (
        (0, "generative", "generator"),
        (116, "discriminative", "encoder"),
    ):
        d.text(12, top + 18, title, role, 14, "start", bold=True)
    y = d.box(46, 66, 64, 44, "class\n$y$", "data")
    x = d.box(304, 66, 84, 44, "picture\n$x$", "data")
    model = d.box(170, 66, 92, 44, "$p(x|y)$", "generator", 14)
    d.arrow(y, model)
    d.arrow(model, x)
    d.text(12, 100, "$p(y)$", size=12, anchor="start")
    d.text(348, 18, "$p(x, y) = p(y) p(x|y)$", "generator", anchor="end")
    y = d.box(46, 182, 64, 44, "class\n$y$", "data")
    x = d.box(304, 182, 84, 44, "picture\n$x$", "data")
    model = d.box(170, 182, 92, 44, "$p(y|x)$", "encoder", 14)
    d.arrow(x, model)
    d.arrow(model, y)
    d.text(348, 134, "$p(y|x)$ alone; $x$ is given", "encoder", anchor="end")
    return d


def splits():
    "Three splits, and copies of one example that stay together"
    d = Diagram(
        "splits-groups",
        "Splits and groups",
        300,
        """A bar of all examples is divided into training, validation and test split:
        one to fit the model, one to choose, one to report once. Below, four groups A
        to D of three equal rows. Split by rows, groups B and D have rows in the
        training split and in the test split, which is a leak. Split by groups, each
        group lies whole in one split.""",
    )
    parts = (
        (108, 200, "training", "data", "fit"),
        (244, 72, "validation", "key", "choose"),
    )
    for x, w, name, role, use in (*parts, (316, 72, "test", "loss", "report")):
        d.box(x, 30, w, 34, name, role, 12)
        d.text(x, 60, use, role, 12)
    rows = (
        (112, "by rows", "AAABBCCCD", "BDD", "a leak: B and D are on both sides"),
        (212, "by groups", "AAABBBCCC", "DDD", "each group lies on one side"),
    )
    for y, title, train, test, note in rows:
        d.text(8, y - 12, title, anchor="start", bold=True)
        for k, letter in enumerate(train + test):
            inside = k < len(train)
            both = letter in train and letter in test
            role = "data" if inside else "loss"
            x = 20 + 26 * k + (0 if inside else 20)
            d.box(x, y + 18, 23, 26, letter, role, bold=both)
        d.text(125, y + 46, "training split", "data", 12)
        d.text(302, y + 46, "test split", "loss", 12)
        d.text(352, y - 12, note, None, 12, "end")
    return d


def batch():
    "A batch, its micro-batches, and one update"
    d = Diagram(
        "micro-batches",
        "A batch, micro-batches, an update",
        292,
        """A batch B is cut into three micro-batches. Each gives a sum of losses, its
        gradient, and a sum of weights. The gradients are added, divided by the sum of
        all weights, and the optimizer makes one update of θ.""",
    )
    d.box(
        180,
        26,
        336,
        34,
        "batch $B$: examples with losses $ℓ_i$, weights $w_i$",
        "data",
        12,
    )
    total = d.box(
        180,
        194,
        336,
        34,
        "$g$  =  sum of the gradients / sum of the weights",
        "loss",
        12,
    )
    for k, x in enumerate((66, 180, 294), 1):
        part = d.box(x, 82, 104, 30, f"micro-batch $B_{k}$", "data", 12)
        grad = d.box(x, 138, 104, 34, f"$∇∑ℓ_i, W_{k} = ∑w_i$", "loss", 12)
        d.arrow((x, 43), part)
        d.arrow(part, grad)
        d.arrow(grad, (x, total.top))
    step = d.box(180, 252, 200, 34, "one update of $θ$", "encoder", bold=True)
    d.arrow(total, step)
    return d


REAL = ((30, 52), (52, 34), (52, 78), (84, 56), (106, 84), (116, 54))
FAKE = ((76, 60), (98, 72), (106, 54), (82, 88), (150, 96), (140, 118))


def radius(point, others, k=1):
    "Distance from a point to the k-th nearest other one"
    far = sorted(((point[0] - x) ** 2 + (point[1] - y) ** 2) ** 0.5 for x, y in others)
    return far[k]  # the first is the point itself


def _squares(d, left, points, balls, role):
    "A square for each point, filled if it lies in a ball; how many are filled"
    inside = 0
    for x, y in points:
        hit = any((x - a) ** 2 + (y - b) ** 2 <= r * r for a, b, r in balls)
        inside += hit
        at = f"M{left + x - 4} {y + 26}h8v8h-8z"
        kind = f"h-{d._use(role)}" if hit else f"l-{d._use(role)}"
        d.parts.append(f'<path class="{kind}" d="{at}"/>')
    return inside


def precision_recall():
    "Two clouds: which points of one lie in balls around the other"
    d = Diagram("precision-recall", "Precision and recall of two clouds", 250, "")
    panels = (
        (4, "precision", REAL, FAKE, "data", "generator", "real", "generated"),
        (182, "recall", FAKE, REAL, "generator", "data", "generated", "real"),
    )
    found = []
    for left, name, around, asked, ball, dot, whose, which in panels:
        d.text(left + 87, 14, name, bold=True)
        balls = [(x, y, radius((x, y), around)) for x, y in around]
        for x, y, r in balls:
            d.parts.append(
                f'<circle class="{d._use(ball)}" fill-opacity=".6" cx="{left + x}"'
                f' cy="{y + 30}" r="{r:.1f}"/>'
            )
        for x, y, _ in balls:
            d.parts.append(
                f'<circle class="h-{ball}" cx="{left + x}" cy="{y + 30}" r="2.5"/>'
            )
        inside = _squares(d, left, asked, balls, dot)
        found.append((inside, len(asked)))
        d.text(left + 87, 196, f"balls around {whose}", ball, 12)
        d.text(left + 87, 216, f"{inside} of {len(asked)} {which} in a ball", dot, 12)
    (p, n), (r, m) = found
    d.text(180, 238, "filled square: inside a ball; open square: outside", size=12)
    d.desc = (
        "Two panels with the same six real and six generated points. Left, balls around"
        " the real points, each reaching to the nearest other real point:"
        f" {p} of {n} generated points lie in a ball, which is the precision. Right,"
        f" balls around the generated points: {r} of {m} real points lie in a ball,"
        " which is the recall."
    )
    return d


DIAGRAMS = [book, two_arrows, splits, batch, precision_recall]
