"""Weights as 8-bit integers, and a numpy emulation of the forward pass that the gateway runs over them.

Activations are rounded per token to 13-bit integers before each product; sums of integers are exact (they are taken
in 64-bit floats, which hold every sum of such products). Softmax, GELU and norms are in 32-bit floats; the gateway
adds in another order there, so last bits differ.
"""
from __future__ import annotations

import math

import numpy as np

from .encoder import EPSILON, Dimensions

LARGEST_WEIGHT, LARGEST = 127, 4095
PARTS = ("q", "k", "v", "o", "up", "down")
HEADS = ("tags", "classes", "embed")
Tensors = dict[str, np.ndarray]
Logits = tuple[np.ndarray, np.ndarray, np.ndarray]  # of tags for each token; of classes; the embedding


def rows(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Integers and one scale for each row."""
    weight = weight.astype(np.float32)
    scale = (np.abs(weight).max(1) / LARGEST_WEIGHT).astype(np.float32)
    whole = np.rint(weight / np.where(scale > 0, scale, 1)[:, None])
    return np.clip(whole, -LARGEST_WEIGHT, LARGEST_WEIGHT).astype(np.int8), scale


def tensors(state: dict[str, np.ndarray], dims: Dimensions) -> Tensors:
    """The parameters of an encoder under the names of the container, products and words as integers."""
    out: Tensors = {}
    out["word"], out["word.scale"] = rows(state["word.weight"])
    out["position"], out["shape"] = state["position.weight"], state["shape.weight"]
    norms = {"embed.ln": "norm"}
    products = {name: name for name in HEADS}
    for at in range(dims.layers):
        products |= {f"{at}.{part}": f"layers.{at}.{part}" for part in PARTS}
        norms |= {f"{at}.{norm}": f"layers.{at}.{norm}" for norm in ("ln1", "ln2")}
    for name, own in norms.items():
        out[f"{name}.g"], out[f"{name}.b"] = state[f"{own}.weight"], state[f"{own}.bias"]
    for name, own in products.items():
        out[name], out[f"{name}.scale"] = rows(state[f"{own}.weight"])
        out[f"{name}.bias"] = state[f"{own}.bias"]
    return {name: array if array.dtype == np.int8 else array.astype(np.float32) for name, array in out.items()}


def rounded(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row as 13-bit integers (kept as floats) and its scale."""
    largest = np.abs(x).max(-1, keepdims=True).astype(np.float32)
    inverse = np.where(largest > 0, np.float32(LARGEST) / np.where(largest > 0, largest, 1), 0).astype(np.float32)
    return np.rint(x * inverse), (largest / np.float32(LARGEST)).astype(np.float32)


class Integers:
    """The student as the gateway runs it."""

    def __init__(self, weights: Tensors, dims: Dimensions) -> None:
        self.weights, self.dims = weights, dims
        self.wide = {name: array.astype(np.float64).T for name, array in weights.items() if array.dtype == np.int8 and name != "word"}

    def product(self, x: np.ndarray, name: str) -> np.ndarray:
        whole, scale = rounded(x)
        sums = (whole.astype(np.float64) @ self.wide[name]).astype(np.float32)
        return sums * (scale * self.weights[f"{name}.scale"]) + self.weights[f"{name}.bias"]

    def norm(self, x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(-1, keepdims=True, dtype=np.float32)
        variance = (centred * centred).mean(-1, keepdims=True, dtype=np.float32)
        return centred / np.sqrt(variance + np.float32(EPSILON)) * self.weights[f"{name}.g"] + self.weights[f"{name}.b"]

    def attend(self, x: np.ndarray, at: int) -> np.ndarray:
        count, length, hidden = x.shape
        shape = (count, length, self.dims.heads, hidden // self.dims.heads)
        q, k, v = (self.product(x, f"{at}.{part}").reshape(shape).swapaxes(1, 2) for part in "qkv")
        scores = q @ k.swapaxes(-1, -2) * np.float32(1 / math.sqrt(shape[-1]))
        mixed = softmax(scores) @ v
        return self.product(mixed.swapaxes(1, 2).reshape(count, length, hidden), f"{at}.o")

    def forward(self, ids: np.ndarray, shapes: np.ndarray) -> Logits:
        """Of windows of one length, without padding."""
        own = self.weights
        words = own["word"][ids].astype(np.float32) * own["word.scale"][ids][..., None]
        x = self.norm(words + own["position"][:ids.shape[1]] + own["shape"][shapes], "embed.ln")
        for at in range(self.dims.layers):
            x = self.norm(x + self.attend(x, at), f"{at}.ln1")
            x = self.norm(x + self.product(gelu(self.product(x, f"{at}.up")), f"{at}.down"), f"{at}.ln2")
        pooled = x.mean(1, dtype=np.float32)
        embedding = self.product(pooled, "embed")
        length = np.linalg.norm(embedding, axis=-1, keepdims=True)
        return self.product(x, "tags"), self.product(pooled, "classes"), embedding / np.where(length > 0, length, 1)


def softmax(x: np.ndarray) -> np.ndarray:
    grown = np.exp(x - x.max(-1, keepdims=True))
    return grown / grown.sum(-1, keepdims=True)


def gelu(x: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return x / (1 + np.exp(np.float32(-1.5957691) * (x + x * x * x * np.float32(0.044715))))
