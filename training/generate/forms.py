"""Records as forms, JSON, CSV, tables, logs or prose: a kind of record, a layout and the language's field names
make a template that is filled like any other. The split goes by kind and layout together."""
from __future__ import annotations

from collections.abc import Callable
from random import Random

from .grammar import Template
from .lists import words

CONTACT = "p p.first p.last p.mail phone street address city postcode country company profession"
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "patient": ("p p.rev p.first p.last p.dob p.age p.sex p.gender mrn plan insurer doctor hospital condition medication procedure symptom numdate phone address license q relative", ("health",)),
    "visit": ("p mrn numdate time doctor hospital condition procedure medication", ("health",)),
    "customer": (f"{CONTACT} p.dob other account iban bank amount ssn nid", ("financial_account",)),
    "payment": ("p account iban bic routing sortcode bank amount card cvv numdate company other", ("financial_account",)),
    "employee": ("p p.first p.last p.dob profession company amount numdate q nid ssn other address phone p.mail iban nationality", ("human_resources",)),
    "applicant": ("p p.dob nationality profession university phone p.mail address p.age demographic religion amount q", ("human_resources",)),
    "account": ("p.user password p.mail ip url numdate", ("security_sensitive",)),
    "contact": (CONTACT + " url", ()), "traveller": ("p p.rev passport nationality p.dob country city numdate other p.sex", ()),
    "vehicle": ("p plate vin dl address insurer other numdate", ()), "device": ("p p.user imei serial mac brand ip numdate company", ()),
    "case": ("p q case numdate company city doctor amount", ()), "claim": ("p other insurer plate street city numdate amount q phone", ()),
    "order": ("p address phone p.mail other numdate brand amount", ()), "citizen": ("p p.dob city country nid tax passport dl religion nationality demographic p.gender", ()),
    "goods": ("brand n n2 amount version", ()), "build": ("version uuid n n2 time ip", ()),
}
# What makes a record of that class: without one of these the class is unknown.
PROOF = {"health": "condition medication procedure symptom mrn hospital doctor plan", "financial_account": "account iban card bic routing sortcode cvv",
         "human_resources": "amount university religion demographic", "security_sensitive": "password"}
Layout = Callable[[Random, list[tuple[str, str]]], str]


def lines(mark: str) -> Layout:
    return lambda rng, fields: "\n".join(f"{label}{mark}{{{slot}}}" for label, slot in fields)


def inline(mark: str, gap: str) -> Layout:
    return lambda rng, fields: gap.join(f"{label}{mark}{{{slot}}}" for label, slot in fields)


def json_object(rng: Random, fields: list[tuple[str, str]]) -> str:
    gap = rng.choice((", ", ",\n  ", ","))
    return "{" + gap.join(f'"{key(label)}": "{{{slot}}}"' for label, slot in fields) + "}"


def key(label: str) -> str:
    return label.strip(".").replace(" ", "_").replace("'", "").lower() if " " in label or "." in label else label


def yaml(rng: Random, fields: list[tuple[str, str]]) -> str:
    return rng.choice(("record:\n", "data:\n", "")) + "\n".join(f"  {key(label)}: {{{slot}}}" for label, slot in fields)


def xml(rng: Random, fields: list[tuple[str, str]]) -> str:
    gap = rng.choice(("", "\n"))
    return f"<record>{gap}" + gap.join(f"<{key(label)}>{{{slot}}}</{key(label)}>" for label, slot in fields) + f"{gap}</record>"


def table(head: str, gap: str, edge: str, ruled: bool) -> Layout:
    """Rows for up to three people under one head; each person's slots are renamed to its own letter."""
    def layout(rng: Random, fields: list[tuple[str, str]]) -> str:
        fields = fields[:6]
        top = edge + gap.join(label for label, _ in fields) + edge[::-1]
        rule = ["|" + "---|" * len(fields)] if ruled else []
        rows = [edge + gap.join("{" + for_person(slot, who) + "}" for _, slot in fields) + edge[::-1] for who in "prs"[:rng.randrange(1, 4)]]
        return "\n".join([top, *rule, *rows])
    return layout


def for_person(slot: str, who: str) -> str:
    return who + slot[1:] if slot == "p" or slot.startswith("p.") else slot


def log(rng: Random, fields: list[tuple[str, str]]) -> str:
    return "{stamp} " + rng.choice(("INFO", "DEBUG", "WARN", "audit:")) + " " + " ".join(f'{key(label)}="{{{slot}}}"' for label, slot in fields[:5])


def bullets(rng: Random, fields: list[tuple[str, str]]) -> str:
    mark = rng.choice(("- ", "* ", "• ", "- **"))
    return "\n".join(f"{mark}{label}{'**' if '**' in mark else ''}: {{{slot}}}" for label, slot in fields)


def values_only(rng: Random, fields: list[tuple[str, str]]) -> str:
    return rng.choice((", ", " | ", "\n", "; ", "\t")).join(f"{{{slot}}}" for _, slot in fields)


LAYOUTS: dict[str, Layout] = {
    "colon": lines(": "), "tight": lines(":"), "dots": lines("......: "), "equals": lines("="), "below": lines(":\n"), "tabbed": lines("\t"), "dash": lines(" - "),
    "semicolons": inline(": ", "; "), "commas": inline(" ", ", "), "pipes": inline(": ", " | "), "full_stops": inline(": ", ". "), "arrows": inline(" -> ", ", "), "blanks": inline(": ", "   "),
    "json": json_object, "yaml": yaml, "xml": xml, "csv": table("", ",", "", False), "ssv": table("", ";", "", False), "tsv": table("", "\t", "", False),
    "markdown": table("", " | ", "| ", True), "log": log, "bullets": bullets, "values": values_only,
}


def labels(lang: str) -> dict[str, list[str]]:
    """The language's names for each slot; a slot may stand in several entries."""
    found: dict[str, list[str]] = {}
    for entry in words(f"{lang}.fields"):
        slot, *names = entry.split("|")
        found.setdefault(slot, []).extend(names)
    return found


def form(rng: Random, lang: str, split: str) -> Template:
    while True:
        kind, layout = rng.choice(list(KINDS)), rng.choice(list(LAYOUTS))
        template = Template(f"{lang}/forms/{kind}.{layout}", lang, "forms", KINDS[kind][1], False, "")
        if template.held() == (split == "held"):
            break
    names = labels(lang)
    known = [slot for slot in KINDS[kind][0].split() if slot in names]
    chosen = rng.sample(known, min(len(known), rng.randrange(2, 9)))
    chosen.sort(key=known.index)
    fields = [(rng.choice(names[slot]), slot) for slot in chosen]
    proven = all(set(PROOF[each].split()) & set(chosen) for each in KINDS[kind][1])
    return Template(template.id, lang, "forms", KINDS[kind][1] if proven else None, False, LAYOUTS[layout](rng, fields))
