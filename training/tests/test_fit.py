"""Training: losses respect masks, batches hold all windows, a run that stops goes on."""
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path
from random import Random

from . import needs_torch

needs_torch()

import numpy as np
import torch

from training import batches
from training.batches import Windows, batch
from training.encoder import Dimensions, Encoder
from training.fit import Plan, fit, rate_at
from training.losses import class_loss, tag_loss, words
from training.taxonomy import LABELS, TAGS, begin

SMALL = Dimensions(layers=1, hidden=24, heads=3, ffn=48, vocab=50)


def windows(count: int = 60) -> Windows:
    random, out = np.random.default_rng(4), Windows(seen_masks={(): 0, ("DATE",): 1})
    for at in range(count):
        length = int(random.integers(4, 20))
        ids = random.integers(5, 50, length).astype(np.int32)
        out.ids.append(ids)
        out.shapes.append(np.ones(length, np.int8))
        out.labels.append(np.where(ids < 12, begin(0), 0).astype(np.int8))
        out.classes.append(np.full(8, np.nan if at % 3 else 1.0, np.float32))
        out.masks.append(at % 2)
    return out


def loss(given: Windows):
    table = given.allowed()

    def of(model: Encoder, part: batches.Batch) -> torch.Tensor:
        x, _, classes, _ = model(part.ids, part.shapes, part.mask)
        at = words(part)
        return tag_loss(model.tags(x.reshape(-1, x.shape[-1])[at]), table[part.allowed.reshape(-1)[at]]) + class_loss(classes, part.classes)

    return of


class Fit(unittest.TestCase):
    def test_loss_falls_and_a_run_goes_on(self) -> None:
        given, quiet = windows(), (lambda text: None)
        with tempfile.TemporaryDirectory() as folder:
            keep = Path(folder) / "student.pt"
            torch.manual_seed(1)
            plan = Plan(rate=3e-3, epochs=4, tokens=128)
            first = fit(Encoder(SMALL), given, loss(given), plan, keep, say=quiet)
            self.assertEqual(first["tokens"], 4 * given.tokens())
            again = fit(Encoder(SMALL), given, loss(given), replace(plan, epochs=8), keep, resume=True, say=quiet)
            self.assertEqual(again["tokens"], 8 * given.tokens())
            self.assertLess(again["loss"], first["loss"])

    def test_rate_rises_and_falls(self) -> None:
        self.assertEqual(rate_at(0), 0)
        self.assertGreater(rate_at(0.06), 0.99)
        self.assertLess(rate_at(1.0), 0.03)

    def test_masked_tags_carry_no_loss(self) -> None:
        given = windows(2)
        table = given.allowed()
        logits = torch.zeros(1, LABELS)
        logits[0, begin(TAGS.index("DATE"))] = 20
        self.assertGreater(float(tag_loss(logits, table[LABELS][None])), 5)
        self.assertLess(float(tag_loss(logits, table[LABELS + 1][None])), 1e-3)

    def test_unknown_classes_carry_no_loss(self) -> None:
        self.assertEqual(float(class_loss(torch.randn(3, 8), torch.full((3, 8), float("nan")))), 0)

    def test_batches_hold_every_window_once(self) -> None:
        given = windows()
        groups = list(batches.batches(given, 64, Random(3)))
        self.assertEqual(sorted(i for group in groups for i in group), list(range(len(given))))
        self.assertLessEqual(max(len(g) * max(len(given.ids[i]) for i in g) for g in groups), 64)

    def test_windows_are_kept_as_they_are(self) -> None:
        given = windows()
        with tempfile.TemporaryDirectory() as folder:
            batches.save(given, Path(folder) / "w.npz")
            kept = batches.load(Path(folder) / "w.npz")
        one, two = batch(given, [3, 4, 5]), batch(kept, [3, 4, 5])
        for name in ("ids", "shapes", "labels", "allowed"):
            self.assertTrue(torch.equal(getattr(one, name), getattr(two, name)), name)
        self.assertEqual(kept.seen_masks, given.seen_masks)
        self.assertEqual((kept.empty(), kept.tokens()), (given.empty(), given.tokens()))


if __name__ == "__main__":
    unittest.main()
