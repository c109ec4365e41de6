"""The small model that the gateway runs: begun from the base's word vectors, taught by labels and, if there is one, a teacher."""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from . import neighbours
from .batches import Batch, Windows
from .encoder import Dimensions, Encoder
from .fit import Loss
from .losses import CLASS_WEIGHT, EMBED_WEIGHT, class_loss, embed_loss, soft_tag_loss, tag_loss, words
from .meaning import Meaning

SOFT_WEIGHT = 0.5
START = 0.05   # spread of the first weights of products
SPREAD = 0.6   # spread of the word vectors: what a step changes is small beside it


def vectors(weights: dict[str, np.ndarray], hidden: int) -> tuple[np.ndarray, np.ndarray]:
    """Word and position vectors on the `hidden` main axes of the base's word vectors."""
    word, position = weights["word"], weights["position"]
    centre = word.mean(0)
    axes = np.linalg.eigh(np.cov((word - centre).T))[1][:, ::-1][:, :hidden]
    small = (word - centre) @ axes
    scale = SPREAD / small.std()
    return (small * scale).astype(np.float32), (position @ axes * scale).astype(np.float32)


def build(weights: dict[str, np.ndarray], dims: Dimensions, drop: float = 0.05) -> Encoder:
    model = Encoder(dims, drop)
    word, position = vectors(weights, dims.hidden)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.weight.normal_(std=START)
        model.word.weight.copy_(torch.from_numpy(word))
        model.position.weight.copy_(torch.from_numpy(position[:dims.positions]))
        model.shape.weight.normal_(std=SPREAD / 2)
    neighbours.start(model)
    return model


def taught_loss(windows: Windows, meaning: Meaning, teacher: Encoder | None) -> Loss:
    table = windows.allowed()

    def loss(model: Encoder, batch: Batch) -> Tensor:
        x, _, classes, embedding = model(batch.ids, batch.shapes, batch.mask)
        at = words(batch)
        logits = model.tags(x.reshape(-1, x.shape[-1])[at])
        hard = tag_loss(logits, table.to(at.device)[batch.allowed.reshape(-1)[at]])
        total = hard + CLASS_WEIGHT * class_loss(classes, batch.classes) + EMBED_WEIGHT * embed_loss(embedding, meaning.of(batch))
        return total if teacher is None else total + SOFT_WEIGHT * soft_loss(teacher, batch, at, logits, classes)

    return loss


def soft_loss(teacher: Encoder, batch: Batch, at: Tensor, logits: Tensor, classes: Tensor) -> Tensor:
    with torch.no_grad():
        x, _, its_classes, _ = teacher(batch.ids, batch.shapes, batch.mask)
        its_logits = teacher.tags(x.reshape(-1, x.shape[-1])[at])
    return soft_tag_loss(logits, its_logits) + CLASS_WEIGHT * functional.mse_loss(torch.sigmoid(classes), torch.sigmoid(its_classes))
