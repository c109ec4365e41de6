"""One temperature for the tags, one for each class, and for each tag the probability from which it is believed.

All are chosen on held-out rows that the figures do not use: `is_ours` takes a third of the held templates.
"""
from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from . import batches
from .quantise import softmax
from .reading import Calibration, Reading, Student, read
from .taxonomy import CLASSES, SPOKEN, TAGS, begin, inside, kin
from .tokenizer import Tokenizer

TEMPERATURES = np.geomspace(0.5, 3.0, 37)
THRESHOLDS = np.arange(0.4, 0.96, 0.05)
LEAST = {"POSTCODE": 0.95}  # mere numbers: an order or a version looks like one
CUTS = np.arange(-3, 4.01, 0.25)
RECALL = 0.6       # how many times more a hidden word counts than a false one, as the beta of an F measure: too many warnings, and nobody reads them
EASED = 0.7        # of each threshold so found: rows of generated text are surer than people's, and a span is masked whole only if all its words are believed
FEWEST = 25        # words of a tag below which its threshold is the one of all tags
Row = dict
LABELLED = ("none", *(tag for tag in TAGS for _ in range(2)))  # the tag of each label
NUMBERS = np.array([tag != "none" and tag not in SPOKEN for tag in LABELLED])
RELATED = np.array([[label in kin(tag) for label in LABELLED] for tag in TAGS])  # whether a tag is right of a word with a label


def is_ours(template: str) -> bool:
    """Whether a held template is for calibration; the others are for figures."""
    return hashlib.sha256(f"calibrate {template}".encode()).digest()[0] % 3 == 0


def split(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Rows to calibrate on and rows to measure on; those whose templates lie on both sides are left out."""
    sides: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        kinds = {is_ours(part) for part in str(row["template"]).split("+")}
        if len(kinds) == 1:
            sides[not kinds.pop()].append(row)
    return sides


@dataclass
class Words:
    """Words of many rows: logits, gold labels, and the labels that the row's mask allows beside none."""
    logits: np.ndarray
    gold: np.ndarray
    hidden: np.ndarray


def words(rows: list[Row], readings: list[Reading], tokenizer: Tokenizer) -> Words:
    logits, gold, hidden = [], [], []
    for row, reading in zip(rows, readings, strict=True):
        labels = [label for label in batches.label(tokenizer.tokenize(row["text"]), row["spans"]) if label != batches.SILENT]
        masked = [n for tag in row["mask"] for n in (begin(TAGS.index(tag)), inside(TAGS.index(tag)))]
        allowed = np.zeros(2 * len(TAGS) + 1, bool)
        allowed[masked] = True
        gold += labels
        logits += [word.logits for word in reading.words]
        hidden += [allowed] * len(labels)
    return Words(np.array(logits, np.float32), np.array(gold), np.array(hidden))


def tag_temperature(given: Words) -> float:
    """The one with the likeliest gold labels."""
    at = np.arange(len(given.gold))

    def cost(temperature: float) -> float:
        p = softmax(given.logits / np.float32(temperature))
        right = p[at, given.gold] + np.where(given.gold == 0, (p * given.hidden).sum(1), 0)
        return float(-np.log(right.clip(1e-9)).mean())

    return float(min(TEMPERATURES, key=cost))


def class_temperature(logits: np.ndarray, targets: np.ndarray) -> float:
    known = ~np.isnan(targets)
    if not known.any() or targets[known].min() == targets[known].max():
        return 1.0
    sign = np.where(targets[known] > 0, -1, 1)
    return float(min(TEMPERATURES, key=lambda t: float(np.logaddexp(0, sign * logits[known] / t).mean())))


def thresholds(given: Words, temperature: float) -> dict[str, float]:
    """For each tag the threshold with the best balance of words hidden and words hidden in vain.

    Among the words whose likeliest tag it is: one that bears a label of the same kind of thing counts as hidden; one
    whose row leaves the tag out does not count, nor do words that bear a number's label, which are the patterns'.
    """
    p = softmax(given.logits / np.float32(temperature))
    both = p[:, 1::2] + p[:, 2::2]
    best = both.argmax(1)
    score = both[np.arange(len(best)), best]
    left_out = given.hidden[np.arange(len(best)), 2 * best + 1] & (given.gold == 0)
    left_out |= NUMBERS[given.gold] & ~NUMBERS[2 * best + 1]
    right = RELATED[best, given.gold]
    common = balanced(score[~left_out], right[~left_out])
    out = {}
    for number, tag in enumerate(TAGS):
        mine = (best == number) & ~left_out
        enough = (right & mine).sum() >= FEWEST
        found = balanced(score[mine], right[mine]) if enough else common
        out[tag] = round(EASED * max(found, LEAST.get(tag, 0.0)), 3)
    return out


def balanced(score: np.ndarray, wanted: np.ndarray, choice: np.ndarray = THRESHOLDS) -> float:
    """The threshold of the choice with the highest F measure that weighs recall by `RECALL`."""
    square = RECALL * RECALL

    def measure(threshold: float) -> float:
        taken = score >= threshold
        right = float((taken & wanted).sum())
        return (1 + square) * right / max(1.0, square * float(wanted.sum()) + float(taken.sum()))

    return float(max(choice, key=measure))


def class_targets(rows: list[Row], readings: list[Reading]) -> tuple[np.ndarray, np.ndarray]:
    """Logits and targets of all windows."""
    logits = np.concatenate([reading.classes for reading in readings if len(reading.classes)])
    targets = np.concatenate([np.repeat(batches.targets(row)[None], len(reading.classes), 0) for row, reading in zip(rows, readings, strict=True)])
    return logits, targets


def class_cut(logits: np.ndarray, targets: np.ndarray) -> float:
    """The logit with the best balance of windows found and windows found in vain; it becomes one half."""
    known = ~np.isnan(targets)
    if known.sum() == 0 or not 0 < targets[known].sum() < known.sum():
        return 0.0
    return balanced(logits[known], targets[known] > 0, CUTS)


def calibrate(student: Student, tokenizer: Tokenizer, rows: list[Row]) -> tuple[Calibration, list[float]]:
    """The calibration, and what must be taken off the bias of each class first."""
    readings = read(student, tokenizer, [row["text"] for row in rows])
    given = words(rows, readings, tokenizer)
    temperature = tag_temperature(given)
    logits, targets = class_targets(rows, readings)
    cuts = [class_cut(logits[:, i], targets[:, i]) for i in range(len(CLASSES) + 1)]
    logits = logits - np.array(cuts, np.float32)
    classes = [round(class_temperature(logits[:, i], targets[:, i]), 4) for i in range(len(CLASSES) + 1)]
    return Calibration(round(temperature, 4), classes, thresholds(given, temperature)), cuts
