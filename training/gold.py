"""Writes the held documents of the public sets as gold files, one set a file, for `cargo xtask quality`.

A set that is trained on is named `SET_held`: only documents and templates that `sources.is_held` holds back, as the set
labels them. The set that nothing is trained on stands whole under its own name.
"""
from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from . import corpus


def write(data: Path, out: Path) -> dict[str, int]:
    """Writes the files; gives the number of texts by the file's name."""
    out.mkdir(parents=True, exist_ok=True)
    counts = {}
    for name, rows in corpus.held_gold(data):
        file = name if name == corpus.FOREIGN else f"{name}_held"
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in unique(rows)]
        (out / f"{file}.jsonl").write_text("".join(lines), encoding="utf-8")
        counts[file] = len(lines)
    return counts


def unique(rows: list[corpus.Row]) -> Iterator[corpus.Row]:
    """The rows, each with an id of its own: scorers look findings up by it."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row["id"]] += 1
        times = seen[row["id"]]
        yield row if times == 1 else row | {"id": f"{row['id']}.{times}"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python3 -m training.gold", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public labelled sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the gold files")
    given = parser.parse_args()
    for file, count in write(given.data, given.out).items():
        print(f"{file}.jsonl: {count} texts")


if __name__ == "__main__":
    main()
