"""Figures of the student on labelled texts: `python3 -m training.evaluate --weights DIR --score SCORE.py GOLD.jsonl...`.

Runs the integer form over each file, writes its predictions into the work folder, and has them scored.
As in the gateway only tags of language count, and traits only in a text that names a person; spans of numbers in the gold are then neither
asked for nor false. `--all-tags` counts everything.
Conditions, medications and procedures are no labels of the scorer: they are left out of predictions.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from . import export
from .encoder import Dimensions
from .quantise import Integers
from .reading import Calibration, Found, Student, read, spans
from .taxonomy import SPOKEN, TRAITS
from .tokenizer import Tokenizer

NO_LABELS = ("CONDITION", "MEDICATION", "PROCEDURE")
WEAK = ("DATE", "LOCATION", "ORG", "URL", "FACILITY")  # found in most texts, and harmless alone
Row = dict


def counted(found: list[Found], all_tags: bool) -> list[Found]:
    """What the scorer knows of it and, unless all tags are asked for, the gateway reports."""
    known = [s for s in found if s.tag not in NO_LABELS]
    if all_tags:
        return known
    named = any(s.tag == "PERSON" for s in known)
    return [s for s in known if s.tag in SPOKEN and (named or s.tag not in TRAITS)]


def asked(row: Row, all_tags: bool) -> Row:
    """The gold row, in which labels that don't count are unscored."""
    if all_tags:
        return row
    return row | {"spans": [s | {"mapped": s["mapped"] if s["mapped"] in SPOKEN else None} for s in row["spans"]]}


def predict(student: Student, tokenizer: Tokenizer, calibration: Calibration, rows: list[Row], all_tags: bool = False) -> list[Row]:
    readings = read(student, tokenizer, [row["text"] for row in rows])
    return [{"id": row["id"], "spans": [{"start": s.start, "end": s.end, "label": s.tag, "score": round(s.score, 4)}
                                        for s in counted(spans(reading, calibration), all_tags)]}
            for row, reading in zip(rows, readings, strict=True)]


def gold(number: int, row: Row) -> Row:
    """A row of ours in the scorer's form."""
    found = [{"start": s["start"], "end": s["end"], "label": s["tag"], "mapped": None if s["tag"] in NO_LABELS else s["tag"],
              "text": row["text"][s["start"]:s["end"]]} for s in row["spans"]]
    return {"id": str(number), "text": row["text"], "spans": found, "source": row["source"]}


def write(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def load(path: Path) -> list[Row]:
    return [json.loads(each) for each in path.read_text(encoding="utf-8").split("\n") if each]


def score(scorer: Path, gold_file: Path, predicted: Path, *extra: str) -> dict:
    """What the scorer finds; it is a program of its own."""
    result = predicted.with_suffix(".score.json")
    subprocess.run([sys.executable, str(scorer.resolve()), str(gold_file), str(predicted), "--json", str(result), *extra],
                   check=True, capture_output=True, text=True, timeout=600)
    return json.loads(result.read_text())


def figures(student: Student, tokenizer: Tokenizer, calibration: Calibration, scorer: Path, gold_file: Path, work: Path,
            all_tags: bool = False) -> dict:
    """Score of one set; of a set without any span also how many texts have a finding that is more than a date, place or organisation."""
    rows = [asked(row, all_tags) | {"id": f"{gold_file.stem}-{number}"} for number, row in enumerate(load(gold_file))]  # some sets use an id twice
    gold_file = write(work / f"{gold_file.stem}.gold.jsonl", rows)
    predicted = write(work / f"{gold_file.stem}.pred.jsonl", predict(student, tokenizer, calibration, rows, all_tags))
    if any(row["spans"] for row in rows):
        return score(scorer, gold_file, predicted)
    weak = work / "weak.json"
    weak.write_text(json.dumps(dict.fromkeys(WEAK)))
    out = score(scorer, gold_file, predicted, "--all-types")
    out["strong_flagged"] = score(scorer, gold_file, predicted, "--all-types", "--map", str(weak))["clean_flagged"]
    return out


def line(name: str, found: dict) -> str:
    """A row of the table of figures."""
    cover = "–" if found["cover"] is None else f"{found['cover']:.3f}"
    strong = f" ({found['strong_flagged']} strong)" if "strong_flagged" in found else ""
    measures = " | ".join("–" if found["gold"] == 0 else f"{found[kind]['F1']:.3f}" for kind in ("overlap", "strict"))
    recall = "–" if found["gold"] == 0 else f"{found['overlap']['P']:.3f} / {found['overlap']['R']:.3f}"
    return (f"| {name} | {found['texts']} / {found['gold']} / {found['KB']} | {recall} | {measures} | {cover} | "
            f"{found['fp_per_KB']:.3f} | {found['clean_flagged']} of {found['clean_texts']}{strong} |")


HEAD = ("| set | texts / spans / KB | overlap P / R | overlap F1 | strict F1 | cover | false per KB | harmless texts flagged |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |")


def carried(weights: Path) -> tuple[Integers, Tokenizer, Calibration, dict]:
    """The student as the gateway carries it."""
    header, tensors = export.parse(export.load(weights))
    dims = Dimensions(**{name: header[name] for name in vars(Dimensions())})
    calibration = Calibration(header["temperature"]["tags"], header["temperature"]["classes"], header["thresholds"])
    return Integers(tensors, dims), Tokenizer(weights / export.VOCABULARY), calibration, header


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--score", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--all-tags", action="store_true", help="tags of numbers too, and traits of nobody")
    parser.add_argument("gold", type=Path, nargs="+")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    student, tokenizer, calibration, _ = carried(given.weights)
    print(HEAD)
    for path in given.gold:
        print(line(path.stem, figures(student, tokenizer, calibration, given.score, path, given.work, given.all_tags)), flush=True)


if __name__ == "__main__":
    main()
