"""Sentences about one identifier: a noun for it, a frame around it. The split goes by noun and frame together."""
from __future__ import annotations

from random import Random

from .forms import labels
from .grammar import Template
from .lists import words

IDS = "phone p.mail p.user password ssn nid tax passport dl account iban card plan other case mrn license plate vin imei serial".split()
CLASSES = {"password": ("security_sensitive",), "account": ("financial_account",), "iban": ("financial_account",), "card": ("financial_account",),
           "mrn": None, "plan": None, "license": None, "ssn": None}


def phrase(rng: Random, lang: str, split: str) -> Template:
    """`NOUN` and `VALUE` of a frame become the identifier's name and slot."""
    names = labels(lang)
    while True:
        slot = rng.choice([each for each in IDS if each in names])
        noun, frame = rng.choice(names[slot]), rng.choice(words(f"{lang}.frames"))
        found = Template(f"{lang}/phrases/{noun}.{frame[:24]}", lang, "phrases", CLASSES.get(slot, ()), False, "")
        if found.held() == (split == "held"):
            break
    noun = noun.replace("_", " ")
    return Template(found.id, lang, "phrases", found.classes, False, frame.replace("NOUN", noun).replace("VALUE", f"{{{slot}}}"))
