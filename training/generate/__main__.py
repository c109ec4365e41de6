"""`python3 -m training.generate --seed S --count N --out FILE [--split train|held]`."""
from __future__ import annotations

import argparse
import json
from pathlib import Path

from .compose import examples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=("train", "held"), default="train")
    given = parser.parse_args()
    with given.out.open("w", encoding="utf-8") as out:
        for row in examples(given.seed, given.count, given.split):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
