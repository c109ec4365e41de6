"""The large model: the published body with our heads, all weights trained on hard labels."""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from . import base
from .batches import Batch, Windows
from .encoder import Dimensions, Encoder
from .fit import Loss
from .losses import CLASS_WEIGHT, EMBED_WEIGHT, class_loss, embed_loss, tag_loss, words
from .meaning import Meaning


def dimensions(positions: int = 512) -> Dimensions:
    return Dimensions(base.LAYERS, base.HIDDEN, base.HEADS, base.FFN, positions)


def build(weights: dict[str, np.ndarray], drop: float = 0.1) -> Encoder:
    """The body as it was published; heads begin small, shapes at zero."""
    model = Encoder(dimensions(), drop)
    own = dict(model.named_parameters())
    with torch.no_grad():
        for name, place in places(base.LAYERS).items():
            own[place].copy_(torch.from_numpy(np.array(weights[name])))
    return model


def places(layers: int) -> dict[str, str]:
    """Name of a tensor in the weights -> name of the parameter."""
    out = {"word": "word.weight", "position": "position.weight", "embed.ln.g": "norm.weight", "embed.ln.b": "norm.bias"}
    for at in range(layers):
        for part in ("q", "k", "v", "o", "up", "down"):
            out[f"{at}.{part}"] = f"layers.{at}.{part}.weight"
            out[f"{at}.{part}.bias"] = f"layers.{at}.{part}.bias"
        for norm in ("ln1", "ln2"):
            out[f"{at}.{norm}.g"] = f"layers.{at}.{norm}.weight"
            out[f"{at}.{norm}.b"] = f"layers.{at}.{norm}.bias"
    return out


def hard_loss(windows: Windows, meaning: Meaning) -> Loss:
    """Tags, classes and meaning from labels alone."""
    table = windows.allowed()

    def loss(model: Encoder, batch: Batch) -> Tensor:
        x, _, classes, embedding = model(batch.ids, batch.shapes, batch.mask)
        at = words(batch)
        logits = model.tags(x.reshape(-1, x.shape[-1])[at])
        allowed = table.to(at.device)[batch.allowed.reshape(-1)[at]]
        return (tag_loss(logits, allowed) + CLASS_WEIGHT * class_loss(classes, batch.classes)
                + EMBED_WEIGHT * embed_loss(embedding, meaning.of(batch)))

    return loss
