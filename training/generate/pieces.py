"""Labelled text under construction: pieces of (text, tag or None), and what can be done with them."""
from __future__ import annotations

from typing import NamedTuple

TAGS = (
    "PERSON ORG FACILITY ADDRESS LOCATION POSTCODE DATE DOB AGE PROFESSION DEMOGRAPHIC GENDER RELATIVE CONDITION "
    "MEDICATION PROCEDURE USERNAME PHONE EMAIL URL MRN HEALTH_PLAN_ID PROVIDER_LICENSE NATIONAL_ID TAX_ID PASSPORT "
    "DRIVER_LICENSE BANK_ACCOUNT CREDIT_CARD VEHICLE_ID DEVICE_ID CASE_OR_CODE OTHER_ID PASSWORD"
).split()
CLASSES = (
    "health financial_account inside_information legal_privilege source_code human_resources security_sensitive"
).split()
LANGUAGES = "en es de fr it pt nl".split()


class Piece(NamedTuple):
    text: str
    tag: str | None = None


Pieces = list[Piece]


def plain(text: str) -> Pieces:
    return [Piece(text)]


def tagged(text: str, tag: str) -> Pieces:
    return [Piece(text, tag)]


def text_and_spans(pieces: Pieces) -> tuple[str, list[dict[str, object]]]:
    """Joins the pieces; blanks at a tagged piece's ends stay outside its span."""
    parts: list[str] = []
    spans: list[dict[str, object]] = []
    at = 0
    for text, tag in pieces:
        kept = text.strip()
        if tag and kept:
            start = at + text.index(kept)
            spans.append({"start": start, "end": start + len(kept), "tag": tag})
        parts.append(text)
        at += len(text)
    return "".join(parts), spans
