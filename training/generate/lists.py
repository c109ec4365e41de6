"""The word lists under lists/: `[section]` lines, then entries separated by `;` or line ends."""
from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent / "lists"


@cache
def sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(FOLDER.glob("*.txt")):
        name = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("[") and line.endswith("]"):
                name = line[1:-1]
            elif line and not line.startswith("#"):
                entries = (entry.strip() for entry in line.split(";"))
                found.setdefault(name, []).extend(entry for entry in entries if entry)
    return found


def words(name: str) -> list[str]:
    return sections()[name]


def has(name: str) -> bool:
    return name in sections()


def pick(rng: Random, *names: str) -> str:
    """One entry of the first of these sections that exists."""
    for name in names:
        if has(name):
            return rng.choice(words(name))
    raise KeyError(f"no list named {' or '.join(names)}")
