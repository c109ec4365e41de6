"""One labelled example: a template filled, at times several of them joined or wrapped, then disturbed."""
from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from random import Random

from .forms import form
from .grammar import Template, render, templates
from .noise import disturb
from .phrases import phrase
from .pieces import CLASSES, LANGUAGES, Piece, Pieces, text_and_spans
from .slots import Context

WEIGHTS = {"en": 0.40, "es": 0.11, "de": 0.11, "fr": 0.10, "it": 0.09, "pt": 0.09, "nl": 0.10}
SHORT = 420  # characters that fit one window of the model: classes of joined texts add up only within it
WRAPS = {
    "en": ("Summarise this:\n", "Translate into Spanish: ", "Can you fix the grammar? ", "> ", "Please review:\n\n", "user: ", "Rewrite politely: ", "Context: ", "- "),
    "es": ("Resume esto:\n", "Traduce al inglés: ", "Corrige el texto: ", "> ", "Usuario: "), "de": ("Fasse zusammen:\n", "Übersetze ins Englische: ", "Bitte korrigieren: ", "> ", "Nutzer: "),
    "fr": ("Résume ceci :\n", "Traduis en anglais : ", "Corrige ce texte : ", "> "), "it": ("Riassumi:\n", "Traduci in inglese: ", "Correggi il testo: ", "> "),
    "pt": ("Resume isto:\n", "Traduz para inglês: ", "Corrige o texto: ", "> "), "nl": ("Vat samen:\n", "Vertaal naar het Engels: ", "Verbeter deze tekst: ", "> "),
}


@cache
def by_domain(split: str, lang: str) -> tuple[tuple[tuple[Template, ...], ...], tuple[float, ...]]:
    """This split's templates by domain, and each domain's weight: the root of its size."""
    groups: dict[str, list[Template]] = {}
    for each in templates():
        if each.lang == lang and each.held() == (split == "held"):
            groups.setdefault(each.domain, []).append(each)
    return tuple(map(tuple, groups.values())), tuple(math.sqrt(len(g)) for g in groups.values())


FORMS = 0.13  # share of records
PHRASES = 0.05  # share of sentences about one identifier
RARE = 0.10  # share drawn class by class, since some classes have few templates


@cache
def of_class(split: str, lang: str, name: str) -> tuple[Template, ...]:
    """Templates of one class (or injections) in this split: the language's own, else English."""
    wanted = [t for t in templates() if t.held() == (split == "held") and (name in (t.classes or ()) or (name == "injection" and t.injection))]
    return tuple([t for t in wanted if t.lang == lang] or [t for t in wanted if t.lang == "en"])


def draw(rng: Random, split: str, lang: str) -> Template:
    roll = rng.random()
    if roll < FORMS:
        return form(rng, lang, split)
    if roll < FORMS + PHRASES:
        return phrase(rng, lang, split)
    if roll < FORMS + PHRASES + RARE:
        if rare := of_class(split, lang, rng.choice((*CLASSES, "injection"))):
            return rng.choice(rare)
    groups, weights = by_domain(split, lang)
    return rng.choice(rng.choices(groups, weights)[0])


def example(rng: Random, split: str) -> dict[str, object]:
    lang = rng.choices(LANGUAGES, [WEIGHTS[each] for each in LANGUAGES])[0]
    roll = rng.random()
    return made(rng, lang, [draw(rng, split, lang) for _ in range(1 if roll < 0.72 else rng.randrange(2, 5))])


def made(rng: Random, lang: str, chosen: list[Template]) -> dict[str, object]:
    pieces = disturb(rng, wrap(rng, lang, joined(rng, lang, chosen)))
    text, spans = text_and_spans(pieces)
    classes = common_classes(chosen, len(text))
    return {"text": text, "spans": spans, "classes": classes, "injection": any_injection(chosen, len(text)), "lang": lang,
            "source": "generated", "domain": chosen[0].domain, "template": "+".join(t.id for t in chosen), "mask": []}


def joined(rng: Random, lang: str, chosen: list[Template]) -> Pieces:
    """The texts one after the other; half the time about the same people."""
    gap = rng.choice((" ", "\n", "\n\n", "\n\n", "\n---\n"))
    context = Context(rng, lang)
    pieces: Pieces = []
    for index, template in enumerate(chosen):
        if index:
            pieces.append(Piece(gap))
            if rng.random() < 0.5:
                context = Context(rng, lang)
            context.remembered.clear()
        pieces += render(template, context)
    return pieces


def wrap(rng: Random, lang: str, pieces: Pieces) -> Pieces:
    roll = rng.random()
    if roll < 0.06:
        return [Piece(rng.choice(WRAPS[lang])), *pieces]
    if roll < 0.08:
        mark = rng.choice('"`*')
        return [Piece(mark), *pieces, Piece(mark)]
    return pieces


def common_classes(chosen: list[Template], length: int) -> list[str] | None:
    """The union in a text that one window sees whole; in a longer one only what all parts share."""
    kinds = [t.classes for t in chosen]
    if None in kinds or (length > SHORT and len(set(kinds)) > 1):
        return None
    return sorted({c for kind in kinds if kind for c in kind})


def any_injection(chosen: list[Template], length: int) -> bool | None:
    kinds = {t.injection for t in chosen}
    if None in kinds or (length > SHORT and len(kinds) > 1):
        return None
    return True in kinds


def examples(seed: int, count: int, split: str) -> Iterator[dict[str, object]]:
    """Each row has its own generator, so a longer run begins with the shorter one's rows."""
    return (example(Random(f"{seed}/{split}/{row}"), split) for row in range(count))
