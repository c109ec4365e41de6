"""The files of the weights: form, places, digests."""
import json
import tempfile
import unittest
from pathlib import Path

from . import needs_torch

needs_torch()

import numpy as np

from training import export
from training.quantise import tensors
from training.reading import Calibration
from training.taxonomy import CLASSES, TAGS

from .test_quantise import SMALL, state, student


class Export(unittest.TestCase):
    def setUp(self) -> None:
        self.tensors = tensors(state(student()), SMALL)
        self.data = export.container(self.tensors, SMALL, Calibration(1.1, [1.0] * 8, {"PERSON": 0.4}), "2026-01-31")

    def test_read_back(self) -> None:
        header, found = export.parse(self.data)
        self.assertEqual(set(found), set(self.tensors))
        for name, array in self.tensors.items():
            self.assertTrue(np.array_equal(found[name], array), name)
        self.assertEqual((header["tags"], tuple(header["classes"])), (list(TAGS), CLASSES))
        self.assertEqual((header["hidden"], header["vocab"], header["embedding"]), (48, 200, 128))

    def test_places_are_aligned_and_sizes_fit(self) -> None:
        header, _ = export.parse(self.data)
        for entry in header["tensors"]:
            self.assertEqual(entry["offset"] % 64, 0)
            self.assertEqual(entry["bytes"], int(np.prod(entry["shape"])) * {"i8": 1, "f32": 4}[entry["dtype"]])
        self.assertEqual(len(self.data) % 64, 0)

    def test_every_tensor_of_the_contract(self) -> None:
        parts = [f"{at}.{p}" for at in range(2) for p in ("q", "k", "v", "o", "up", "down")] + ["tags", "classes", "embed"]
        norms = ["embed.ln"] + [f"{at}.{n}" for at in range(2) for n in ("ln1", "ln2")]
        expected = {"word", "word.scale", "position", "shape"} | {p + end for p in parts for end in ("", ".scale", ".bias")}
        self.assertEqual(set(self.tensors), expected | {f"{n}.{end}" for n in norms for end in "gb"})

    def test_shards_and_manifest(self) -> None:
        usual, export.SHARD = export.SHARD, 20_000
        try:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                (folder / "weights.77").write_bytes(b"old")
                manifest = export.write(folder, self.data, b"[UNK]\n")
                self.assertGreater(len(manifest["shards"]), 1)
                self.assertEqual(manifest, json.loads((folder / "manifest.json").read_text()))
                self.assertEqual(export.load(folder), self.data)
                self.assertFalse((folder / "weights.77").exists())
                (folder / "weights.00").write_bytes(b"x" * 20_000)
                with self.assertRaises(ValueError):
                    export.load(folder)
        finally:
            export.SHARD = usual

    def test_shards_are_at_most_two_mebibytes(self) -> None:
        self.assertEqual(export.SHARD, 2 * 1024 * 1024)


if __name__ == "__main__":
    unittest.main()
