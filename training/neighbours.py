"""A start in which two heads of a layer look at the word piece before and the one after.

Which piece is a neighbour is the first thing that a tagger needs, and what a fresh encoder takes longest to find out. Here
some numbers of each vector are kept for the place alone: waves of many lengths. The product of a wave with itself,
shifted, is largest where the shift is undone, so a query that shifts its waves by one place finds its neighbour.
"""
from __future__ import annotations

import math

import torch
from torch import Tensor

from .encoder import Encoder

WAVES = 16          # each takes two numbers of a vector
LOUDNESS = 1.0      # of waves in the position vectors, beside words of about 0.6
GAIN = 1.5          # of queries and keys: makes the neighbour's share of the attention most of it
SHIFTS = (-1, 1)    # heads 0 and 1; the others start as they come


def lengths() -> Tensor:
    """Angles that a wave goes on by from place to place; no two in a simple ratio, so that no far place looks near."""
    return math.pi * (torch.arange(WAVES) + 0.5 + 0.3 * torch.sin(torch.arange(WAVES) * 2.4)) / WAVES


def waves(places: int, shift: int = 0) -> Tensor:
    angles = (torch.arange(places) + shift)[:, None] * lengths()
    return torch.cat([torch.cos(angles), torch.sin(angles)], 1)


def turned(shift: int) -> Tensor:
    """The matrix that makes the waves of a place those of the place `shift` further."""
    cos, sin = torch.diag(torch.cos(lengths() * shift)), torch.diag(torch.sin(lengths() * shift))
    return torch.cat([torch.cat([cos, -sin], 1), torch.cat([sin, cos], 1)], 0)


def start(model: Encoder) -> None:
    """Words and shapes leave the last numbers of a vector to the waves, and in all layers but the last two heads follow them."""
    kept = 2 * WAVES
    width = model.dims.hidden // model.dims.heads
    if width < kept or model.dims.heads <= len(SHIFTS):
        return
    with torch.no_grad():
        model.word.weight[:, -kept:] = 0
        model.shape.weight[:, -kept:] = 0
        model.position.weight[:, -kept:] = LOUDNESS * waves(model.dims.positions)
        for layer in model.layers[:-1]:
            for head, shift in enumerate(SHIFTS):
                rows = slice(head * width, (head + 1) * width)
                for part, matrix in ((layer.q, turned(shift)), (layer.k, torch.eye(kept))):
                    part.weight[rows] = 0
                    part.weight[rows.start:rows.start + kept, -kept:] = GAIN * matrix
