"""Tests of the training. The generator's need Python's own library alone; the others are skipped where numpy or torch is missing."""
from importlib.util import find_spec
from unittest import SkipTest


def needs_torch() -> None:
    """Called before a module of tests imports what it tests."""
    if not (find_spec("numpy") and find_spec("torch")):
        raise SkipTest("numpy and torch are not installed")
