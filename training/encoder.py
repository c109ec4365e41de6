"""The encoder: BERT with layer norms after each half layer, and three heads over its last layer."""
from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from .taxonomy import CLASSES, EMBEDDING, LABELS

SHAPES = 4
EPSILON = 1e-12


@dataclass(frozen=True)
class Dimensions:
    layers: int = 4
    hidden: int = 192
    heads: int = 3
    ffn: int = 768
    positions: int = 128
    vocab: int = 19_730


def gelu(x: Tensor) -> Tensor:
    """The tanh form, as a product with a logistic function, which is the same."""
    return x * torch.sigmoid(1.5957691216 * (x + 0.044715 * x * x * x))


class Layer(nn.Module):
    def __init__(self, dims: Dimensions) -> None:
        super().__init__()
        self.heads = dims.heads
        self.q, self.k, self.v, self.o = (nn.Linear(dims.hidden, dims.hidden) for _ in range(4))
        self.up, self.down = nn.Linear(dims.hidden, dims.ffn), nn.Linear(dims.ffn, dims.hidden)
        self.ln1, self.ln2 = (nn.LayerNorm(dims.hidden, eps=EPSILON) for _ in range(2))

    def attend(self, x: Tensor, hide: Tensor | None) -> Tensor:
        rows, length, hidden = x.shape
        shape = (rows, length, self.heads, hidden // self.heads)
        q, k, v = (part(x).view(shape).transpose(1, 2) for part in (self.q, self.k, self.v))
        scores = q @ k.transpose(-1, -2) / math.sqrt(shape[-1])
        if hide is not None:
            scores = scores + hide
        return self.o((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(rows, length, hidden))

    def forward(self, x: Tensor, hide: Tensor | None, drop: float) -> Tensor:
        x = self.ln1(x + functional.dropout(self.attend(x, hide), drop, self.training))
        return self.ln2(x + functional.dropout(self.down(gelu(self.up(x))), drop, self.training))


class Encoder(nn.Module):
    def __init__(self, dims: Dimensions, drop: float = 0.0) -> None:
        super().__init__()
        self.dims, self.drop = dims, drop
        self.word = nn.Embedding(dims.vocab, dims.hidden)
        self.position = nn.Embedding(dims.positions, dims.hidden)
        self.shape = nn.Embedding(SHAPES, dims.hidden)
        self.norm = nn.LayerNorm(dims.hidden, eps=EPSILON)
        self.layers = nn.ModuleList(Layer(dims) for _ in range(dims.layers))
        self.tags = nn.Linear(dims.hidden, LABELS)
        self.classes = nn.Linear(dims.hidden, len(CLASSES) + 1)
        self.embed = nn.Linear(dims.hidden, EMBEDDING)
        self.apply(start)
        nn.init.zeros_(self.shape.weight)

    def body(self, ids: Tensor, shapes: Tensor, mask: Tensor) -> Tensor:
        """The last layer; `mask` is true where there is a token."""
        x = self.word(ids) + self.position.weight[:ids.shape[1]] + self.shape(shapes)
        x = functional.dropout(self.norm(x), self.drop, self.training)
        hide = None if bool(mask.all()) else (~mask)[:, None, None, :].float() * -1e4
        for layer in self.layers:
            x = layer(x, hide, self.drop)
        return x

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Last layer, and of each window the mean of its tokens, class logits and embedding of length one."""
        x = self.body(ids, shapes, mask)
        weight = mask[..., None].to(x.dtype)
        pooled = (x * weight).sum(1) / weight.sum(1)
        return x, pooled, self.classes(pooled), functional.normalize(self.embed(pooled), dim=-1)


def start(module: nn.Module) -> None:
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
