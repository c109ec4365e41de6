"""Labelled texts as windows of numbers, and windows as batches of like length."""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor

from . import window
from .taxonomy import CLASSES, INJECTION, LABELS, TAGS, begin, inside
from .tokenizer import SPECIAL, Token, Tokenizer

SILENT = -1  # label of a token that carries no loss: special ones and all but the first piece of a word
NUMBER = {tag: at for at, tag in enumerate(TAGS)}


@dataclass
class Windows:
    """Windows, and the sets of tags that sources leave out, each numbered when it is first met."""
    ids: list[np.ndarray] = field(default_factory=list)
    shapes: list[np.ndarray] = field(default_factory=list)
    labels: list[np.ndarray] = field(default_factory=list)
    classes: list[np.ndarray] = field(default_factory=list)
    masks: list[int] = field(default_factory=list)
    seen_masks: dict[tuple[str, ...], int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def tokens(self) -> int:
        return sum(map(len, self.ids))

    def empty(self) -> int:
        """How many hold no labelled word."""
        return sum(not (labels > 0).any() for labels in self.labels)

    def allowed(self) -> Tensor:
        """For each label, then for each mask, which labels a token may have that bears it.

        A word that a source leaves unlabelled is outside, or of a tag that this source does not annotate.
        """
        table = np.zeros((LABELS + len(self.seen_masks), LABELS), bool)
        table[np.arange(LABELS), np.arange(LABELS)] = True
        for mask, at in self.seen_masks.items():
            hidden = [NUMBER[tag] for tag in mask]
            table[LABELS + at, [0, *map(begin, hidden), *map(inside, hidden)]] = True
        return torch.from_numpy(table)


def save(windows: Windows, path: Path) -> None:
    """All windows in one file of numpy arrays, so that a corpus is cut into pieces once."""
    masks = json.dumps([list(mask) for mask in windows.seen_masks])
    sizes = np.array([len(each) for each in windows.ids], np.int32)
    flat = {name: np.concatenate(getattr(windows, name)) for name in ("ids", "shapes", "labels")}
    np.savez(path, sizes=sizes, classes=np.stack(windows.classes), masks=np.array(windows.masks, np.int32), seen=masks, **flat)


def load(path: Path) -> Windows:
    with np.load(path) as kept:
        bounds = np.cumsum(kept["sizes"])[:-1]
        ids, shapes, labels = (np.split(kept[name], bounds) for name in ("ids", "shapes", "labels"))
        seen = {tuple(mask): at for at, mask in enumerate(json.loads(str(kept["seen"])))}
        return Windows(ids, shapes, labels, list(kept["classes"]), kept["masks"].tolist(), seen)


def read(rows: Iterable[dict], tokenizer: Tokenizer, rng: Random) -> Windows:
    out = Windows()
    for row in rows:
        text = row["text"]
        tokens = tokenizer.tokenize(text)
        labels = label(tokens, row["spans"])
        mask = out.seen_masks.setdefault(tuple(sorted(row["mask"])), len(out.seen_masks))
        sight = rng.choice((window.WHOLE, window.ARRIVING))
        for each in window.cut(text, tokens, sight):
            add(out, tokenizer, tokens[each.first:each.last], labels[each.first:each.last])
            out.classes.append(targets(row))
            out.masks.append(mask)
    return out


def add(out: Windows, tokenizer: Tokenizer, tokens: list[Token], labels: list[int]) -> None:
    out.ids.append(np.array([tokenizer.begin, *(t.id for t in tokens), tokenizer.end], np.int32))
    out.shapes.append(np.array([SPECIAL, *(t.shape for t in tokens), SPECIAL], np.int8))
    out.labels.append(np.array([SILENT, *labels, SILENT], np.int8))


def label(tokens: list[Token], spans: list[dict]) -> list[int]:
    """The label of each word on its first piece; a word belongs to a span if they share a character."""
    out, at = [SILENT] * len(tokens), 0
    ends = word_ends(tokens)
    before: int | None = None
    for index, token in enumerate(tokens):
        if not token.first:
            continue
        while at < len(spans) and spans[at]["end"] <= token.start:
            at += 1
        hit = at if at < len(spans) and spans[at]["start"] < ends[index] else None
        if hit is None:
            out[index] = 0
        else:
            tag = NUMBER[spans[hit]["tag"]]
            out[index] = inside(tag) if before == hit else begin(tag)
        before = hit
    return out


def word_ends(tokens: list[Token]) -> list[int]:
    """For each token, where its word ends."""
    out, end = [0] * len(tokens), 0
    last = True
    for index in range(len(tokens) - 1, -1, -1):
        end = tokens[index].end if last else end
        out[index] = end
        last = tokens[index].first
    return out


def targets(row: dict) -> np.ndarray:
    """One or zero for each class and for injection; not a number where it is not known."""
    out = np.full(len(CLASSES) + 1, np.nan, np.float32)
    if row["classes"] is not None:
        out[:INJECTION] = [np.nan if name in row.get("open", ()) else name in row["classes"] for name in CLASSES]
    if row["injection"] is not None:
        out[INJECTION] = row["injection"]
    return out


@dataclass
class Batch:
    ids: Tensor
    shapes: Tensor
    mask: Tensor
    labels: Tensor
    classes: Tensor
    allowed: Tensor  # row of the table of allowed labels, for each token

    def to(self, device: torch.device) -> Batch:
        return Batch(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


def batch(windows: Windows, chosen: list[int]) -> Batch:
    longest = max(len(windows.ids[i]) for i in chosen)
    ids, shapes = (np.zeros((len(chosen), longest), np.int64) for _ in range(2))
    labels = np.full((len(chosen), longest), SILENT, np.int64)
    for row, i in enumerate(chosen):
        size = len(windows.ids[i])
        ids[row, :size], shapes[row, :size], labels[row, :size] = windows.ids[i], windows.shapes[i], windows.labels[i]
    lengths = np.array([len(windows.ids[i]) for i in chosen])
    mask = np.arange(longest) < lengths[:, None]
    hidden = np.array([windows.masks[i] for i in chosen])[:, None]
    allowed = np.where(labels > 0, labels, LABELS + hidden)
    classes = np.stack([windows.classes[i] for i in chosen])
    return Batch(*map(torch.from_numpy, (ids, shapes, mask, labels, classes, allowed)))


def batches(windows: Windows, tokens: int, rng: Random) -> Iterator[list[int]]:
    """Windows of like length together, at most `tokens` with padding, in random order."""
    order = list(range(len(windows)))
    rng.shuffle(order)
    order.sort(key=lambda i: len(windows.ids[i]))
    groups: list[list[int]] = [[]]
    for i in order:
        if groups[-1] and (len(groups[-1]) + 1) * len(windows.ids[i]) > tokens:
            groups.append([])
        groups[-1].append(i)
    rng.shuffle(groups)
    yield from groups
