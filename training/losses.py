"""What the heads are asked to learn."""
from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .batches import SILENT, Batch

CLASS_WEIGHT, EMBED_WEIGHT = 0.4, 0.3
OUTSIDE_WEIGHT = 0.8  # of a word that may be outside: there are many of them


def tag_loss(logits: Tensor, allowed: Tensor) -> Tensor:
    """Minus the logarithm of the probability of any allowed label, weighted mean over words."""
    among = torch.logsumexp(logits.masked_fill(~allowed, -1e4), -1)
    weight = 1 - (1 - OUTSIDE_WEIGHT) * allowed[:, 0].to(logits.dtype)
    return ((torch.logsumexp(logits, -1) - among) * weight).sum() / weight.sum().clamp(min=1)


def class_loss(logits: Tensor, targets: Tensor) -> Tensor:
    known = ~torch.isnan(targets)
    return functional.binary_cross_entropy_with_logits(logits[known], targets[known]) if bool(known.any()) else logits.sum() * 0


def embed_loss(embedding: Tensor, meaning: Tensor) -> Tensor:
    return (1 - (embedding * meaning).sum(-1)).mean()


def words(batch: Batch) -> Tensor:
    """Where labels stand, in the flat tokens of a batch."""
    return (batch.labels.reshape(-1) != SILENT).nonzero().squeeze(1)


def soft_tag_loss(logits: Tensor, teacher: Tensor, warmth: float = 2.0) -> Tensor:
    """Distance of two distributions over labels, both flattened by `warmth`."""
    own = functional.log_softmax(logits / warmth, -1)
    return functional.kl_div(own, functional.softmax(teacher / warmth, -1), reduction="batchmean") * warmth * warmth
