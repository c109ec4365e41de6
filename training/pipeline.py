"""From nothing to weights: base, corpus, teacher if asked for, student, calibration, export, figures."""
from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch

from . import base, prepare, student, teacher, topics
from .batches import Windows
from .encoder import Dimensions, Encoder
from .fit import Plan, fit
from .meaning import Meaning
from .report import report

STUDENT = Plan(rate=1e-3, epochs=1, tokens=1024)
STUDENT_FILE = "student.pt"
QUICK_TOPICS = 400
TEACHER = Plan(rate=6e-5, epochs=1, tokens=1024)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="training/run", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public labelled sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for downloads, the corpus as numbers and checkpoints")
    parser.add_argument("--out", type=Path, help="folder for the weights; none: no export")
    parser.add_argument("--score", type=Path, help="the scorer, score.py; none: no figures of whole sets")
    parser.add_argument("--quick", action="store_true", help="a small run that shows that all parts work")
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--teacher-minutes", type=float, default=0.0, help="train a teacher that long, then distil from it")
    parser.add_argument("--student-minutes", type=float, default=40.0)
    parser.add_argument("--epochs", type=int, default=STUDENT.epochs, help="of the student")
    parser.add_argument("--generated", type=int, default=None, help="number of generated texts")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the work folder")
    parser.add_argument("--only-train", action="store_true", help="stop after training")
    parser.add_argument("--only-report", action="store_true", help="calibrate, measure and export the checkpoint in the work folder")
    parser.add_argument("--all-tags", action="store_true", help="figures of tags of numbers too, and of traits of nobody")
    for name, value in vars(Dimensions()).items():
        if name not in ("vocab", "positions"):
            parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    given.work.mkdir(parents=True, exist_ok=True)
    folder, tokenizer = prepare.tokenizer(given.work)
    weights, sizes = base.weights(folder), prepare.sizes(given)
    dims = Dimensions(given.layers, given.hidden, given.heads, given.ffn, vocab=len(tokenizer.pieces))
    model, told = student.build(weights, dims), given.work / "history.json"
    if not given.only_report:
        windows = prepare.windows(given.data, given.work, sizes, given.seed, tokenizer)
        told.write_text(json.dumps(train(given, model, weights, windows), indent=1))
    if given.only_train:
        return
    model.load_state_dict(torch.load(given.work / STUDENT_FILE, map_location="cpu")["model"])
    history = json.loads(told.read_text()) if told.exists() else {}
    history["topics"] = topics.fit(model.cpu(), given.data, tokenizer, given.seed + 9, QUICK_TOPICS if given.quick else topics.TEXTS)
    say(f"classes fitted again: loss {history['topics']}")
    report(given, model.cpu().eval(), tokenizer, sizes, history, say)
    told.write_text(json.dumps(history, indent=1))


def train(given: argparse.Namespace, model: Encoder, weights: dict, windows: Windows) -> dict[str, object]:
    """Trains the student into the work folder; gives back what it took."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    say(f"{len(windows)} windows, {windows.empty()} of them without a span, {windows.tokens()} tokens, on {device}")
    meaning = Meaning(student.vectors(weights, model.dims.hidden)[0], windows)
    history: dict[str, object] = {"windows": len(windows), "empty": windows.empty(), "tokens": windows.tokens(), "dimensions": vars(model.dims)}
    guide = taught(given, weights, windows, meaning, device, history)
    plan = Plan(STUDENT.rate, given.epochs, STUDENT.tokens, 1.0 if given.quick else given.student_minutes, seed=given.seed)
    say("student")
    loss = student.taught_loss(windows, meaning, guide)
    history["student"] = fit(model.to(device), windows, loss, plan, given.work / STUDENT_FILE, given.resume, say)
    say(f"student trained: {history['student']}")
    return history


def taught(given: argparse.Namespace, weights: dict, windows: Windows, meaning: Meaning, device: torch.device, history: dict) -> Encoder | None:
    """The teacher, if there is time for one."""
    if given.teacher_minutes <= 0:
        return None
    say("teacher")
    model = teacher.build(weights).to(device)
    plan = Plan(TEACHER.rate, TEACHER.epochs, TEACHER.tokens, given.teacher_minutes, seed=given.seed)
    history["teacher"] = fit(model, windows, teacher.hard_loss(windows, meaning), plan, given.work / "teacher.pt", given.resume, say)
    return model.eval()


if __name__ == "__main__":
    main()
