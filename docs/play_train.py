"""Train the two small models that the package does not hold and figures of the site run:
a translator of number words, as chapter 32 trains it, and a language model of the embedded
documentation. `python docs/play_train.py translator|language-model` writes the weights
and the tokenizer into docs/play/weights."""

import json
import sys
from functools import partial

import torch
from play_site import SOURCE
from safetensors.torch import save_file
from torch import Tensor

from genmodels.bert import adamw
from genmodels.data import load_pairs, load_text
from genmodels.demo import _fit_translator
from genmodels.language_model import LanguageModel
from genmodels.losses import token_cross_entropy
from genmodels.models import _description
from genmodels.text_recipes import _read_pairs
from genmodels.tokenization import train_tokenizer
from genmodels.training import evaluate_loss, fit, warmup_cosine
from genmodels.transformer import collate_pairs, encode_pairs, translation_loss


def translator():
    "The translator of the chapter, its tokenizer, and nats a token on unseen numbers"
    tokenizer, rows = _read_pairs("numbers", 200)
    torch.manual_seed(0)
    model, _ = _fit_translator(tokenizer.get_vocab_size(), rows, steps=1500)
    unseen = load_pairs("numbers")["validation"]
    rows = encode_pairs(tokenizer, unseen["source"], unseen["target"])
    loss = partial(translation_loss, smoothing=0.0)
    return model, tokenizer, evaluate_loss(model, loss, rows, collate=collate_pairs)


def language_model(length=64):
    "A language model of the documentation, its tokenizer, and nats a token on held-out text"
    texts = load_text("pydocs")
    tokenizer = train_tokenizer(texts["train"]["text"], 1000, "byte-bpe")

    def rows(split):
        lines = (encoding.ids for encoding in tokenizer.encode_batch(texts[split]["text"]))
        end = tokenizer.token_to_id("[EOS]")
        stream = [token for ids in lines for token in (*ids, end)]
        count = len(stream) // (length + 1)
        return torch.tensor(stream[: count * (length + 1)]).view(count, length + 1)

    def loss(model: LanguageModel, tokens: Tensor, step: int) -> Tensor:
        h = model.features(tokens[:, :-1])
        return token_cross_entropy(h, tokens[:, 1:], model.lm_head, pad=-1)

    torch.manual_seed(0)
    size = tokenizer.get_vocab_size()
    model = LanguageModel(size, 96, 4, 2, 384, dropout=0.0, max_length=length)
    steps = 2000
    fit(
        model,
        loss,
        rows("train"),
        steps=steps,
        batch_size=24,
        collate=torch.stack,
        optimizer=partial(adamw, lr=3e-3, weight_decay=0.05),
        schedule=warmup_cosine(steps, 100),
        clip=1.0,
    )
    held_out = rows("validation")[:500]
    return model, tokenizer, evaluate_loss(model, loss, held_out, collate=torch.stack)


MODELS = {
    "translator": ("translator-numbers", translator),
    "language-model": ("language-model-pydocs", language_model),
}


def main(name):
    file, train = MODELS[name]
    model, tokenizer, nats = train()
    path = SOURCE / f"weights/{file}.safetensors"
    path.parent.mkdir(exist_ok=True)
    half = {key: w.detach().half() for key, w in model.named_parameters()}
    save_file(half, path, {"config": json.dumps(_description(model))})
    tokenizer.save(str(path.with_suffix(".tokenizer.json")), pretty=False)
    print(f"{path.name}: {path.stat().st_size:,} bytes, {nats} on unseen rows")


if __name__ == "__main__":
    main(sys.argv[1])
