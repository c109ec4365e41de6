"""Texts to spans, classes and scores, as the gateway reads them, by either form of the student."""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import torch

from . import window
from .batches import word_ends
from .encoder import Encoder
from .quantise import Logits, softmax
from .taxonomy import CLASSES, TAGS
from .tokenizer import SPECIAL, Token, Tokenizer
from .window import Window

TOGETHER = 4096  # tokens in one call


class Student(Protocol):
    def forward(self, ids: np.ndarray, shapes: np.ndarray) -> Logits: ...


class Floats:
    """The student as it was trained."""

    def __init__(self, model: Encoder) -> None:
        self.model = model.eval()

    def forward(self, ids: np.ndarray, shapes: np.ndarray) -> Logits:
        with torch.no_grad():
            tokens = torch.from_numpy(ids.astype(np.int64))
            x, _, classes, embedding = self.model(tokens, torch.from_numpy(shapes.astype(np.int64)), torch.ones_like(tokens, dtype=torch.bool))
            return self.model.tags(x).numpy(), classes.numpy(), embedding.numpy()


@dataclass
class Calibration:
    """What turns logits into decisions."""
    tags: float = 1.0
    classes: list[float] = field(default_factory=lambda: [1.0] * (len(CLASSES) + 1))
    thresholds: dict[str, float] = field(default_factory=dict)


class Word(NamedTuple):
    start: int
    end: int
    logits: np.ndarray


class Reading(NamedTuple):
    words: list[Word]      # all words of the text in order
    classes: np.ndarray    # logits of each window


class Found(NamedTuple):
    start: int
    end: int
    tag: str
    score: float


def read(student: Student, tokenizer: Tokenizer, texts: list[str]) -> list[Reading]:
    """Windows of one length go through together; each word is taken from the window that decides about it."""
    cuts: list[list[Window]] = []
    tokens: list[list[Token]] = []
    by_length: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for at, text in enumerate(texts):
        tokens.append(tokenizer.tokenize(text))
        cuts.append(window.cut(text, tokens[-1]))
        for number, each in enumerate(cuts[-1]):
            by_length[each.last - each.first + 2].append((at, number))
    logits: dict[tuple[int, int], tuple[np.ndarray, np.ndarray]] = {}
    for length, places in by_length.items():
        for some in chunks(places, max(1, TOGETHER // length)):
            arrays = [numbers(tokenizer, tokens[at][cuts[at][n].first:cuts[at][n].last]) for at, n in some]
            tags, classes, _ = student.forward(*(np.stack(part) for part in zip(*arrays, strict=True)))
            logits |= {place: (tags[i], classes[i]) for i, place in enumerate(some)}
    return [gather(tokens[at], cuts[at], [logits[at, n] for n in range(len(cuts[at]))]) for at in range(len(texts))]


def chunks(items: list, size: int) -> Iterator[list]:
    return (items[at:at + size] for at in range(0, len(items), size))


def numbers(tokenizer: Tokenizer, tokens: list[Token]) -> tuple[np.ndarray, np.ndarray]:
    """Ids and shapes of a window."""
    ids = np.array([tokenizer.begin, *(t.id for t in tokens), tokenizer.end])
    return ids, np.array([SPECIAL, *(t.shape for t in tokens), SPECIAL])


def gather(tokens: list[Token], cut: list[Window], logits: list[tuple[np.ndarray, np.ndarray]]) -> Reading:
    words, ends = [], word_ends(tokens)
    for each, (tags, _) in zip(cut, logits, strict=True):
        words += [Word(tokens[i].start, ends[i], tags[i - each.first + 1]) for i in range(each.start, each.end) if tokens[i].first]
    return Reading(words, np.array([classes for _, classes in logits]).reshape(len(cut), len(CLASSES) + 1))


def judge(probabilities: np.ndarray, thresholds: dict[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each word its tag (or -1), how likely it is, and whether a span begins with it.

    A tag is believed from its threshold on; where none is given, where it is likelier than none.
    """
    begins, insides = probabilities[:, 1::2], probabilities[:, 2::2]
    both = begins + insides
    least = np.array([thresholds.get(tag, np.nan) for tag in TAGS], np.float32)
    believed = np.where(np.isnan(least), both > probabilities[:, :1], both >= least)
    allowed = np.where(believed, both, -1.0)
    best = allowed.argmax(1)
    at = np.arange(len(best))
    return np.where(allowed[at, best] >= 0, best, -1), both[at, best], begins[at, best] > insides[at, best]


def spans(reading: Reading, calibration: Calibration) -> list[Found]:
    """Neighbours with one tag are one span, unless one begins anew."""
    if not reading.words:
        return []
    probabilities = softmax(np.stack([w.logits for w in reading.words]) / np.float32(calibration.tags))
    out: list[tuple[int, int, int, list[float]]] = []
    before = -1
    for word, tag, score, begins in zip(reading.words, *judge(probabilities, calibration.thresholds), strict=True):
        if tag >= 0 and tag == before and not begins:
            start, _, _, scores = out[-1]
            out[-1] = (start, word.end, tag, [*scores, score])
        elif tag >= 0:
            out.append((word.start, word.end, tag, [score]))
        before = tag
    return [Found(start, end, TAGS[tag], float(np.mean(scores))) for start, end, tag, scores in out]


def agreement(ours: list[Reading], others: list[Reading]) -> dict[str, float]:
    """How often the others say of a word what ours say: over all words, and over those that ours label."""
    one, two = (np.array([w.logits.argmax() for reading in side for w in reading.words]) for side in (ours, others))
    same, named = one == two, one > 0
    return {"words": len(same), "entity_words": int(named.sum()), "all": round(float(same.mean()), 5), "entity": round(float(same[named].mean()), 5)}
