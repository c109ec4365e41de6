"""What hurried people and old systems do to text. Spans keep their words, since whole pieces change."""
from __future__ import annotations

import unicodedata
from collections.abc import Callable
from random import Random

from .pieces import Piece, Pieces

FIXED = {"PASSWORD", "EMAIL", "URL"}  # their letters mean what they are


def lower(rng: Random, text: str, tag: str | None) -> str:
    return text.lower()


def upper(rng: Random, text: str, tag: str | None) -> str:
    return text.upper()


def without_accents(rng: Random, text: str, tag: str | None) -> str:
    flat = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in flat if not unicodedata.combining(c)))


def typos(rng: Random, text: str, tag: str | None) -> str:
    """Swaps, drops or doubles a letter in about one word of twenty-five."""
    words = text.split(" ")
    for i, word in enumerate(words):
        if len(word) > 4 and word.isalpha() and rng.random() < 0.06:
            at = rng.randrange(1, len(word) - 2)
            a, b = word[at], word[at + 1]
            words[i] = word[:at] + rng.choice((b + a, b, a + a + b)) + word[at + 2:]
    return " ".join(words)


def bare(rng: Random, text: str, tag: str | None) -> str:
    """Without commas, full stops and apostrophes outside labelled words."""
    return text if tag else text.replace(", ", " ").replace(". ", " ").replace("'", "").removesuffix(".")


def line_ends(rng: Random, text: str, tag: str | None) -> str:
    return text.replace("\n", "\r\n")


CHANGES: tuple[tuple[float, Callable[[Random, str, str | None], str]], ...] = (
    (0.10, lower), (0.025, upper), (0.04, without_accents), (0.06, typos), (0.05, bare), (0.01, line_ends),
)


def disturb(rng: Random, pieces: Pieces) -> Pieces:
    roll = rng.random()
    for share, change in CHANGES:
        if roll < share:
            return [Piece(p.text if p.tag in FIXED else change(rng, p.text, p.tag), p.tag) for p in pieces]
        roll -= share
    return pieces
