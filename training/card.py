"""Writes the parts of MODEL_CARD.md that a run knows: between `<!-- NAME -->` and `<!-- end -->`; the words around them are ours."""
from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from .evaluate import HEAD, line
from .taxonomy import SPOKEN

History = dict
FEWEST = 10  # spans below which a label has no figure
NAMES = {
    "held_generated": "generated, held templates", "held_harmless": "generated, harmless, held frames", "held_presidio": "presidio, held templates", "held_tab": "tab, held documents",
    "held_asq_phi": "asq_phi, held", "held_meddocan": "meddocan, held documents", "held_sec_fin": "sec_fin, held documents", "held_btc": "btc, held",
    "held_wikigold": "wikigold, held", "foreign_wnut17": "wnut17 (tweets), whole", "own_evasion": "disguised identifiers (synthetic)",
    "own_fin_phi": "bank, insurer and hospital prompts (synthetic, another generator)", "own_hard_negatives": "harmless prompts that look sensitive",
    "own_secrets": "secrets in developers' prompts (synthetic)",
}


def sets(history: History, known: bool) -> str:
    """The table of the sets of kinds that it was trained on, or of the others."""
    rows = [line(NAMES.get(name, name), found) for name, found in history["figures"].items() if name.startswith("held_") == known]
    return "\n".join([HEAD, *rows])


def labels(history: History, name: str) -> str:
    rows = [f"| {label} | {each['n']} | {each['overlapR']:.3f} | {each['cover']:.3f} |"
            for label, each in history["figures"][name]["per_label"].items() if each["n"] >= FEWEST and label in SPOKEN]
    return "\n".join(["| label | spans | found | covered |", "| --- | --- | --- | --- |", *rows])


def classes(history: History) -> str:
    rows = [f"| {name} | {each['windows']:,} / {each['positive']} | {each['P']:.3f} | {each['R']:.3f} | {each['area']:.3f} |" for name, each in history["classes"].items()]
    return "\n".join(["| class | windows / of the class | precision | recall | area under the curve |", "| --- | --- | --- | --- | --- |", *rows])


def calibration(history: History) -> str:
    found, same = history["calibration"], history["agreement"]
    thresholds = ", ".join(f"{tag} {value:g}" for tag, value in found["thresholds"].items() if tag in SPOKEN)
    others = ", ".join(f"{value:g}" for value in found["classes"])
    return (f"Temperature of the tags {found['tags']:g}; of the classes and of injection {others}.\nThresholds: {thresholds}.\n"
            f"Integers against floats, on {same['words']:,} words of held rows: the likeliest label is the same for {same['all']:.2%} of all words and "
            f"{same['entity']:.2%} of the {same['entity_words']:,} words that the floats label.")


def run(history: History) -> str:
    done, manifest = history["student"], history["manifest"]
    return (f"{history['windows']:,} windows, {history['empty']:,} of them without a span, {history['tokens']:,} pieces; trained for {done['steps']:,} steps, {done['tokens']:,} pieces,"
            f" {done['seconds'] / 60:.0f} minutes of one thread.\nContainer, SHA-256: `{manifest['container']}`; vocabulary: `{manifest['vocab']}`.")


PARTS: dict[str, Callable[[History], str]] = {
    "run": run, "known sets": lambda h: sets(h, True), "other sets": lambda h: sets(h, False), "labels of generated text": lambda h: labels(h, "held_generated"),
    "labels of prompts": lambda h: labels(h, "own_fin_phi"), "classes": classes, "calibration": calibration,
}


def filled(text: str, history: History) -> str:
    """The text with every part that the history can fill; others stay as they are."""
    for name, make in PARTS.items():
        try:
            body = make(history)
        except KeyError:
            continue
        text = re.sub(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", lambda found: f"{found[1]}\n{body}\n\n{found[2]}", text, flags=re.DOTALL)
    return text


def write(path: Path, history: History) -> None:
    if path.exists():
        path.write_text(filled(path.read_text(encoding="utf-8"), history), encoding="utf-8")
