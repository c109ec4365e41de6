"""A direction for the meaning of a window, from the base's word vectors alone: what the embedding head learns.

Each piece counts the less the more frequent it is (a / (a + frequency)); the direction that all windows share is
taken out. It is no sentence encoder, but it costs nothing and knows which words are alike.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from .batches import Batch, Windows
from .taxonomy import EMBEDDING

SMOOTH = 1e-3
SPECIAL_PIECES = 5


class Meaning:
    def __init__(self, vectors: np.ndarray, windows: Windows) -> None:
        counts = np.bincount(np.concatenate(windows.ids), minlength=len(vectors)).astype(np.float64)
        counts[:SPECIAL_PIECES] = 0
        frequency = counts / max(1.0, counts.sum())
        weight = SMOOTH / (SMOOTH + frequency)
        weight[:SPECIAL_PIECES] = 0
        table = vectors[:, :EMBEDDING] / np.linalg.norm(vectors[:, :EMBEDDING], axis=1, keepdims=True).clip(1e-6)
        common = (table * (frequency * weight)[:, None]).sum(0)
        common /= max(1e-9, float(np.linalg.norm(common)))
        table = table - (table @ common)[:, None] * common
        self.table = torch.from_numpy((table * weight[:, None]).astype(np.float32))

    def of(self, batch: Batch) -> Tensor:
        sums = (functional.embedding(batch.ids, self.table.to(batch.ids.device)) * batch.mask[..., None]).sum(1)
        return functional.normalize(sums, dim=-1)
