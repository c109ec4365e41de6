"""What is trained on, what is held back: generated text and public sets, split by template and by document.

One public set, FOREIGN, is held back whole: it shows what the student makes of text whose kind it has never seen.
"""
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from . import sources
from .generate.compose import examples
from .generate.harmless import OPEN, harmless

Row = dict
FOREIGN = "wnut17"
# How often a set is shown in an epoch of generated text; long and uniform sets less than once.
SHARES = {"presidio": 4.0, "tab": 5.0, "asq_phi": 6.0, "meddocan": 1.5, "sec_fin": 2.0, "btc": 3.5, "wikigold": 6.0}
# Sets that annotate so much that their passages without a span hold next to nothing to find.
THOROUGH = ("tab", "meddocan", "asq_phi", "presidio")
PASSAGE = 300  # characters
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
ORDINARY = Path(__file__).parent / "ordinary.txt"
FAR = 10**9    # rows of the generator are as many as one wants


@dataclass(frozen=True)
class Sizes:
    generated: int  # texts of the generator, as they come
    empty: int      # more of them, of those without any span
    harmless: int   # texts about nobody that look as if they were about somebody
    held: int       # of the held templates, as they come; as many more without any span, and of the harmless ones
    share: float = 1.0


FULL = Sizes(generated=190_000, empty=80_000, harmless=160_000, held=2_600)
QUICK = Sizes(generated=1_500, empty=500, harmless=500, held=200, share=0.05)


def train(data: Path, sizes: Sizes, seed: int) -> Iterator[Row]:
    yield from examples(seed, sizes.generated, "train")
    yield from empty(seed + 2, sizes.empty)
    yield from harmless(seed + 4, sizes.harmless, "train")
    rng = Random(seed)
    for row in public(data, "train"):
        times = SHARES[row["source"]] * sizes.share
        for _ in range(int(times) + (rng.random() < times % 1)):
            yield row
        if row["source"] in THOROUGH and rng.random() < sizes.share:
            yield from quiet(row)


def empty(seed: int, count: int, split: str = "train") -> Iterator[Row]:
    """Generated texts without any span."""
    return islice((row for row in examples(seed, FAR, split) if not row["spans"]), count)


def public(data: Path, split: str) -> Iterator[Row]:
    """Rows of the public sets but the foreign one."""
    return sources.rows(data, split, [name for name in sources.SOURCES if name != FOREIGN])


def quiet(row: Row) -> Iterator[Row]:
    """The passages of whole sentences in which the row has no span."""
    spans, passage = row["spans"], ""
    for start, end in sentences(row["text"]):
        silent = not any(s["start"] < end and start < s["end"] for s in spans)
        if passage and (not silent or len(passage) > PASSAGE):
            yield row | {"text": passage, "spans": [], "classes": None}
            passage = ""
        if silent:
            passage = f"{passage} {row['text'][start:end]}".strip()
    if passage:
        yield row | {"text": passage, "spans": [], "classes": None}


def sentences(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for gap in SENTENCE.finditer(text):
        yield at, gap.start()
        at = gap.end()
    yield at, len(text)


def held(data: Path, sizes: Sizes, seed: int) -> list[Row]:
    """For calibration and figures of every tag and class."""
    rows = [row for row in public(data, "held") if Random(row["template"]).random() < sizes.share]
    return [*examples(seed + 1, sizes.held, "held"), *empty(seed + 3, sizes.held, "held"), *harmless(seed + 5, sizes.held, "held"), *rows]


def ordinary() -> list[Row]:
    """Texts about nobody that no template made and nothing was trained on: for calibration alone."""
    lines = [line.split("|", 1) for line in ORDINARY.read_text(encoding="utf-8").splitlines() if line[2:3] == "|"]
    return [{"text": text.replace("\\n", "\n"), "spans": [], "classes": [], "open": ("health", "source_code"), "injection": False, "lang": lang, "source": "ordinary", "domain": "ordinary",
             "template": f"ordinary/{number}", "mask": OPEN} for number, (lang, text) in enumerate(lines)]


def held_gold(data: Path) -> Iterator[tuple[str, list[Row]]]:
    """The held documents of each public set as it labels them itself; of the foreign one all."""
    for name, source in sources.SOURCES.items():
        path = data / source.file
        if path.exists():
            lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            yield name, [row for row in lines if name == FOREIGN or sources.is_held(template(name, row))]


def template(name: str, row: Row) -> str:
    return str(sources.convert(name, sources.SOURCES[name], row)["template"])
