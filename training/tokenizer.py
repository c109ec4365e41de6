"""Text to word pieces as BERT's uncased models take it, with places in the text and the way each word is written.

Control characters are dropped, white space parts words, punctuation and Chinese characters stand alone, accents are
stripped and letters lowered, character by character; then a word is cut into the longest pieces of the vocabulary.
The gateway does the same: what is changed here has to be changed there.
"""
from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

SPECIAL, LOWER, FIRST, UPPER = range(4)
LONGEST = 100  # characters; a longer word is unknown as a whole
# All white space that is no control character: those are dropped instead.
BLANK = "\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
CHUNK = re.compile(f"[^{BLANK}]+")
PUNCTUATION = frozenset(string.punctuation)
CHINESE = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F),
           (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F))


class Token(NamedTuple):
    """A piece: its number, the code points that it covers, whether a word begins with it, how the word is written."""
    id: int
    start: int
    end: int
    first: bool
    shape: int


@dataclass(frozen=True)
class Character:
    """What is left of a character of the text."""
    plain: str
    start: int
    end: int
    alone: bool
    letter: bool
    upper: bool


@lru_cache(maxsize=20_000)
def reading(c: str) -> tuple[tuple[str, ...], bool, bool, bool, bool]:
    """Plain parts; whether it stands alone, is dropped, is a letter, is upper case."""
    code, category = ord(c), unicodedata.category(c)
    if c == "\ufffd" or category[0] == "C":
        return (), False, True, False, False
    parts: list[str] = []
    for part in unicodedata.normalize("NFD", c):
        if unicodedata.category(part) != "Mn":
            parts += part.lower()
    alone = any(low <= code <= high for low, high in CHINESE)
    alone = alone or any(part in PUNCTUATION or unicodedata.category(part)[0] == "P" for part in parts)
    return tuple(parts), alone, False, category[0] == "L", c.isupper()


class Tokenizer:
    def __init__(self, vocab: Path) -> None:
        self.pieces = vocab.read_text(encoding="utf-8").split("\n")
        if self.pieces[-1] == "":
            self.pieces.pop()
        self.ids = {piece: at for at, piece in enumerate(self.pieces)}
        self.unknown, self.begin, self.end = (self.ids[name] for name in ("[UNK]", "[CLS]", "[SEP]"))
        self.chunk = lru_cache(maxsize=300_000)(self._chunk)

    def tokenize(self, text: str) -> list[Token]:
        out: list[Token] = []
        for match in CHUNK.finditer(text):
            at = match.start()
            out += [Token(id, start + at, end + at, first, shape) for id, start, end, first, shape in self.chunk(match[0])]
        return out

    def _chunk(self, chunk: str) -> tuple[Token, ...]:
        """The pieces of text without blanks."""
        return tuple(token for word in words(chunk) for token in self.cut(word))

    def cut(self, word: list[Character]) -> list[Token]:
        shape, plain, out, at = shape_of(word), "".join(c.plain for c in word), [], 0
        while at < len(plain) <= LONGEST:
            mark = "##" if at else ""
            end = next((e for e in range(len(plain), at, -1) if mark + plain[at:e] in self.ids), at)
            if end == at:
                break
            out.append(Token(self.ids[mark + plain[at:end]], word[at].start, word[end - 1].end, at == 0, shape))
            at = end
        if at < len(plain):
            return [Token(self.unknown, word[0].start, word[-1].end, True, shape)]
        return out


def words(chunk: str) -> list[list[Character]]:
    out: list[list[Character]] = [[]]
    for at, c in enumerate(chunk):
        parts, alone, dropped, letter, upper = reading(c)
        if not parts:
            out[-1] = stretch(out[-1], at)
        for index, part in enumerate(parts):
            read = Character(part, at, at + 1, alone, letter and index == 0, upper)
            if out[-1] and (alone or out[-1][-1].alone):
                out.append([])
            out[-1].append(read)
    return [word for word in out if word]


def stretch(word: list[Character], at: int) -> list[Character]:
    """A character that leaves no trace belongs to the one before it, unless that stands alone."""
    if not word or word[-1].alone:
        return word
    return [Character(c.plain, c.start, at + 1, c.alone, c.letter, c.upper) if c.end == at else c for c in word]


def shape_of(word: list[Character]) -> int:
    letters = [c.upper for c in word if c.letter]
    if len(letters) > 1 and all(letters):
        return UPPER
    return FIRST if letters and letters[0] else LOWER
