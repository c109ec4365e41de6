"""The heads of classes and of injection, fitted once more when the body has learned all it will.

In the corpus a class has few windows among many; here every second text is of a class, or is a near miss that uses the words of one.
"""
from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import torch
from torch import Tensor

from . import batches, corpus
from .batches import Windows
from .encoder import Encoder
from .generate.compose import WEIGHTS, examples, made, of_class
from .generate.grammar import Template, templates
from .generate.harmless import harmless
from .losses import class_loss
from .taxonomy import CLASSES, LANGUAGES
from .tokenizer import Tokenizer

Row = dict
TEXTS = 14_000
PUBLIC = 700       # texts of public sets whose class is known
NEAR = ("classes", "work", "injection", "matters")  # domains whose texts without a class use the words of one
PULL, STEPS = 1e-4, 400  # PULL: how firmly the weights are held to what they were


@cache
def near_misses(split: str, lang: str) -> tuple[Template, ...]:
    """Templates of no class beside those of a class."""
    return tuple(t for t in templates() if t.lang == lang and t.domain in NEAR and t.classes == () and not t.injection and t.held() == (split == "held"))


def about(seed: int, count: int, split: str) -> Iterator[Row]:
    """Texts of each class and of injection, and as many near misses as of three classes."""
    for number in range(count):
        rng = Random(f"{seed}/topics/{split}/{number}")
        lang = rng.choices(LANGUAGES, [WEIGHTS[each] for each in LANGUAGES])[0]
        name = rng.choice((*CLASSES, "injection", "near", "near", "near"))
        if fitting := near_misses(split, lang) if name == "near" else of_class(split, lang, name):
            yield made(rng, lang, [rng.choice(fitting)])


def rows(data: Path, seed: int, count: int) -> Iterator[Row]:
    yield from about(seed, count // 2, "train")
    yield from examples(seed + 1, count // 4, "train")
    for row in harmless(seed + 2, count // 4, "train"):
        yield row | {"classes": [], "open": ("health", "source_code")}
    known = [row for row in corpus.public(data, "train") if row["classes"] is not None]
    yield from islice(Random(seed).sample(known, len(known)), PUBLIC)


def features(model: Encoder, windows: Windows, tokens: int = 4096) -> tuple[Tensor, Tensor]:
    """The pooled last layer of every window, and what its classes are."""
    pooled, wanted = [], []
    with torch.no_grad():
        for chosen in batches.batches(windows, tokens, Random(1)):
            part = batches.batch(windows, chosen)
            pooled.append(model(part.ids, part.shapes, part.mask)[1])
            wanted.append(part.classes)
    return torch.cat(pooled), torch.cat(wanted)


def fit(model: Encoder, data: Path, tokenizer: Tokenizer, seed: int, count: int = TEXTS) -> float:
    """Fits the heads; gives back the loss."""
    model.eval()
    x, wanted = features(model, batches.read(rows(data, seed, count), tokenizer, Random(seed)))
    head, before = model.classes, model.classes.weight.detach().clone()
    optimiser = torch.optim.Adam(head.parameters(), lr=0.02)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = class_loss(head(x), wanted)
        (loss + PULL * ((head.weight - before) ** 2).sum()).backward()
        optimiser.step()
        rate.step()
    return round(float(loss), 4)
