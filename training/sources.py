"""Readers of the public labelled sets of `--data DIR`, in the form of the generated examples.

A tag that a source does not annotate stands in the row's `mask`: its absence there says nothing.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .generate.pieces import TAGS

HELD_PERCENT = 15
Span = dict[str, object]
Row = dict[str, object]

# Labels of all sets that mean the same tag wherever they appear.
SHARED = {tag: tag for tag in TAGS} | {"US_SSN": "NATIONAL_ID", "IBAN": "BANK_ACCOUNT", "SWIFT_BIC": "BANK_ACCOUNT", "ROUTING_NUMBER": "BANK_ACCOUNT",
                                       "CVV_PIN": "CREDIT_CARD", "API_KEY": "PASSWORD", "MAC_ADDRESS": "DEVICE_ID"}
TITLE = re.compile(r"(?:(?:mr|mrs|ms|miss|dr|prof|professor|doctor|sir|lady|lord|judge|sr|sra|dra)\.?\s+)+", re.IGNORECASE)
FACILITY = re.compile(r"hosp|clinic|med|health|cent|cntr|ctr|sinai|mayo|hopkins|baylor|ucla|ucsf|nyu|st\.|general|gen\b|mercy|kaiser|children|memorial|"
                      r"stanford|va\b|nursing|office|facility|presbyterian|langone|uwmc|\ber\b|women|care|mass", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """One set: its file, language, the tags it annotates, and what to make of a span or a text."""
    file: str
    lang: str
    tags: frozenset[str]
    retag: Callable[[str, Span], str | None]
    group: Callable[[Row], str] = lambda row: str(row["id"])
    classes: Callable[[Row], list[str] | None] = field(default=lambda row: None)
    trim: bool = True


def mapped(text: str, span: Span) -> str | None:
    """The tag of the set's own mapping; a label that is annotated but has no tag gives none."""
    return SHARED.get(str(span["mapped"])) if span["mapped"] else None


def presidio(text: str, span: Span) -> str | None:
    word = str(span["text"])
    if span["label"] in ("TITLE", "PREFIX") or TITLE.fullmatch(word + " "):
        return None
    if span["label"] == "ADDRESS" and re.fullmatch(r"[A-Z]{0,3}[- ]?\d{4,6}(-\d{3,4})?|[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}", word):
        return "POSTCODE"
    return mapped(text, span)


def clinical(text: str, span: Span) -> str | None:
    """The set calls every place a location of one kind; we tell streets, towns and houses of care apart."""
    if span["label"] != "GEOGRAPHIC_LOCATION":
        return mapped(text, span)
    word = str(span["text"])
    if re.fullmatch(r"\d{5}", word):
        return "POSTCODE"
    if FACILITY.search(word) and not re.match(r"\d+ ", word):
        return "FACILITY"
    if re.match(r"\d+ ", word) or re.search(r"\b(street|ave|avenue|road)\b", word, re.IGNORECASE):
        return "ADDRESS"
    known_town = re.search(r", [A-Z]{2}$", word) or re.search(r"(in|from|resid\w+ (in|at)|near) $", text[:int(str(span["start"]))])
    return "LOCATION" if known_town else "FACILITY"


def meddocan(text: str, span: Span) -> str | None:
    if span["label"] == "TERRITORIO" and re.fullmatch(r"[\d ]{4,7}", str(span["text"])):
        return "POSTCODE"
    if span["label"] == "FECHAS" and re.search(r"nacimiento\W{0,4}$", text[:int(str(span["start"]))], re.IGNORECASE):
        return "DOB"
    return mapped(text, span)


def agreements(text: str, span: Span) -> str | None:
    """Loan agreements name roles ("Borrower", "Bank") as people: only names of people are."""
    words = str(span["text"])
    if span["label"] == "PER" and re.search(r"borrower|lender|lessor|lessee|guarantor|agent|holder|executive|employee|landlord|tenant|party|parent|officer|buyer|seller", words, re.IGNORECASE):
        return None
    if span["label"] == "ORG" and words.lower() in ("bank", "company", "issuer", "trustee", "lender", "borrower"):
        return None
    return mapped(text, span)


