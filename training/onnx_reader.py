"""Just enough of the protobuf wire format to take the tensors and nodes out of an ONNX file."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

# Field numbers of the messages that we read.
GRAPH_OF_MODEL = 7
NODE, INITIALISER = 1, 5
DTYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 10: np.float16}


@dataclass
class Node:
    kind: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    integers: dict[str, int] = field(default_factory=dict)


@dataclass
class Graph:
    tensors: dict[str, np.ndarray] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)


def varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field; numbers stay numbers, all else are bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
            yield key >> 3, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            size, at = varint(data, at)
        yield key >> 3, data[at:at + size]
        at += size


def numbers(value: int | memoryview) -> list[int]:
    """A repeated number, packed or not."""
    if isinstance(value, int):
        return [value]
    out, at = [], 0
    while at < len(value):
        each, at = varint(value, at)
        out.append(each)
    return out


def tensor(data: memoryview) -> tuple[str, np.ndarray]:
    name, dims, kind, raw = "", [], 1, None
    plain: list[int] = []
    for number, value in fields(data):
        if number == 1:
            dims += numbers(value)
        elif number == 2:
            kind = int(value)
        elif number == 4:
            raw = bytes(value)
        elif number in (5, 7):
            plain += numbers(value)
        elif number == 8:
            name = bytes(value).decode()
        elif number == 9:
            raw = bytes(value)
    dtype = DTYPES[kind]
    flat = np.frombuffer(raw, dtype) if raw is not None else np.array(plain).astype(dtype)
    return name, flat.reshape(dims)


def node(data: memoryview) -> Node:
    out = Node()
    for number, value in fields(data):
        if number == 1:
            out.inputs.append(bytes(value).decode())
        elif number == 2:
            out.outputs.append(bytes(value).decode())
        elif number == 4:
            out.kind = bytes(value).decode()
        elif number == 5:
            parts = dict(fields(value))
            if isinstance(parts.get(3), int):
                out.integers[bytes(parts[1]).decode()] = parts[3]
    return out


def read(path: Path) -> Graph:
    graph = Graph()
    model = dict(fields(memoryview(path.read_bytes())))
    for number, value in fields(model[GRAPH_OF_MODEL]):
        if number == INITIALISER:
            name, array = tensor(value)
            graph.tensors[name] = array
        elif number == NODE:
            graph.nodes.append(node(value))
    return graph
