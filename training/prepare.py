"""The corpus cut into windows of numbers, kept in a file, so that training reads arrays and not text."""
from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from random import Random

from . import base, batches, corpus
from .batches import Windows
from .tokenizer import Tokenizer

CACHE = "train.npz"


def sizes(given: argparse.Namespace) -> corpus.Sizes:
    """The usual sizes, or those of a quick run, with the number of generated texts as asked for."""
    usual = corpus.QUICK if given.quick else corpus.FULL
    if not given.generated:
        return usual
    part = given.generated / usual.generated
    return replace(usual, generated=given.generated, empty=int(usual.empty * part), harmless=int(usual.harmless * part))


def windows(data: Path, work: Path, wanted: corpus.Sizes, seed: int, tokenizer: Tokenizer) -> Windows:
    """The training windows, from the kept file if there is one."""
    kept = work / CACHE
    if not kept.exists():
        batches.save(batches.read(corpus.train(data, wanted, seed), tokenizer, Random(seed)), kept)
    return batches.load(kept)


def tokenizer(work: Path) -> tuple[Path, Tokenizer]:
    """The folder of the base and the tokenizer of its vocabulary."""
    folder = base.fetch(work / "base")
    return folder, Tokenizer(folder / "vocab.txt")
