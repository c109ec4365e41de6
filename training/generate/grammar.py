"""Templates: text with `{slot}`, optional parts `[[maybe]]` and choices `[[one||other]]`, which may nest."""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from .pieces import CLASSES, LANGUAGES, Piece, Pieces
from .slots import Context, fill

FOLDER = Path(__file__).parent / "templates"
MARKS = re.compile(r"\[\[|\|\||\]\]")
SLOT = re.compile(r"\{([a-z_]+[0-9]?(?:\.[a-z]+)?(?:=[a-z0-9]+)?)\}")
HELD_PERCENT = 15

Node = str | list["Sequence"]  # a text, or the choices of a bracket
Sequence = list[Node]


@dataclass(frozen=True)
class Template:
    id: str
    lang: str
    domain: str
    classes: tuple[str, ...] | None
    injection: bool | None
    text: str

    def held(self) -> bool:
        """Whether this template belongs to the held-out part: a property of its id alone."""
        return is_held(self.id)


def is_held(key: str) -> bool:
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 100 < HELD_PERCENT


@cache
def templates() -> tuple[Template, ...]:
    return tuple(t for path in sorted(FOLDER.glob("*/*.txt")) for t in read(path))


def read(path: Path) -> list[Template]:
    """A file's templates. `%% classes [injection] [lines]` opens a part; `---` parts blocks."""
    lang, domain = path.parent.name, path.stem
    found = []
    for part in re.split(r"(?m)^%% ?", path.read_text(encoding="utf-8"))[1:]:
        header, _, body = part.partition("\n")
        flags = header.split()
        texts = body.split("\n") if "lines" in flags else re.split(r"(?m)^---\n", body)
        classes = None if "?" in flags else tuple(c for c in CLASSES if c in flags)
        injection = True if "injection" in flags else None if "unknown" in flags else False
        for text in (each.strip("\n") for each in texts):
            if text:
                name = hashlib.sha256(text.encode()).hexdigest()[:10]
                found.append(Template(f"{lang}/{domain}/{name}", lang, domain, classes, injection, text.replace("\\n", "\n")))
    assert lang in LANGUAGES, path
    return found


@cache
def parse(text: str) -> Sequence:
    sequence, rest = sequence_of(text, 0, False)
    assert rest == len(text), f"stray bracket in {text[:60]}"
    return sequence


def sequence_of(text: str, at: int, inside: bool) -> tuple[Sequence, int]:
    """Reads up to `||` or `]]` (inside a bracket) or the end; those marks are left to the caller."""
    nodes: Sequence = []
    while mark := MARKS.search(text, at):
        if mark.group() != "[[" and not inside:
            nodes.append(text[at:mark.end()])
            at = mark.end()
            continue
        nodes.append(text[at:mark.start()])
        if mark.group() != "[[":
            return nodes, mark.start()
        choices, at = bracket(text, mark.end())
        nodes.append(choices)
    assert not inside, f"open bracket in {text[:60]}"
    return [*nodes, text[at:]], len(text)


def bracket(text: str, at: int) -> tuple[list[Sequence], int]:
    choices = []
    while True:
        sequence, at = sequence_of(text, at, True)
        choices.append(sequence)
        closed = text.startswith("]]", at)
        at += 2
        if closed:
            return choices, at


def choose(rng: Random, sequence: Sequence) -> str:
    """The sequence with its brackets decided: one choice of many, or a lone part half the time."""
    out = []
    for node in sequence:
        if isinstance(node, str):
            out.append(node)
        elif len(node) > 1:
            out.append(choose(rng, rng.choice(node)))
        elif rng.random() < 0.5:
            out.append(choose(rng, node[0]))
    return "".join(out)


def render(template: Template, context: Context) -> Pieces:
    text = choose(context.rng, parse(template.text))
    pieces: Pieces = []
    at = 0
    for slot in SLOT.finditer(text):
        pieces.append(Piece(text[at:slot.start()]))
        pieces += fill(context, slot.group(1))
        at = slot.end()
    return [*pieces, Piece(text[at:])]