def shape(row: Row) -> str:
    """The text with its spans replaced by their labels: rows of one template share it."""
    text, at, parts = str(row["text"]), 0, []
    for span in row["spans"]:
        parts += [text[at:span["start"]], f"<{span['label']}>"]
        at = span["end"]
    return re.sub(r"\s+", " ", "".join(parts) + text[at:]).strip().lower()


def tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


NEWS = tags("PERSON ORG LOCATION")
SOURCES = {
    "presidio": Source("presidio_generated_large.jsonl", "en", tags(
        "PERSON ADDRESS LOCATION ORG PHONE DATE CREDIT_CARD NATIONAL_ID EMAIL URL BANK_ACCOUNT DRIVER_LICENSE POSTCODE"), presidio, shape),
    "tab": Source("tab_train.jsonl", "en", tags("PERSON ORG LOCATION DATE DEMOGRAPHIC CASE_OR_CODE ADDRESS DOB"), mapped),
    "asq_phi": Source("asq_phi.jsonl", "en", frozenset(TAGS) - tags(
        "AGE PROFESSION DEMOGRAPHIC GENDER RELATIVE CONDITION MEDICATION PROCEDURE ORG USERNAME"), clinical, classes=lambda row: ["health"]),
    "meddocan": Source("meddocan_es_train.jsonl", "es", frozenset(TAGS) - tags("CONDITION MEDICATION PROCEDURE DEMOGRAPHIC"), meddocan,
                       classes=lambda row: ["health"]),
    "sec_fin": Source("sec_fin5.jsonl", "en", NEWS, agreements),
    "wnut17": Source("wnut17_train.jsonl", "en", NEWS, mapped),
    "btc": Source("btc_abefg.jsonl", "en", NEWS, mapped),
    "wikigold": Source("wikigold.jsonl", "en", NEWS, mapped),
}


def convert(name: str, source: Source, row: Row) -> Row:
    text = str(row["text"])
    spans = []
    for span in sorted(row["spans"], key=lambda s: (s["start"], -s["end"])):
        tag = source.retag(text, span)
        if tag and (not spans or span["start"] >= spans[-1]["end"]):
            start, end = trimmed(text, span["start"], span["end"], tag)
            if start < end:
                spans.append({"start": start, "end": end, "tag": tag})
    key = source.group(row)
    return {"text": text, "spans": spans, "classes": source.classes(row), "injection": False, "lang": source.lang, "source": name, "domain": name,
            "template": f"{name}/{hashlib.sha256(key.encode()).hexdigest()[:12]}", "mask": [t for t in TAGS if t not in source.tags]}


def trimmed(text: str, start: int, end: int, tag: str) -> tuple[int, int]:
    """Without blanks at the ends and, for people, without the title before the name."""
    if tag == "PERSON" and (title := TITLE.match(text, start, end)):
        start = title.end()
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def is_held(template: str) -> bool:
    return int(hashlib.sha256(template.encode()).hexdigest(), 16) % 100 < HELD_PERCENT


def rows(data: Path, split: str, only: list[str] | None = None) -> Iterator[Row]:
    """All rows of one split; the split goes by document or template."""
    for name, source in SOURCES.items():
        path = data / source.file
        if (only and name not in only) or not path.exists():
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            row = convert(name, source, json.loads(line))
            if is_held(str(row["template"])) == (split == "held"):
                yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=("train", "held"), default="train")
    parser.add_argument("--only", nargs="*", choices=sorted(SOURCES))
    given = parser.parse_args()
    with given.out.open("w", encoding="utf-8") as out:
        for row in rows(given.data, given.split, given.only):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
