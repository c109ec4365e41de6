"""Classes: texts of every class and near misses in every language, none of a held template; the heads learn from them."""
import unittest
from pathlib import Path

from . import needs_torch

needs_torch()

import numpy as np

from training import topics
from training.batches import targets
from training.generate.compose import of_class
from training.generate.pieces import CLASSES, LANGUAGES


class Topics(unittest.TestCase):
    def test_every_class_and_injection_come_up(self) -> None:
        rows = list(topics.about(3, 900, "train"))
        self.assertEqual({c for row in rows for c in row["classes"] or ()}, set(CLASSES))
        self.assertTrue(any(row["injection"] for row in rows))
        self.assertGreater(sum(row["classes"] == [] and not row["injection"] for row in rows), 100)

    def test_near_misses_are_of_no_class(self) -> None:
        for lang in LANGUAGES:
            for split in ("train", "held"):
                found = topics.near_misses(split, lang)
                self.assertTrue(found, (lang, split))
                self.assertFalse([t for t in found if t.classes or t.injection])

    def test_classes_have_templates_in_both_splits(self) -> None:
        for name in (*CLASSES, "injection"):
            for split in ("train", "held"):
                self.assertTrue(of_class(split, "en", name), (name, split))

    def test_open_classes_are_unknown(self) -> None:
        row = {"classes": [], "open": ("health",), "injection": False}
        found = targets(row)
        self.assertTrue(np.isnan(found[CLASSES.index("health")]))
        self.assertEqual(found[CLASSES.index("legal_privilege")], 0)

    def test_no_held_template(self) -> None:
        held = {t for row in topics.about(3, 300, "held") for t in row["template"].split("+")}
        trained = {t for row in topics.rows(Path("/nowhere"), 3, 600) for t in row["template"].split("+")}
        self.assertFalse(held & trained)


if __name__ == "__main__":
    unittest.main()
