"""What each `{slot}` of a template becomes. `{p.full}` speaks of person p; `{city}` draws anew; `{city=a}` remembers."""
from __future__ import annotations

from collections.abc import Callable
from random import Random

from . import dates, numbers, people, places
from .lists import has, pick
from .pieces import Piece, Pieces, plain, tagged

DURATIONS = ("two years", "three months", "ten days", "six months", "five years", "four years and six months", "one year", "twenty days", "fifteen years", "two months")
PERSON_KEYS = frozenset("pqrs")
TITLES = {"en": (("Mr", "Mr."), ("Ms", "Mrs", "Ms.", "Mrs.", "Miss")), "es": (("Sr.", "D.", "Don"), ("Sra.", "Dña.", "Doña")),
          "de": (("Herr", "Herrn"), ("Frau",)), "fr": (("M.", "Monsieur"), ("Mme", "Madame")), "it": (("Sig.", "signor"), ("Sig.ra", "signora")),
          "pt": (("Sr.", "o Sr."), ("Sra.", "D.")), "nl": (("dhr.", "meneer", "de heer"), ("mevr.", "mevrouw"))}
DOCTORS = {"en": (("Dr. ", "Dr ", "Prof. ", "Doctor "),) * 2, "es": (("Dr. ", "el Dr. ", "Dr "), ("Dra. ", "la Dra. ")), "de": (("Dr. ", "Dr. med. ", "Prof. Dr. ", "OA Dr. "),) * 2,
           "fr": (("Dr ", "le Dr ", "docteur ", "Pr "),) * 2, "it": (("Dott. ", "dott. ", "Prof. "), ("Dott.ssa ", "dott.ssa ")),
           "pt": (("Dr. ", "o Dr. "), ("Dra. ", "a Dra. ")), "nl": (("dr. ", "Dr. ", "prof. dr. "),) * 2}
GENDERS = {"en": (("male", "male", "Male", "man"), ("female", "female", "Female", "woman")), "es": (("varón", "Varón", "hombre", "masculino"), ("mujer", "Mujer", "femenino", "femenina")),
           "de": (("männlich", "Mann", "m"), ("weiblich", "Frau", "w")), "fr": (("masculin", "homme", "Masculin"), ("féminin", "femme", "Féminin")), "it": (("maschio", "maschile", "M"), ("femmina", "femminile", "F")),
           "pt": (("masculino", "Masculino", "homem"), ("feminino", "Feminino", "mulher")), "nl": (("man", "Man", "mannelijk"), ("vrouw", "Vrouw", "vrouwelijk"))}
ADULTS = {"en": ("man", "woman"), "es": ("hombre", "mujer"), "de": ("Mann", "Frau"), "fr": ("homme", "femme"), "it": ("uomo", "donna"),
          "pt": ("homem", "mulher"), "nl": ("man", "vrouw")}
CHILDREN = {"en": ("boy", "girl"), "es": ("niño", "niña"), "de": ("Junge", "Mädchen"), "fr": ("garçon", "fille"), "it": ("bambino", "bambina"), "pt": ("menino", "menina"), "nl": ("jongen", "meisje")}
SEX = {"en": ("M", "F"), "es": ("H", "M"), "de": ("m", "w"), "fr": ("M", "F"), "it": ("M", "F"), "pt": ("M", "F"), "nl": ("M", "V")}

YEARS = {"en": "years", "es": "años", "de": "Jahre", "fr": "ans", "it": "anni", "pt": "anos", "nl": "jaar"}


class Context:
    """The facts of one text: its language, its generator, the people and remembered words in it."""

    def __init__(self, rng: Random, lang: str) -> None:
        self.rng, self.lang = rng, lang
        self.people: dict[str, people.Person] = {}
        self.remembered: dict[str, Pieces] = {}

    def person(self, key: str) -> people.Person:
        if key not in self.people:
            self.people[key] = people.Person(self.rng, self.lang)
        return self.people[key]


Maker = Callable[[Context], Pieces]


def fill(context: Context, slot: str) -> Pieces:
    """The pieces for one slot name, e.g. `city`, `p.mail`, `date=admitted`."""
    name, _, memory = slot.partition("=")
    if memory and memory in context.remembered:
        return context.remembered[memory]
    made = make(context, name)
    if memory:
        context.remembered[memory] = made
    return made


def make(context: Context, name: str) -> Pieces:
    who, _, what = name.partition(".")
    if who in PERSON_KEYS:
        return of_person(context, context.person(who), what or "name")
    if name in SLOTS:
        return SLOTS[name](context)
    raise KeyError(f"no slot {name}")


