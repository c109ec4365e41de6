"""What is trained on, what is held back: generated text and public sets, split by template and by document."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from . import sources
from .generate.compose import examples

Row = dict
# How often a set is shown in an epoch of generated text; long and uniform sets less than once.
SHARES = {"presidio": 1.0, "tab": 2.0, "asq_phi": 2.0, "meddocan": 0.5, "sec_fin": 0.5, "wnut17": 1.0, "btc": 0.6, "wikigold": 1.5}


@dataclass(frozen=True)
class Sizes:
    generated: int
    held: int
    share: float = 1.0


FULL = Sizes(generated=110_000, held=3_000)
QUICK = Sizes(generated=1_500, held=200, share=0.05)


def train(data: Path, sizes: Sizes, seed: int) -> Iterator[Row]:
    yield from examples(seed, sizes.generated, "train")
    rng = Random(seed)
    for row in sources.rows(data, "train"):
        times = SHARES[row["source"]] * sizes.share
        for _ in range(int(times) + (rng.random() < times % 1)):
            yield row


def held(data: Path, sizes: Sizes, seed: int) -> list[Row]:
    """For calibration and figures of every tag and class."""
    rows = [row for row in sources.rows(data, "held") if Random(row["template"]).random() < sizes.share]
    return list(examples(seed + 1, sizes.held, "held")) + rows


def held_gold(data: Path) -> Iterator[tuple[str, list[Row]]]:
    """The held documents of each public set as it labels them itself."""
    for name, source in sources.SOURCES.items():
        path = data / source.file
        if path.exists():
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            yield name, [row for row in lines if sources.is_held(str(sources.convert(name, source, row)["template"]))]
