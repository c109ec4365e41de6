"""People of a text: one identity each, so that name, e-mail, age and date of birth agree."""
from __future__ import annotations

import unicodedata
from datetime import date
from random import Random

from . import dates
from .lists import has, pick, words

TODAY = date(2026, 6, 1)
ORIGINS = ("in ar tr pl cs nordic hu ro balkan baltic vi id africa ja zh uz ko en es de fr it pt nl".split())
PARTICLES = {"nl": ("van", "de", "van der", "van den", "van de", "ter"), "de": ("von", "zu"), "fr": ("de", "du", "de la", "Le"),
             "it": ("Di", "De", "Del", "Della", "Lo"), "pt": ("da", "dos", "de"), "es": ("de", "de la"), "ar": ("Al", "El", "bin")}


def ascii_letters(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("ł", "l").replace("Ł", "L"))
    return "".join(c for c in flat if c.isascii() and (c.isalnum()))


def origin(rng: Random, lang: str) -> str:
    return lang if rng.random() < 0.66 else rng.choice(ORIGINS)


def title_case(name: str) -> str:
    return name[:1].upper() + name[1:]


class Person:
    """Drawn once for a text; every method that needs chance is given the text's generator."""

    def __init__(self, rng: Random, lang: str) -> None:
        self.lang = lang
        self.group = group = origin(rng, lang)
        self.female = rng.random() < 0.5
        self.first = title_case(pick(rng, f"{group}.{'female' if self.female else 'male'}"))
        self.last = surname(rng, group)
        self.middle = pick(rng, f"{group}.{'female' if self.female else 'male'}")
        self.born = dates.birthday(rng)
        self.age = (TODAY - self.born).days // 365
        self.style = rng.random()

    def full(self) -> str:
        """The name in the form that this text uses throughout."""
        if self.style < 0.74:
            return f"{self.first} {self.last}"
        if self.style < 0.80:
            return f"{self.first} {self.middle[0]}. {self.last}"
        if self.style < 0.85:
            return f"{self.first} {self.middle} {self.last}"
        if self.style < 0.90:
            return f"{self.first[0]}. {self.last}"
        if self.style < 0.94:
            return f"{self.first}-{title_case(self.middle)} {self.last}"
        return f"{self.first} {self.last.split()[0][0]}."

    def local_part(self, rng: Random) -> str:
        one, two = ascii_letters(self.first).lower() or "info", ascii_letters(self.last).lower() or "x"
        return rng.choice((f"{one}.{two}", f"{one[0]}{two}", f"{one}{two}", f"{one}_{two}", f"{two}.{one}", f"{one}{rng.randrange(99)}",
                           f"{one}-{two}", f"{one[0]}.{two}{rng.randrange(99)}", two))


def surname(rng: Random, group: str) -> str:
    name = title_case(pick(rng, f"{group}.last"))
    roll = rng.random()
    if group in ("es", "pt") and roll < 0.45:
        return f"{name} {title_case(pick(rng, f'{group}.last'))}"
    if group in PARTICLES and roll < 0.1:
        return f"{rng.choice(PARTICLES[group])} {name}"
    if roll > 0.95 and " " not in name:
        return f"{name}-{title_case(pick(rng, f'{group}.last'))}"
    return name


def mail_domain(rng: Random, lang: str) -> str:
    common = ("gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me", "example.com", "mail.com")
    local = {"en": ("aol.com", "btinternet.com"), "es": ("hotmail.es", "telefonica.net"), "de": ("gmx.de", "web.de", "t-online.de"),
             "fr": ("orange.fr", "free.fr", "laposte.net"), "it": ("libero.it", "tiscali.it", "alice.it"),
             "pt": ("sapo.pt", "uol.com.br"), "nl": ("ziggo.nl", "kpnmail.nl", "xs4all.nl")}[lang]
    if rng.random() < 0.4:
        end = {"en": "com org co.uk edu", "es": "es com", "de": "de com", "fr": "fr com", "it": "it eu", "pt": "pt com.br", "nl": "nl be"}[lang]
        base = ascii_letters(pick(rng, f"{lang}.last")).lower() or "acme"
        return f"{base}{rng.choice(('', '-group', 'corp', 'tech', '-law', 'clinic'))}.{rng.choice(end.split())}"
    return rng.choice(common + local + local)


def common_word_name(rng: Random) -> str:
    """A first name that is also a word, a month or a virtue."""
    return rng.choice(words("trap.names")) if has("trap.names") else "Grace"
