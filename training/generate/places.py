"""Addresses in national shapes, cities, organisations and facilities."""
from __future__ import annotations

from random import Random

from . import numbers
from .lists import has, pick
from .pieces import Piece, Pieces

POSTCODES = {"en": ("#####", "#####", "#####-####", "AA# #AA", "A## #AA", "AA## #AA"), "es": ("#####",), "de": ("#####", "9###"),
             "fr": ("#####", "9###"), "it": ("#####",), "pt": ("9###-###", "#####-###"), "nl": ("9### AA", "9###AA", "9###")}
OTHERS = ("in", "pl", "cs", "nordic", "ro", "balkan", "ar", "id", "africa", "hu", "en", "es", "de", "fr", "it", "pt", "nl")


def city(rng: Random, lang: str) -> str:
    group = lang if rng.random() < 0.75 else rng.choice(OTHERS)
    return pick(rng, f"{group}.town", f"{group}.city") if rng.random() < 0.6 else pick(rng, f"{group}.city", f"{group}.town")


def house(rng: Random) -> str:
    return str(rng.choice((rng.randrange(1, 60), rng.randrange(1, 250), rng.randrange(100, 9999)))) + rng.choice(("", "", "", "", "a", "B", "/2"))


def street(rng: Random, lang: str) -> str:
    """Street and number, with at times the flat."""
    name, number = street_name(rng, lang), house(rng)
    if lang == "en":
        unit = rng.choice(("", "", "", "", ", Apt 4B", ", Suite 210", " Apt. 12", ", Flat 3", ", Unit 7", " #302"))
        return f"{number} {name}{unit}"
    if lang == "fr":
        return f"{number}{rng.choice((' ', ' ', ', ', ' bis '))}{name}"
    if lang == "es" and rng.random() < 0.12:
        return f"{name}{rng.choice((', s/n', ' s/n', ', km 4', f', km. {rng.randrange(2, 40)},{rng.randrange(10, 99)}0'))}"
    tail = {
        "es": ("", "", ", 3º B", ", 2º izq.", ", bajo", " 4A", ", piso 5"), "pt": ("", "", ", 2º Esq.", ", r/c", ", apto 31", " 3.º Dto."),
        "de": ("", "", "", " c", ", 2. OG"), "it": ("", "", ", int. 4", "/B"), "nl": ("", "", "", "-2", " bis", " III"),
    }[lang]
    link = {"es": (", ", " ", " nº ", ", nº "), "pt": (", ", " ", ", n.º ", " nº "), "it": (", ", " ", ", n. "), "de": (" ",), "nl": (" ",)}[lang]
    return f"{name}{rng.choice(link)}{number}{rng.choice(tail)}"


def street_name(rng: Random, lang: str) -> str:
    core = pick(rng, f"{lang}.road") if rng.random() < 0.7 else pick(rng, f"{lang}.last")
    if lang == "en":
        kinds = "Street St St. Avenue Ave Ave. Road Rd Lane Ln Drive Dr Dr. Boulevard Blvd Court Ct Way Place Terrace Close Crescent Parkway Highway Square Circle Hill"
        return f"{core} {rng.choice(kinds.split())}"
    if lang == "de":
        if rng.random() < 0.65:
            return core.replace(" ", "-") + rng.choice(("straße", "str.", "weg", "gasse", "allee", "platz", "strasse", "ring"))
        return rng.choice(("Am ", "An der ", "Im ", "Zum ")) + core if rng.random() < 0.4 else core.replace(" ", "-") + rng.choice(("-Straße", "-Allee", "-Platz", "-Weg"))
    if lang == "nl":
        return core.replace(" ", "") + rng.choice(("straat", "laan", "weg", "plein", "kade", "gracht", "singel", "hof", "dreef")).lower()
    kinds = {"es": ("Calle", "Calle", "C/", "Avenida", "Avda.", "Av.", "Plaza", "Paseo", "Camino", "Ronda", "Carrer", "Ctra.", "c/"),
             "fr": ("rue", "rue", "avenue", "bd", "boulevard", "place", "chemin", "impasse", "allée", "quai", "Rue", "av."),
             "it": ("Via", "Via", "Viale", "Corso", "Piazza", "Vicolo", "Largo", "via", "P.zza", "V.le"),
             "pt": ("Rua", "Rua", "Avenida", "Av.", "Travessa", "Praça", "Largo", "R.", "Estrada", "Alameda")}[lang]
    link = {"es": (" ", " ", " de ", " de la "), "fr": (" ", " de ", " du ", " des "), "it": (" ", " ", " del ", " dei "), "pt": (" ", " da ", " de ", " do ")}[lang]
    return f"{rng.choice(kinds)}{rng.choice(link)}{core}"


