"""Golden texts fit one window and say what both forms say."""
import tempfile
import unittest
from pathlib import Path

from . import needs_torch

needs_torch()

from training import golden
from training.quantise import Integers, tensors
from training.reading import Floats

from .test_quantise import SMALL, state, student
from .test_reading import tokenizer


class Golden(unittest.TestCase):
    def test_lines(self) -> None:
        model, pieces = student(), tokenizer()
        found = golden.lines(pieces, Floats(model), Integers(tensors(state(model), SMALL), SMALL))
        self.assertEqual(len(found), 20)
        for line in found:
            self.assertEqual(len(line["ids"]), len(line["shapes"]))
            self.assertEqual((line["ids"][0], line["ids"][-1], line["shapes"][0]), (pieces.begin, pieces.end, 0))
            for form in ("floats", "integers"):
                self.assertEqual(len(line[form]["tags"]), len(line["ids"]))
                self.assertEqual((len(line[form]["classes"]), len(line[form]["embedding"])), (8, 128))
                self.assertAlmostEqual(sum(x * x for x in line[form]["embedding"]), 1, places=3)
        with tempfile.TemporaryDirectory() as folder:
            golden.write(Path(folder) / "golden.jsonl", found)
            self.assertEqual(len((Path(folder) / "golden.jsonl").read_text(encoding="utf-8").splitlines()), 20)


if __name__ == "__main__":
    unittest.main()
