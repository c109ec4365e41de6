"""Names that the weights carry, in the order of the heads."""
from __future__ import annotations

from .generate.pieces import LANGUAGES, TAGS

CLASSES = ("health", "financial_account", "inside_information", "legal_privilege", "source_code", "human_resources", "security_sensitive")
INJECTION = len(CLASSES)  # the place of the injection score in the head of classes
LABELS = 2 * len(TAGS) + 1
EMBEDDING = 128

__all__ = ["CLASSES", "EMBEDDING", "INJECTION", "LABELS", "LANGUAGES", "TAGS", "begin", "inside"]


def begin(tag: int) -> int:
    return 2 * tag + 1


def inside(tag: int) -> int:
    return 2 * tag + 2
