"""After training: calibration, the check of the integer form, figures, and the files that the gateway carries."""
from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
import torch

from . import calibrate, card, corpus, evaluate, export, golden
from .encoder import Dimensions, Encoder
from .quantise import Integers, tensors
from .reading import Calibration, Floats, Reading, agreement, read
from .taxonomy import CLASSES
from .tokenizer import Tokenizer

LEAST_AGREEMENT = 0.99
COMPARED = 1500  # texts
ORDINARY = 6     # how often each text of an ordinary day counts in calibration: most prompts are like them
CARD = Path(__file__).parent / "MODEL_CARD.md"
SMALLER = 0.5    # head and temperatures of classes: the same probabilities of smaller logits, which integers keep closer to the floats
Say = Callable[[str], None]
Row = dict


def report(given: argparse.Namespace, model: Encoder, tokenizer: Tokenizer, sizes: corpus.Sizes, history: dict, say: Say) -> None:
    dims = model.dims
    floats = Floats(model)
    ours, theirs = calibrate.split(corpus.held(given.data, sizes, given.seed))
    calibration, cuts = calibrate.calibrate(floats, tokenizer, [*ours, *corpus.ordinary() * ORDINARY])
    say(f"calibrated on {len(ours)} texts and the ordinary ones: {asdict(calibration)}")
    with torch.no_grad():
        model.classes.bias -= torch.tensor(cuts)
        for each in model.classes.parameters():
            each *= SMALLER
    calibration.classes = [round(each * SMALLER, 4) for each in calibration.classes]
    history["calibration"] = asdict(calibration) | {"cuts": cuts}
    weights = tensors({name: value.numpy() for name, value in model.state_dict().items()}, dims)
    integers = Integers(weights, dims)
    history["agreement"] = compared(floats, integers, tokenizer, theirs)
    say(f"integers against floats: {history['agreement']}")
    history["classes"] = class_figures(read(integers, tokenizer, [row["text"] for row in theirs]), theirs)
    say(f"classes: {history['classes']}")
    if given.score:
        history["figures"] = whole(given, integers, tokenizer, calibration, theirs, say)
    if given.out and history["agreement"]["entity"] >= LEAST_AGREEMENT:
        history["manifest"] = deliver(given, weights, dims, calibration, tokenizer, floats, integers)
        say(f"exported: {history['manifest']}")
        card.write(CARD, history)


def compared(floats: Floats, integers: Integers, tokenizer: Tokenizer, rows: list[Row]) -> dict[str, float]:
    texts = [row["text"] for row in rows[:COMPARED]]
    return agreement(read(floats, tokenizer, texts), read(integers, tokenizer, texts))


def deliver(given: argparse.Namespace, weights: dict[str, np.ndarray], dims: Dimensions, calibration: Calibration, tokenizer: Tokenizer,
            floats: Floats, integers: Integers) -> dict:
    vocabulary = "".join(f"{piece}\n" for piece in tokenizer.pieces).encode()
    manifest = export.write(given.out, export.container(weights, dims, calibration, date.today().isoformat()), vocabulary)
    golden.write(given.out / "golden.jsonl", golden.lines(tokenizer, floats, integers))
    return manifest


def whole(given: argparse.Namespace, integers: Integers, tokenizer: Tokenizer, calibration: Calibration, held: list[Row], say: Say) -> dict[str, dict]:
    """Figures of the held part of every set, and of all sets in the data folder that were never trained on."""
    work = given.work / "figures"
    work.mkdir(exist_ok=True)
    files = generated(work, held)
    for name, rows in corpus.held_gold(given.data):
        kept = [row for row in rows if name == corpus.FOREIGN or not calibrate.is_ours(corpus.template(name, row))]
        files.append(evaluate.write(work / f"{'foreign' if name == corpus.FOREIGN else 'held'}_{name}.jsonl", kept))
    files += sorted(given.data.glob("own_*.jsonl"))
    out = {}
    for path in files:
        out[path.stem] = evaluate.figures(integers, tokenizer, calibration, given.score, path, work, given.all_tags)
        say(evaluate.line(path.stem, out[path.stem]))
    return out


def generated(work: Path, held: list[Row]) -> list[Path]:
    """The held generated texts, and those of the harmless ones that name nobody."""
    gold = [(row["domain"], evaluate.gold(i, row)) for i, row in enumerate(held) if row["source"] == "generated"]
    usual = [row for domain, row in gold if domain != "harmless"]
    harmless = [row for domain, row in gold if domain == "harmless" and not row["spans"]]
    return [evaluate.write(work / "held_generated.jsonl", usual), evaluate.write(work / "held_harmless.jsonl", harmless)]


def class_figures(readings: list[Reading], rows: list[Row]) -> dict[str, dict[str, float]]:
    """Of each class and of injection: windows, precision and recall at one half, and the area under the curve."""
    logits, targets = calibrate.class_targets(rows, readings)
    out = {}
    for number, name in enumerate((*CLASSES, "injection")):
        known = ~np.isnan(targets[:, number])
        score, wanted = logits[known, number], targets[known, number] > 0
        taken = score > 0
        right = float((taken & wanted).sum())
        out[name] = {"windows": int(known.sum()), "positive": int(wanted.sum()), "P": round(right / max(1.0, float(taken.sum())), 3),
                     "R": round(right / max(1.0, float(wanted.sum())), 3), "area": round(area(score, wanted), 4)}
    return out


def area(score: np.ndarray, wanted: np.ndarray) -> float:
    """How often a positive scores above a negative."""
    rank = score.argsort().argsort() + 1.0
    many, few = float((~wanted).sum()), float(wanted.sum())
    return float((rank[wanted].sum() - few * (few + 1) / 2) / (many * few)) if many and few else 0.0
