"Diagrams of the chapters on VAE, GAN, DCGAN and M2"

from draw import Diagram


def vae():
    "Encoder, latent, decoder, and the two terms of the loss"
    d = Diagram(
        "vae",
        "A variational auto-encoder",
        286,
        """The encoder maps an image x to a mean μ and a variance σ² of each latent
        dimension. A latent z is drawn from this normal distribution, and the decoder
        maps it to a distribution of images. The loss has two terms: the KL divergence
        of the approximate posterior from the prior, and minus the log-likelihood of x
        under the decoder's distribution.""",
    )
    x = d.box(46, 34, 72, 40, "image\n$x$", "data")
    encoder = d.box(170, 34, 104, 40, "encoder\n$q_ϕ(z|x)$", "encoder")
    moments = d.box(300, 34, 84, 40, "$μ, log σ^2$\n$(B, d)$ each", "latent", 12)
    z = d.circle(300, 184, 24, "$z$", "latent", 15)
    decoder = d.box(180, 184, 104, 40, "decoder\n$p_θ(x|z)$", "generator")
    params = d.box(54, 184, 88, 40, "parameters\nof each pixel", "generator", 12)
    match = d.box(58, 108, 104, 44, "reconstruction\n$-log p_θ(x|z)$", "loss", 12)
    kl = d.box(184, 108, 116, 44, "KL term\n$KL(q_ϕ(z|x) ‖ p(z))$", "loss", 11)
    d.arrow(x, encoder)
    d.arrow(encoder, moments)
    d.arrow((306, moments.bottom), (306, z.top + 1))
    d.text(301, 128, "draw", anchor="end", size=12)
    d.arrow((270, moments.bottom), (270, 108), kl, role="loss")
    d.arrow(z, decoder)
    d.arrow(decoder, params)
    d.arrow((46, x.bottom), match, role="loss")
    d.arrow((54, params.top), match, role="loss")
    total = d.box(180, 258, 330, 34, "", "loss")
    d.text(180, total.y, "loss  =  reconstruction  +  KL term  =  −ELBO")
    return d


def reparameterisation():
    "A draw that stops the gradient, and one that passes it"
    d = Diagram(
        "reparameterisation",
        "The reparameterisation trick",
        262,
        """Two graphs from the encoder to the loss. On the left z is drawn from the
        normal distribution with mean μ and standard deviation σ, and the gradient ends
        at z. On the right z is computed as μ plus σ times noise ε, which is drawn
        outside, and the gradient passes through z to μ and σ.""",
    )
    for left, title in ((0, "plain draw"), (180, "reparameterised")):
        d.text(left + 90, 16, title, bold=True)
        f = d.box(left + 62, 52, 76, 30, "loss $f(z)$", "loss")
        z = d.circle(left + 62, 120, 20, "$z$", "latent", 15)
        mean = d.box(left + 34, 186, 40, 28, "$μ$", "latent")
        std = d.box(left + 90, 186, 40, 28, "$σ$", "latent")
        encoder = d.box(left + 62, 238, 96, 28, "encoder $ϕ$", "encoder")
        d.arrow(mean, z)
        d.arrow(std, z)
        d.arrow((left + 52, z.y - 17), (left + 52, f.bottom))
        d.arrow((mean.x, encoder.top), (mean.x, mean.bottom))
        d.arrow((std.x, encoder.top), (std.x, std.bottom))
        d.arrow((left + 72, f.bottom), (left + 72, z.y - 18), role="loss", dashed=True)
    d.text(84, 84, "gradient stops", "loss", 11, "start")
    d.text(88, 120, "$z ∼ N(μ, σ^2)$", size=12, anchor="start")
    noise = d.circle(330, 186, 18, "$ε$", "data", 15)
    d.arrow(noise, (330, 120), (262, 120))
    d.text(268, 108, "$z = μ + σ ⊙ ε$", size=12, anchor="start")
    d.text(264, 84, "gradient passes", "loss", 11, "start")
    d.text(330, 216, "$N(0, I)$", size=12)
    for near, far in (((254, 140), (284, 172)), ((232, 140), (202, 172))):
        d.arrow(near, far, role="loss", dashed=True)
    return d


