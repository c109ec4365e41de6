"""Dates as people write them, by language."""
from __future__ import annotations

from datetime import date, timedelta
from random import Random

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
SHORT = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "de": "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    "fr": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    "pt": "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    "nl": "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
}
LONG = {
    "es": "{d} de {m} de {y}", "pt": "{d} de {m} de {y}", "de": "{d}. {m} {y}", "fr": "{d} {m} {y}",
    "it": "{d} {m} {y}", "nl": "{d} {m} {y}",
}


def some_day(rng: Random, first: int = 1995, last: int = 2027) -> date:
    return date(first, 1, 1) + timedelta(days=rng.randrange((last - first) * 365 + 300))


def birthday(rng: Random) -> date:
    return some_day(rng, 1928, 2018)


def month(day: date, lang: str, short: bool = False) -> str:
    return (SHORT if short else MONTHS)[lang].split()[day.month - 1]


def ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def long(rng: Random, day: date, lang: str) -> str:
    if lang == "en":
        name, brief = month(day, "en"), month(day, "en", True)
        return rng.choice((
            f"{name} {day.day}, {day.year}", f"{day.day} {name} {day.year}", f"{name} {ordinal(day.day)}, {day.year}",
            f"{brief} {day.day}, {day.year}", f"{day.day} {brief} {day.year}", f"{ordinal(day.day)} of {name} {day.year}",
            f"{brief}. {day.day}, {day.year}", f"{ordinal(day.day)} {name}, {day.year}",
        ))
    shape = LONG[lang] if rng.random() < 0.8 else "{d} {m} {y}"
    return shape.format(d=day.day, m=month(day, lang, rng.random() < 0.15), y=day.year)


def numeric(rng: Random, day: date, lang: str) -> str:
    d, m, y = day.day, day.month, day.year
    iso = day.isoformat()
    if rng.random() < 0.15:
        return iso
    if lang == "en" and rng.random() < 0.65:
        return rng.choice((f"{m:02}/{d:02}/{y}", f"{m}/{d}/{y}", f"{m:02}-{d:02}-{y}", f"{m}/{d}/{y % 100:02}"))
    mark = rng.choice({"de": "..../", "nl": "--/.", "fr": "///.", "it": "//-.", "en": "//-."}.get(lang, "//-"))
    year = f"{y % 100:02}" if rng.random() < 0.12 else str(y)
    return f"{d:02}{mark}{m:02}{mark}{year}" if rng.random() < 0.8 else f"{d}{mark}{m}{mark}{year}"


def partial(rng: Random, day: date, lang: str) -> str:
    """Less than a full date: day and month, or month and year."""
    name = month(day, lang)
    if lang == "en":
        return rng.choice((f"{name} {day.day}", f"{day.day} {name}", f"{name} {day.year}", f"{name} {ordinal(day.day)}",
                           f"{month(day, lang, True)} {day.day}", f"{day.month}/{day.day}"))
    link = " de " if lang in ("es", "pt") else " "
    point = "." if lang == "de" else ""
    return rng.choice((f"{day.day}{point}{link}{name}", f"{name}{link}{day.year}"))


def any_date(rng: Random, day: date, lang: str) -> str:
    roll = rng.random()
    if roll < 0.42:
        return long(rng, day, lang)
    return numeric(rng, day, lang) if roll < 0.84 else partial(rng, day, lang)


def weekday(rng: Random, lang: str) -> str:
    return rng.choice(WEEKDAYS[lang].split())