def of_person(context: Context, person: people.Person, what: str) -> Pieces:
    rng, lang = context.rng, context.lang
    index = int(person.female)
    texts: dict[str, tuple[Callable[[], str], str | None]] = {
        "name": (person.full, "PERSON"), "full": (lambda: f"{person.first} {person.last}", "PERSON"), "first": (lambda: person.first, "PERSON"),
        "last": (lambda: person.last, "PERSON"), "rev": (lambda: f"{person.last}, {person.first}", "PERSON"),
        "init": (lambda: f"{person.first[0]}. {person.last}", "PERSON"), "short": (lambda: f"{person.first} {person.last.split()[-1][0]}.", "PERSON"),
        "letters": (lambda: f"{person.first[0]}.{person.last.split()[-1][0]}.", "PERSON"), "caps": (lambda: f"{person.first} {person.last.upper()}", "PERSON"),
        "long": (lambda: f"{person.first} {person.middle} {person.last}", "PERSON"),
        "mr": (lambda: rng.choice(TITLES[lang][index]), None), "doctor": (lambda: rng.choice(DOCTORS[lang][index]), None),
        "mail": (lambda: f"{person.local_part(rng)}@{people.mail_domain(rng, lang)}", "EMAIL"),
        "user": (lambda: numbers.username(rng, people.ascii_letters(person.first) or "user", people.ascii_letters(person.last) or "x"), "USERNAME"),
        "dob": (lambda: dates.numeric(rng, person.born, lang) if rng.random() < 0.6 else dates.long(rng, person.born, lang), "DOB"),
        "age": (lambda: str(max(person.age, 1)), "AGE"), "birthyear": (lambda: str(person.born.year), "DOB"),
        "gender": (lambda: rng.choice(GENDERS[lang][index]), "GENDER"), "child": (lambda: CHILDREN[lang][index], "GENDER"), "man": (lambda: ADULTS[lang][index], "GENDER"), "sex": (lambda: SEX[lang][index], "GENDER"),
        "years": (lambda: f"{max(person.age, 1)} {YEARS[lang]}", "AGE"), "plainman": (lambda: ADULTS[lang][index], None), "he": (lambda: ("he", "she")[index], None), "his": (lambda: ("his", "her")[index], None), "him": (lambda: ("him", "her")[index], None),
        "cap": (lambda: ("He", "She")[index], None),
    }
    text, tag = texts[what]
    return [Piece(text(), tag)]


def day(context: Context) -> str:
    return dates.any_date(context.rng, dates.some_day(context.rng), context.lang)


def from_list(tag: str | None, *kinds: str) -> Maker:
    """A word of the language's own list, or of the one shared by all."""
    def maker(context: Context) -> Pieces:
        names = [n for kind in kinds for n in (f"{context.lang}.{kind}", f"all.{kind}") if has(n)]
        return [Piece(pick(context.rng, *(names or [f"en.{kinds[0]}"])), tag)]
    return maker


def drawn(tag: str | None, make_text: Callable[[Random, str], str]) -> Maker:
    return lambda context: [Piece(make_text(context.rng, context.lang), tag)]


def shaped(tag: str | None, *patterns: str) -> Maker:
    return drawn(tag, lambda rng, lang: numbers.shape(rng, rng.choice(patterns)))


def medication(context: Context) -> Pieces:
    rng = context.rng
    if context.lang == "en" or rng.random() < 0.4:
        return tagged(pick(rng, "en.medication"), "MEDICATION")
    return tagged(pick(rng, f"{context.lang}.medication", "en.medication"), "MEDICATION")


def doctor(context: Context) -> Pieces:
    person = people.Person(context.rng, context.lang)
    title = context.rng.choice(DOCTORS[context.lang][int(person.female)])
    name = context.rng.choice((person.last, f"{person.first} {person.last}", f"{person.first} {person.last}", f"{person.first[0]}. {person.last}", f"{person.first} {person.last[0]}."))
    return [Piece(title), Piece(name, "PERSON")]


def somebody(context: Context) -> Pieces:
    return tagged(people.Person(context.rng, context.lang).full(), "PERSON")


def first_name(context: Context) -> Pieces:
    return tagged(people.Person(context.rng, context.lang).first, "PERSON")


