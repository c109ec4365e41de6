"""The files that the gateway carries: the container in shards, its vocabulary, and the manifest of digests."""
from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict
from pathlib import Path

import numpy as np

from .encoder import Dimensions
from .quantise import Tensors
from .reading import Calibration
from .taxonomy import CLASSES, EMBEDDING, LANGUAGES, TAGS

MAGIC, ALIGNMENT, SHARD = b"ANXMODL1", 64, 2 << 20
TYPES = {np.dtype(np.int8): "i8", np.dtype(np.float32): "f32"}
VOCABULARY, MANIFEST = "vocab.txt", "manifest.json"


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)


def container(tensors: Tensors, dims: Dimensions, calibration: Calibration, trained: str) -> bytes:
    entries, parts, at = [], [], 0
    for name, array in tensors.items():
        raw = array.astype(array.dtype.newbyteorder("<")).tobytes()
        entries.append({"name": name, "dtype": TYPES[array.dtype], "shape": list(array.shape), "offset": at, "bytes": len(raw)})
        parts.append(padded(raw))
        at += len(parts[-1])
    header = {"format": 1, **asdict(dims), "tags": TAGS, "classes": CLASSES, "embedding": EMBEDDING,
              "temperature": {"tags": calibration.tags, "classes": calibration.classes}, "thresholds": calibration.thresholds,
              "languages": LANGUAGES, "trained": trained, "tensors": entries}
    text = json.dumps(header, separators=(",", ":")).encode()
    return padded(MAGIC + struct.pack("<I", len(text)) + text) + b"".join(parts)


def parse(data: bytes) -> tuple[dict, Tensors]:
    """Header and tensors of a container."""
    if data[:8] != MAGIC:
        raise ValueError("no container of weights")
    length = struct.unpack("<I", data[8:12])[0]
    header = json.loads(data[12:12 + length])
    start = len(padded(data[:12 + length]))
    kinds = {name: dtype for dtype, name in TYPES.items()}
    tensors = {}
    for entry in header["tensors"]:
        at = start + entry["offset"]
        tensors[entry["name"]] = np.frombuffer(data[at:at + entry["bytes"]], kinds[entry["dtype"]]).reshape(entry["shape"])
    return header, tensors


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write(folder: Path, data: bytes, vocabulary: bytes) -> dict:
    """Writes all files into `folder` and gives back the manifest; shards of an older container go."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("weights.*"):
        old.unlink()
    shards = []
    for number, at in enumerate(range(0, len(data), SHARD)):
        part, name = data[at:at + SHARD], f"weights.{number:02}"
        (folder / name).write_bytes(part)
        shards.append({"file": name, "sha256": digest(part)})
    manifest = {"container": digest(data), "vocab": digest(vocabulary), "shards": shards}
    (folder / VOCABULARY).write_bytes(vocabulary)
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    return manifest


def load(folder: Path) -> bytes:
    """The container out of its shards, checked against the manifest."""
    manifest = json.loads((folder / MANIFEST).read_text())
    if digest((folder / VOCABULARY).read_bytes()) != manifest["vocab"]:
        raise ValueError("the vocabulary is another one")
    data = b"".join((folder / shard["file"]).read_bytes() for shard in manifest["shards"])
    if digest(data) != manifest["container"]:
        raise ValueError("the shards are not those of the manifest")
    return data
