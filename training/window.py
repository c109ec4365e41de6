"""A text cut into windows of tokens, as the gateway cuts it: what each reads, and the fresh part that it decides about."""
from __future__ import annotations

from typing import NamedTuple

from .tokenizer import Token

WINDOW = 128
PIECES = WINDOW - 2  # without the special tokens at both ends


class Sight(NamedTuple):
    """How far a window sees beyond its fresh part, in pieces."""
    before: int
    after: int


WHOLE = Sight(16, 12)
ARRIVING = Sight(48, 0)


class Window(NamedTuple):
    """Tokens `first` to `last` are read, `start` to `end` are decided about."""
    first: int
    last: int
    start: int
    end: int


def cut(text: str, tokens: list[Token], sight: Sight = WHOLE) -> list[Window]:
    out, start = [], 0
    while start < len(tokens):
        end = fresh_end(text, tokens, start, sight)
        first = context_start(tokens, start, min(sight.before, PIECES - (end - start)))
        ahead = 0 if ends_sentence(text, tokens, end) else sight.after
        last = context_end(tokens, end, min(ahead, PIECES - (end - first)))
        out.append(Window(first, last, start, end))
        start = end
    return out


def fresh_end(text: str, tokens: list[Token], start: int, sight: Sight) -> int:
    room = PIECES - (start - context_start(tokens, start, sight.before))
    if len(tokens) - start <= room:
        return len(tokens)
    for end in range(start + room, start + room // 2 - 1, -1):
        if ends_sentence(text, tokens, end):
            return end
    end = start + room - sight.after
    while not begins_word(tokens, end):
        end -= 1
    if end > start:
        return end
    end = start + 1
    while not begins_word(tokens, end):
        end += 1
    return end


def context_start(tokens: list[Token], start: int, most: int) -> int:
    return next((at for at in range(max(0, start - most), start) if begins_word(tokens, at)), start)


def context_end(tokens: list[Token], end: int, most: int) -> int:
    furthest = min(end + most, len(tokens))
    return next((at for at in range(furthest, end - 1, -1) if begins_word(tokens, at)), end)


def begins_word(tokens: list[Token], at: int) -> bool:
    return at <= 0 or at >= len(tokens) or tokens[at].first


def ends_sentence(text: str, tokens: list[Token], end: int) -> bool:
    """Whether a sentence, a line or the text ends before the token at `end`."""
    if end >= len(tokens) or end == 0:
        return True
    last, following = tokens[end - 1], tokens[end]
    gap, mark = text[last.end:following.start], text[last.start:last.end]
    stops = mark.endswith((".", "!", "?", "…")) and gap[:1].isspace()
    return following.first and (stops or "\n" in gap or mark.endswith(("。", "！", "？")))