def iwae():
    "The importance-weighted bound"
    d = Diagram(
        "importance-weighted-bound",
        "The importance-weighted bound",
        250,
        """The encoder gives the approximate posterior of an image x. L latents are
        drawn from it. Each latent has an importance weight: likelihood times prior
        divided by the approximate posterior. The logarithm of the mean of the weights
        is, in expectation, a lower bound of log p(x).""",
    )
    x = d.box(46, 60, 60, 34, "image $x$", "data", 12)
    q = d.box(46, 130, 76, 34, "$q_ϕ(z|x)$", "encoder")
    d.arrow(x, q)
    rows = ((40, "1"), (94, "2"), (174, "L"))
    mean = d.box(305, 106, 92, 56, "$log (1/L) ∑_k w_k$", "loss", 11)
    for y, k in rows:
        z = d.circle(128, y, 18, f"$z_{k}$", "latent")
        w = d.box(205, y, 70, 32, f"$w_{k}$", "generator")
        d.arrow((q.right, 130 + (y - 103) / 8), z)
        d.arrow(z, w)
        d.arrow(w, (mean.left, 106 + (y - 103) / 5))
    d.text(128, 134, "⋮")
    d.text(205, 134, "⋮")
    d.text(180, 216, "$w_k = p_θ(x|z_k) p(z_k) / q_ϕ(z_k|x)$", "generator")
    d.text(180, 238, "$E[log (1/L) ∑_k w_k] ≤ log p(x)$", "loss")
    return d


def gan():
    "Generator and discriminator, and what each wants"
    d = Diagram(
        "gan",
        "The game of a GAN",
        236,
        """Noise z enters the generator G, which makes a generated example G(z). Real
        examples x come from the distribution of the data. The discriminator D receives
        both and gives the probability that its input is real. The discriminator
        maximises the value V of the game, the generator minimises it.""",
    )
    z = d.circle(34, 54, 20, "$z$", "latent", 15)
    d.text(34, 90, "$z ∼ p_z$", size=12)
    g = d.box(116, 54, 84, 40, "generator\n$G$", "generator")
    fake = d.box(216, 54, 64, 40, "generated\n$G(z)$", "generator", 11)
    real = d.box(216, 132, 64, 40, "real\n$x ∼ p_d$", "data", 12)
    disc = d.box(312, 93, 84, 52, "discrimi-\nnator $D$", "encoder")
    d.arrow(z, g)
    d.arrow(g, fake)
    d.arrow(fake, (312, 54), disc)
    d.arrow(real, (312, 132), disc)
    d.arrow((340, disc.bottom), (340, 160))
    d.text(350, 170, "$P(real)$", size=12, anchor="end")
    d.text(8, 130, "$D$ maximises $V$", "encoder", anchor="start", bold=True)
    d.text(8, 152, "$G$ minimises $V$", "generator", anchor="start", bold=True)
    box = d.box(180, 208, 344, 34, "", "loss")
    d.text(180, box.y, "$V = E_x[log D(x)] + E_z[log(1 - D(G(z)))]$", size=13)
    return d


def gan_updates():
    "The two updates of a step"
    d = Diagram(
        "gan-updates",
        "The two updates of a GAN",
        334,
        """Above, the discriminator's update: real examples and generated ones,
        detached from the generator, are scored by D; the gradient of its binary
        cross-entropy goes back into D and ends at the generated examples. Below, the
        generator's update: generated examples are scored by D; the gradient of minus
        log D passes through D, whose weights stay, to G.""",
    )
    d.group(180, 94, 348, 172, "update of the discriminator", "encoder")
    g = d.box(60, 64, 76, 32, "$G$, fixed", "plain")
    fake = d.box(160, 64, 60, 32, "$G(z)$", "generator")
    real = d.box(160, 132, 60, 32, "$x$", "data")
    disc = d.box(246, 98, 60, 40, "$D$", "encoder", 15, bold=True)
    loss = d.box(317, 98, 50, 40, "loss", "loss")
    d.arrow(g, fake)
    d.arrow(fake, (240, 64), (240, disc.top))
    d.arrow(real, (240, 132), (240, disc.bottom))
    d.arrow((276, 92), (292, 92))
    d.arrow((292, 105), (276, 105), role="loss", dashed=True)
    d.arrow((254, disc.top), (254, 52), (192, 52), role="loss", dashed=True)
    d.path((130 - 12, 52), (118, 76), role="loss")
    d.text(18, 104, "detach: no\ngradient to $G$", "loss", 11, "start")
    d.text(18, 161, "loss: $-log D(x) - log(1 - D(G(z)))$", anchor="start", size=12)
    d.group(180, 258, 348, 140, "update of the generator", "generator")
    g = d.box(60, 242, 60, 40, "$G$", "generator", 15, bold=True)
    fake = d.box(148, 242, 60, 32, "$G(z)$", "generator")
    disc = d.box(238, 242, 76, 32, "$D$, fixed", "plain")
    loss = d.box(317, 242, 50, 40, "loss", "loss")
    for a, b in ((g, fake), (fake, disc), (disc, loss)):
        d.arrow((a.right, 236), (b.left, 236))
        d.arrow((b.left, 249), (a.right, 249), role="loss", dashed=True)
    d.text(18, 288, "loss: $-log D(G(z))$", anchor="start", size=12)
    d.text(18, 310, "dashed: gradient", "loss", 12, "start")
    return d