def postcode(rng: Random, lang: str) -> str:
    return numbers.of(rng, POSTCODES, lang)


def region(rng: Random, lang: str) -> str:
    return pick(rng, f"{lang}.region")


def address(rng: Random, lang: str, gap: str) -> Pieces:
    """A whole address; `gap` parts its lines (", " or a line end)."""
    road = Piece(street(rng, lang), "ADDRESS")
    town, code = Piece(city(rng, lang), "LOCATION"), Piece(postcode(rng, lang), "POSTCODE")
    parts = [road, Piece(gap)]
    if lang == "en":
        if any(c.isalpha() for c in code.text):
            parts += [town, Piece(rng.choice((" ", ", ", gap))), code]
        else:
            parts += [town, Piece(", "), Piece(pick(rng, "en.state"), "LOCATION"), Piece(" "), code]
    else:
        parts += [code, Piece(" "), town] if rng.random() < 0.8 else [town, Piece(gap), code]
        if lang in ("es", "it") and rng.random() < 0.3:
            parts += [Piece(" ("), Piece(region(rng, lang), "LOCATION"), Piece(")")]
    if rng.random() < 0.25:
        parts += [Piece(gap), Piece(pick(rng, f"{lang}.country"), "LOCATION")]
    return parts


def company(rng: Random, lang: str) -> str:
    roll = rng.random()
    if roll < 0.3:
        return pick(rng, f"{lang}.org") if has(f"{lang}.org") and rng.random() < 0.6 else pick(rng, "world.org")
    name = pick(rng, f"{lang}.last")
    ends = {"en": "Inc;Inc.;Ltd;LLC;Ltd.;Group;Holdings;& Sons;Partners;Corp.;PLC;Technologies;Logistics;Foods;Consulting;and Co;Media",
            "es": "S.A.;S.L.;SL;SA;Hermanos;e Hijos;Construcciones S.L.;Consultores;y Asociados", "de": "GmbH;AG;KG;GmbH & Co. KG;e.K.;OHG;SE;Maschinenbau GmbH;Logistik GmbH;Stiftung & Co. KGaA",
            "fr": "SA;SARL;SAS;S.A.;et Fils;Frères;& Cie;Industries;Conseil", "it": "S.p.A.;S.r.l.;SpA;Srl;& Figli;Group;SNC;s.a.s.",
            "pt": "Lda.;S.A.;Lda;SA;Ltda.;& Filhos;e Associados;S/A", "nl": "B.V.;BV;N.V.;& Zonen;NV;Holding B.V.;Groep;Logistics BV"}[lang]
    if roll < 0.75:
        return f"{name} {rng.choice(ends.split(';'))}"
    second = pick(rng, f"{lang}.last")
    if roll < 0.85:
        return rng.choice((f"{name}, {second} and {name}" if lang == "en" else f"{name} & {second}", f"{name}-{second}", f"{name} {second} {rng.choice(ends.split(';'))}"))
    return pick(rng, "coined.first") + pick(rng, "coined.second") + rng.choice(("", " " + rng.choice(ends.split(";"))))


def facility(rng: Random, lang: str) -> str:
    if has(f"{lang}.hospital") and rng.random() < 0.35:
        return pick(rng, f"{lang}.hospital")
    saint, town, person = pick(rng, f"{lang}.saint"), city(rng, lang), pick(rng, f"{lang}.last")
    shapes = pick(rng, f"{lang}.facility")
    return shapes.replace("SAINT", saint).replace("CITY", town).replace("NAME", person).replace("ROAD", pick(rng, f"{lang}.road"))


def authority(rng: Random, lang: str, kind: str) -> str:
    return pick(rng, f"{lang}.{kind}", f"en.{kind}").replace("CITY", city(rng, lang)).replace("NAME", pick(rng, f"{lang}.last")).replace("REGION", region(rng, lang))
