"""Names that the weights carry, in the order of the heads."""
from __future__ import annotations

from .generate.pieces import LANGUAGES, TAGS

CLASSES = ("health", "financial_account", "inside_information", "legal_privilege", "source_code", "human_resources", "security_sensitive")
INJECTION = len(CLASSES)  # the place of the injection score in the head of classes
LABELS = 2 * len(TAGS) + 1
# The tags that the gateway counts: it leaves numbers to its patterns.
SPOKEN = frozenset("PERSON ORG FACILITY ADDRESS LOCATION POSTCODE DATE DOB AGE PROFESSION DEMOGRAPHIC GENDER RELATIVE CONDITION MEDICATION PROCEDURE USERNAME".split())
TRAITS = frozenset("AGE PROFESSION DEMOGRAPHIC GENDER RELATIVE".split())  # they say something of somebody, and identify nobody alone
# Tags that stand for one kind of thing, as the scorer groups them.
GROUPS = ("ADDRESS LOCATION POSTCODE FACILITY", "ORG FACILITY", "DATE DOB", "DEMOGRAPHIC GENDER RELATIVE")
EMBEDDING = 128

__all__ = ["CLASSES", "EMBEDDING", "GROUPS", "INJECTION", "LABELS", "LANGUAGES", "SPOKEN", "TAGS", "TRAITS", "begin", "inside", "kin"]


def begin(tag: int) -> int:
    return 2 * tag + 1


def inside(tag: int) -> int:
    return 2 * tag + 2


def kin(tag: str) -> frozenset[str]:
    """The tags that stand for the same kind of thing, itself among them."""
    return frozenset({tag}.union(*(group.split() for group in GROUPS if tag in group.split())))