def url(rng: Random, lang: str) -> str:
    base = people.ascii_letters(pick(rng, f"{lang}.last")).lower() or "site"
    end = rng.choice(("com", "org", "net", "io", "co.uk" if lang == "en" else lang if lang != "en" else "us"))
    path = rng.choice(("", "", "/login", f"/{pick(rng, f'{lang}.last').lower()}" if lang == "en" else "/info", "/docs/index.html", f"/p/{rng.randrange(9999)}"))
    return rng.choice(("https://", "https://www.", "http://", "www.", "")) + f"{base}.{end}{people.ascii_letters(path) if ' ' in path else path}"


def person_name_word(tag: str | None) -> Maker:
    return lambda context: [Piece(people.Person(context.rng, context.lang).last, tag)]


def dosed(rng: Random, lang: str) -> str:
    return rng.choice(("5 mg", "10 mg", "20mg", "500 mg", "2.5 mg", "100 mcg", "40 mg/day", "1 g", "75 mg", "850 mg"))


SLOTS: dict[str, Maker] = {
    "doctor": doctor, "somebody": somebody, "firstname": first_name, "surname": person_name_word("PERSON"), "untagged_surname": person_name_word(None),
    "date": lambda c: tagged(day(c), "DATE"),
    "longdate": drawn("DATE", lambda rng, lang: dates.long(rng, dates.some_day(rng), lang)),
    "numdate": drawn("DATE", lambda rng, lang: dates.numeric(rng, dates.some_day(rng), lang)),
    "isodate": drawn("DATE", lambda rng, lang: dates.some_day(rng).isoformat()),
    "stamp": lambda c: [Piece(dates.some_day(c.rng).isoformat(), "DATE"), Piece(c.rng.choice(("T", " ")) + numbers.shape(c.rng, "1#:2#:3#"))],
    "partdate": drawn("DATE", lambda rng, lang: dates.partial(rng, dates.some_day(rng), lang)),
    "year": drawn("DATE", lambda rng, lang: str(rng.randrange(1950, 2026))), "plainyear": shaped(None, "19##", "20##", "201#", "202#", "199#"),
    "duration": drawn("DATE", lambda rng, lang: rng.choice(DURATIONS)), "government": lambda c: tagged(f"{pick(c.rng, 'en.nationality')} Government", "ORG"),
    "republic": lambda c: tagged(c.rng.choice(("the Republic of {}", "the Federal Republic of {}", "the Kingdom of {}", "{}", "the State of {}")).format(pick(c.rng, "en.country")).removeprefix("the the "), "ORG"),
    "weekday": drawn("DATE", dates.weekday),
    "plainmonth": drawn(None, lambda rng, lang: dates.month(dates.some_day(rng), lang)),
    "dob": drawn("DOB", lambda rng, lang: dates.numeric(rng, dates.birthday(rng), lang) if rng.random() < 0.6 else dates.long(rng, dates.birthday(rng), lang)),
    "age": drawn("AGE", lambda rng, lang: str(rng.randrange(1, 99))), "time": shaped(None, "1#:3#", "#:4#", "09:1#", "2#:00"),
    "city": drawn("LOCATION", places.city), "country": from_list("LOCATION", "country"), "region": drawn("LOCATION", places.region),
    "state": drawn("LOCATION", lambda rng, lang: pick(rng, "en.state")),
    "street": drawn("ADDRESS", places.street), "road": drawn("ADDRESS", places.street_name), "postcode": drawn("POSTCODE", places.postcode),
    "address": lambda c: places.address(c.rng, c.lang, ", "), "address_lines": lambda c: places.address(c.rng, c.lang, "\n"),
    "company": drawn("ORG", places.company), "bank": from_list("ORG", "bank"), "insurer": from_list("ORG", "insurer"), "team": from_list("ORG", "team"),
    "university": drawn("ORG", lambda rng, lang: places.authority(rng, lang, "university")),
    "court": drawn("ORG", lambda rng, lang: places.authority(rng, lang, "court")), "agency": drawn("ORG", lambda rng, lang: places.authority(rng, lang, "agency")),
    "hospital": drawn("FACILITY", places.facility), "condition": from_list("CONDITION", "condition"), "medication": medication,
    "procedure": from_list("PROCEDURE", "procedure"), "profession": from_list("PROFESSION", "profession"), "relative": from_list("RELATIVE", "relative"),
    "demographic": from_list("DEMOGRAPHIC", "demographic"), "nationality": from_list("DEMOGRAPHIC", "nationality"), "religion": from_list("DEMOGRAPHIC", "religion"),
    "plain_relative": from_list(None, "relative"), "plain_nationality": from_list(None, "nationality"), "plain_profession": from_list(None, "profession"), "specialty": from_list(None, "specialty"), "symptom": from_list(None, "symptom"),
    "dose": drawn(None, dosed), "amount": drawn(None, numbers.amount),
    "phone": drawn("PHONE", numbers.phone), "email": lambda c: of_person(c, people.Person(c.rng, c.lang), "mail"),
    "username": lambda c: of_person(c, people.Person(c.rng, c.lang), "user"), "url": drawn("URL", url),
    "mrn": shaped("MRN", *numbers.MRNS), "plan": shaped("HEALTH_PLAN_ID", *numbers.PLANS),
    "license": shaped("PROVIDER_LICENSE", "1#########", "AA#######", "########", "##-##-#####", "28/28/#####", "## ## #####", "28 28 #####", "##-##-#####", "##.###", "A-#####", "MD######", "G######"),
    "nid": drawn("NATIONAL_ID", lambda rng, lang: numbers.of(rng, numbers.NATIONAL, lang)), "tax": drawn("TAX_ID", lambda rng, lang: numbers.of(rng, numbers.TAX, lang)),
    "ssn": shaped("NATIONAL_ID", "9##-##-####", "9##-##-####", "9########", "9## ## ####"),
    "passport": drawn("PASSPORT", lambda rng, lang: numbers.of(rng, numbers.PASSPORTS, lang)), "dl": drawn("DRIVER_LICENSE", lambda rng, lang: numbers.of(rng, numbers.LICENCES, lang)),
    "account": shaped("BANK_ACCOUNT", *numbers.ACCOUNTS), "iban": drawn("BANK_ACCOUNT", numbers.iban), "bic": shaped("BANK_ACCOUNT", "AAAAGB2L", "AAAADEFFXXX", "AAAAESMM", "AAAAFRPP###", "AAAANL2A", "AAAAITMM"),
    "sortcode": shaped("BANK_ACCOUNT", "##-##-##", "######"), "routing": shaped("BANK_ACCOUNT", "0########", "1########"),
    "card": drawn("CREDIT_CARD", lambda rng, lang: numbers.card(rng)), "cvv": shaped("CREDIT_CARD", "###", "###", "####"), "expiry": shaped(None, "0#/2#", "1#/2#", "0#/202#"),
    "plate": drawn("VEHICLE_ID", lambda rng, lang: numbers.of(rng, numbers.PLATES, lang)), "vin": shaped("VEHICLE_ID", *numbers.VINS),
    "imei": shaped("DEVICE_ID", "35#############", "86#############"), "serial": shaped("DEVICE_ID", *numbers.SERIALS), "mac": shaped("DEVICE_ID", "hh:hh:hh:hh:hh:hh", "hh-hh-hh-hh-hh-hh"),
    "ip": drawn(None, lambda rng, lang: ".".join(str(rng.randrange(1, 255)) for _ in range(4))),
    "case": shaped("CASE_OR_CODE", *numbers.CASES), "echr": shaped("CASE_OR_CODE", "9####/##", "9###/##"), "other": shaped("OTHER_ID", *numbers.OTHERS),
    "password": drawn("PASSWORD", lambda rng, lang: numbers.password(rng)), "secret": drawn("PASSWORD", lambda rng, lang: numbers.secret(rng)),
    "pin": shaped("CREDIT_CARD", "####"),
    "n": shaped(None, "9"), "n2": shaped(None, "9#"), "n3": shaped(None, "9##"), "n4": shaped(None, "9###"), "dec": shaped(None, "9.#", "9#.#", "0.##"),
    "hex": shaped(None, "hhhhhhh", "hhhhhhhh", "hhhhhhhhhhhh"), "sha": shaped(None, "h" * 40), "uuid": shaped(None, "hhhhhhhh-hhhh-4hhh-ahhh-hhhhhhhhhhhh"),
    "version": shaped(None, "9.#.#", "0.9#.#", "v9.#"), "issue": shaped(None, "#9##", "JIRA-9##", "PR #9###"),
    "eponym": from_list("CONDITION", "eponym"), "placeperson": from_list("LOCATION", "placeperson"), "brand": from_list(None, "brand"),
    "law": from_list(None, "law"), "food": from_list(None, "food"), "lang_code": from_list(None, "coding"), "topic": from_list(None, "topic"),
    "famous": from_list("PERSON", "famous"), "trapname": lambda c: tagged(people.common_word_name(c.rng), "PERSON"), "issuer": from_list("ORG", "issuer", "org"),
}
__all__ = ["Context", "fill", "plain"]
