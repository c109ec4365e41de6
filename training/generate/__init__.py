"""Generators of labelled training text: seeded, deterministic, split by template."""
