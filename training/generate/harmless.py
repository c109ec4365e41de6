"""Texts about nobody that look as if they were about somebody, and the same frames with somebody in them.

Names of diseases, theorems, programs, dishes and books are called after people; headings are written like names; numbers of orders and
builds are as long as those of accounts. A tagger learns names from what stands around them only if it sees such things in the same places.
What is an organisation, a place or a date in them is left open (`mask`), since "Mercedes" may be a thing or a company.
"""
from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from random import Random

from .code import snippet
from .lists import words
from .noise import disturb
from .people import Person
from .pieces import LANGUAGES, Piece, Pieces, text_and_spans

OPEN = "ORG FACILITY LOCATION ADDRESS DATE CONDITION MEDICATION PROCEDURE URL".split()
TRAITS = "PROFESSION AGE GENDER RELATIVE DEMOGRAPHIC".split()  # they say something of somebody: open beside a name
SLOTS = {"THING": ("thing", "eponym"), "ROLE": ("role",), "TOPIC": ("topic",), "CAPS": ("caps",), "NOUN": ("noun",)}
SLOT = re.compile("THING|ROLE|TOPIC|CAPS|NOUN|NUMBER|PERSON")
HELD_PERCENT = 15
CODE, WITH_SOMEBODY = 0.2, 0.25  # shares of rows
SHAPES = ("{5}", "{6}", "{8}", "{9}", "{10}", "{12}", "{13}", "{4}-{4}", "{3}-{7}", "#{4}", "v{1}.{2}.{1}", "INV-{4}-{5}", "PO{7}", "{2}/{5}", "x{8}", "{1}.{3}", "{4}", "{16}", "{3} {3} {3}", "SKU-{6}")


def is_held(text: str) -> bool:
    return int(sha256(text.encode()).hexdigest(), 16) % 100 < HELD_PERCENT


def chosen(rng: Random, name: str, split: str) -> str:
    """An entry of this split."""
    return rng.choice([entry for entry in words(f"harmless.{name}") if is_held(entry) == (split == "held")])


def number(rng: Random) -> str:
    shape = rng.choice(SHAPES)
    return re.sub(r"\{(\d+)\}", lambda m: "".join(rng.choice("0123456789") for _ in range(int(m[1]))), shape)


def somebody(rng: Random) -> Piece:
    """People of every country in an English sentence."""
    person = Person(rng, rng.choice(LANGUAGES))
    name = rng.choice((person.full(), f"{person.first} {person.last}", person.first, person.last, f"{person.first[0]}. {person.last}", f"{person.first} {person.last}"))
    return Piece(name, "PERSON")


def filled(rng: Random, frame: str, split: str) -> Pieces:
    pieces, at = [], 0
    for slot in SLOT.finditer(frame):
        pieces.append(Piece(frame[at:slot.start()]))
        at = slot.end()
        if slot[0] == "PERSON":
            pieces.append(somebody(rng))
        elif slot[0] == "NUMBER":
            pieces.append(Piece(number(rng)))
        else:
            pieces.append(Piece(chosen(rng, rng.choice(SLOTS[slot[0]]), split)))
    return [*pieces, Piece(frame[at:])]


def sentence(rng: Random, split: str) -> tuple[Pieces, str]:
    name = "person_frame" if rng.random() < WITH_SOMEBODY else "frame"
    frame = chosen(rng, name, split)
    return filled(rng, frame, split), frame


def row(rng: Random, split: str) -> dict[str, object]:
    is_code = rng.random() < CODE
    parts = [snippet(rng, split)] if is_code else [sentence(rng, split) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
    pieces: Pieces = []
    for some, _ in parts:
        pieces += [Piece(rng.choice((" ", " ", "\n"))), *some] if pieces else some
    text, spans = text_and_spans(pieces if is_code else disturb(rng, pieces))
    return {"text": text, "spans": spans, "classes": None, "injection": False, "lang": "en", "source": "generated", "domain": "harmless",
            "template": "+".join(f"harmless/{sha256(frame.encode()).hexdigest()[:10]}" for _, frame in parts), "mask": [*OPEN, *TRAITS] if spans else OPEN}


def harmless(seed: int, count: int, split: str) -> Iterator[dict[str, object]]:
    return (row(Random(f"{seed}/harmless/{split}/{number}"), split) for number in range(count))
