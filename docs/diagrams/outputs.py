"What models of the book make: the picture that opens the index and the README"

import io
from base64 import b64encode
from pathlib import Path

import PIL.Image
import torch
from draw import Diagram

from genmodels.bert import fill_mask, load_bert
from genmodels.dcgan import generate

RECORD = Path(__file__).resolve().parents[2] / "nbs/results"
BLANKS = (
    "Open the [MASK] for reading.",
    "Raise an [MASK] if the file does not exist.",
    "Paris is the [MASK] of France.",
)
ROWS, PITCH = 3, 32  # rows of digits; pixels from one digit to the next


def digits():
    "Ten columns of digits, one class each, as a PNG with transparent gaps"
    torch.manual_seed(5)
    drawn = generate(10 * ROWS)[:, 0].mul(15).round().mul(17).to(torch.uint8)
    sheet = torch.zeros(ROWS * PITCH - 4, 10 * PITCH - 4, 2, dtype=torch.uint8)
    for k, digit in enumerate(drawn):
        top, left = k // 10 * PITCH, k % 10 * PITCH
        sheet[top : top + 28, left : left + 28, 0] = digit
        sheet[top : top + 28, left : left + 28, 1] = 255
    picture = PIL.Image.fromarray(sheet.numpy(), "LA")
    picture.save(file := io.BytesIO(), "PNG", optimize=True)
    return b64encode(file.getvalue()).decode(), sheet.shape[1], sheet.shape[0]


def outputs():
    "Digits, words in place of [MASK], and lines of two language models"
    d = Diagram(
        "outputs",
        "What models of this book make",
        370,
        """Three rows of ten handwritten digits from 0 to 9, drawn by a DCGAN. Below,
        three sentences in which a BERT trained on Python's documentation has filled in
        a word, each with the word's probability: open the file for reading; raise an
        exception if the file does not exist; Paris is the version of France. Below, two
        lines of verse by a language model trained on Shakespeare, and one by a language
        model trained on Tang poems.""",
    )
    d.text(20, 16, "Digits that a DCGAN drew", "generator", anchor="start", bold=True)
    d.image(20, 28, *digits())
    d.text(20, 142, "Words that a BERT filled in", "encoder", anchor="start", bold=True)
    d.text(340, 142, "probability", "plain", anchor="end")
    model, tokenizer = load_bert()
    for k, sentence in enumerate(BLANKS):
        (word, share), *_ = fill_mask(model, tokenizer, sentence, 1)[0]
        before, after = sentence.split("[MASK]")
        y = 164 + 20 * k
        d.words(20, y, (before, None), (word, "encoder"), (after, None))
        d.text(340, y, f"{share:.0%}", "plain", anchor="end")
    d.text(20, 228, "It knows only Python's documentation.", "plain", anchor="start")
    d.text(
        20, 260, "Lines that language models wrote", "data", anchor="start", bold=True
    )
    plays = (RECORD / "lm-shakespeare.txt").read_text(encoding="utf-8").splitlines()
    poems = (RECORD / "lm-tang.txt").read_text(encoding="utf-8").splitlines()
    start = next(k for k, line in enumerate(plays) if line.startswith("If thou dead"))
    for k, line in enumerate(plays[start : start + 2]):
        d.text(20, 282 + 20 * k, line, anchor="start")
    verse = next(line for line in poems if line.startswith("青山"))
    d.text(20, 328, verse, anchor="start", size=15)
    d.text(20, 352, "after Shakespeare, and after Tang poems", "plain", anchor="start")
    return d


DIAGRAMS = (outputs,)