NETWORKS = (
    (
        78,
        "generator",
        "generator",
        "latent",
        "data",
        ("noise  100", "128 × 7 × 7", "64 × 14 × 14", "image 1 × 28 × 28"),
        ("linear, norm, ReLU", "stride 2, norm, ReLU", "stride 2, tanh"),
    ),
    (
        233,
        "discriminator",
        "encoder",
        "data",
        "loss",
        ("image 1 × 28 × 28", "64 × 14 × 14", "128 × 7 × 7", "logit  1"),
        ("stride 2, leaky", "stride 2, norm, leaky", "linear"),
    ),
)
RULES = (
    ("strides", "strided convolutions instead of pooling"),
    ("norm", "batch norm, not in the layers at the image"),
    ("direct", "no hidden linear layers"),
    ("relu", "ReLU in the generator, tanh at its end"),
    ("leaky", "leaky ReLU in the discriminator"),
)


def dcgan():
    "The five rules on the two networks"
    d = Diagram(
        "dcgan",
        "The five rules of the DCGAN",
        420,
        """Two columns of layers. Generator, from the bottom up: noise of 100 numbers,
        a linear layer to 128 maps of 7 by 7 with batch norm and ReLU, a layer of
        stride 2 to 64 maps of 14 by 14 with batch norm and ReLU, a layer of stride 2
        to one image of 28 by 28 with tanh. Discriminator, from the bottom up: an
        image, a layer of stride 2 to 64 maps of 14 by 14 with leaky ReLU, a layer of
        stride 2 to 128 maps of 7 by 7 with batch norm and leaky ReLU, a linear layer
        to one logit. The five rules are listed below: strides, norm, direct, relu,
        leaky.""",
    )
    for x, title, role, first, last, shapes, layers in NETWORKS:
        d.text(x, 14, title, role, bold=True)
        widths = (76, 84, 104, 134) if x < 180 else (134, 104, 84, 76)
        boxes = []
        for k, (label, w) in enumerate(zip(shapes, widths)):
            kind = (first, role, role, last)[k]
            boxes.append(d.box(x, 228 - 62 * k, w, 28, label, kind, 12))
        for below, above, label in zip(boxes, boxes[1:], layers):
            d.arrow(below, above)
            d.text(
                x + 6, (below.top + above.bottom) / 2, label, size=11, anchor="start"
            )
    for k, (name, text) in enumerate(RULES):
        y = 274 + 29 * k
        d.box(44, y, 66, 23, name, "plain", 12, bold=True)
        d.text(88, y, text, size=12, anchor="start")
    return d


def m2():
    "The model M2 with and without a label"
    d = Diagram(
        "m2",
        "The model M2",
        300,
        """Left, an image with its label: a conditional VAE encodes image and label to
        a latent z and decodes z and label; the loss is L(x, y). Right, an image
        without a label: a classifier gives q(y given x), the conditional VAE is run
        once for each class, and the loss U(x) is the mean of L(x, y) under q minus the
        entropy of q.""",
    )
    d.text(90, 16, "label known", bold=True)
    d.text(270, 16, "label missing", bold=True)
    x, y = d.box(50, 52, 56, 32, "$x$", "data"), d.box(136, 52, 56, 32, "$y$", "data")
    encoder = d.box(64, 118, 100, 36, "encoder\n$q(z|x,y)$", "encoder", 12)
    z = d.circle(64, 174, 18, "$z$", "latent")
    decoder = d.box(92, 228, 140, 32, "decoder $p(x|y,z)$", "generator", 12)
    d.arrow((50, x.bottom), (50, encoder.top))
    d.arrow((124, y.bottom), (124, 84), (86, 84), (86, encoder.top))
    d.arrow((142, y.bottom), (142, decoder.top))
    d.arrow(encoder, z)
    d.arrow(z, decoder)
    d.path((180, 30), (180, 290), dashed=True)
    d.text(90, 272, "loss $L(x, y)$", "loss", 14)
    x = d.box(270, 52, 56, 32, "$x$", "data")
    classifier = d.box(270, 106, 128, 32, "classifier $q(y|x)$", "encoder", 12)
    d.arrow(x, classifier)
    for k, label in enumerate(("$y = 1$", "$y = 2$", "$y = K$")):
        place = 216 + 54 * k
        y = d.box(place, 158, 48, 24, label, "latent", 12)
        vae = d.box(place, 206, 48, 32, "$L(x, y)$", "generator", 11)
        d.arrow((place, classifier.bottom), y)
        d.arrow(y, vae)
    d.arrow((270, 222), (270, 240))
    d.text(270, 252, "$U(x) = ∑_y q(y|x) L(x, y)$", "loss", 12)
    d.text(270, 276, "$- H(q(y|x))$", "loss", 12)
    return d


DIAGRAMS = [vae, reparameterisation, iwae, gan, gan_updates, dcgan, m2]
