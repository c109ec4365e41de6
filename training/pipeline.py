"""From nothing to weights: base, corpus, teacher, student, calibration, export, figures."""
from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from random import Random

import torch

from . import base, batches, corpus, student, teacher
from .batches import Windows
from .encoder import Dimensions, Encoder
from .fit import Plan, fit
from .meaning import Meaning
from .tokenizer import Tokenizer

STUDENT = Plan(rate=1e-3, epochs=1, tokens=2048)
TEACHER = Plan(rate=6e-5, epochs=1, tokens=1024)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="training/run", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public labelled sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for downloads and checkpoints")
    parser.add_argument("--out", type=Path, help="folder for the weights; none: no export")
    parser.add_argument("--score", type=Path, help="the scorer, score.py; none: no figures of whole sets")
    parser.add_argument("--quick", action="store_true", help="a small run that shows that all parts work")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--teacher-minutes", type=float, default=0.0, help="train a teacher that long, then distil from it")
    parser.add_argument("--student-minutes", type=float, default=100.0)
    parser.add_argument("--epochs", type=int, default=STUDENT.epochs, help="of the student")
    parser.add_argument("--generated", type=int, default=None, help="number of generated texts")
    parser.add_argument("--resume", type=Path, help="a student's checkpoint to go on from, with a new schedule")
    for name, value in vars(Dimensions()).items():
        if name not in ("vocab", "positions"):
            parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.manual_seed(given.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    given.work.mkdir(parents=True, exist_ok=True)
    folder = base.fetch(given.work / "base")
    weights, tokenizer = base.weights(folder), Tokenizer(folder / "vocab.txt")
    sizes = corpus.QUICK if given.quick else corpus.FULL
    if given.generated:
        sizes = corpus.Sizes(given.generated, sizes.held, sizes.share)
    windows = batches.read(corpus.train(given.data, sizes, given.seed), tokenizer, Random(given.seed))
    say(f"{len(windows)} windows, {windows.tokens()} tokens, on {device}, {torch.get_num_threads()} threads")
    dims = Dimensions(given.layers, given.hidden, given.heads, given.ffn, vocab=len(tokenizer.pieces))
    meaning = Meaning(student.vectors(weights, dims.hidden)[0], windows)
    history: dict[str, object] = {"windows": len(windows), "device": str(device)}
    guide = taught(given, weights, windows, meaning, device, history)
    model = student.build(weights, dims).to(device)
    if given.resume:
        model.load_state_dict(torch.load(given.resume))
    plan = Plan(STUDENT.rate, given.epochs, minutes=1.0 if given.quick else given.student_minutes, seed=given.seed)
    say("student")
    history["student"] = fit(model, windows, student.taught_loss(windows, meaning, guide), plan, given.work / "student.pt", say)
    history["dimensions"] = vars(dims)
    (given.work / "history.json").write_text(json.dumps(history, indent=1))
    say(f"student trained: {history['student']}")
    finish(given, model.cpu().eval(), tokenizer, sizes, history)


def taught(given: argparse.Namespace, weights: dict, windows: Windows, meaning: Meaning, device: torch.device, history: dict) -> Encoder | None:
    """The teacher, if there is time for one."""
    minutes = 0.5 if given.quick else given.teacher_minutes
    if minutes <= 0:
        return None
    say("teacher")
    model = teacher.build(weights).to(device)
    plan = Plan(TEACHER.rate, TEACHER.epochs, TEACHER.tokens, minutes, seed=given.seed)
    history["teacher"] = fit(model, windows, teacher.hard_loss(windows, meaning), plan, given.work / "teacher.pt", say)
    return model.eval()


def finish(given: argparse.Namespace, model: Encoder, tokenizer: Tokenizer, sizes: corpus.Sizes, history: dict) -> None:
    """Calibration, figures and, if asked for, the files that the gateway carries."""
    from .report import report
    report(given, model, tokenizer, sizes, history, say)


if __name__ == "__main__":
    main()
