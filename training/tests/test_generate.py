"""The generator keeps its promises: spans fit, nothing overlaps, runs repeat, the split is by template."""
import unittest
from random import Random

from training.generate.compose import examples
from training.generate.grammar import render, templates
from training.generate.pieces import CLASSES, LANGUAGES, TAGS
from training.generate.slots import Context


class Generate(unittest.TestCase):
    def test_every_template_renders(self) -> None:
        for template in templates():
            for seed in range(4):
                with self.subTest(template.id):
                    text = "".join(p.text for p in render(template, Context(Random(seed), template.lang)))
                    self.assertTrue(text.strip())

    def test_spans_fit_and_do_not_overlap(self) -> None:
        for row in examples(3, 3000, "train"):
            end = 0
            for span in row["spans"]:
                self.assertIn(span["tag"], TAGS)
                self.assertLessEqual(end, span["start"])
                end = span["end"]
                word = row["text"][span["start"]:end]
                self.assertTrue(word and word == word.strip(), repr(word))
            self.assertLessEqual(end, len(row["text"]))
            self.assertLessEqual(set(row["classes"] or ()), set(CLASSES))

    def test_same_seed_same_rows(self) -> None:
        self.assertEqual(list(examples(7, 200, "train")), list(examples(7, 200, "train")))
        self.assertNotEqual(list(examples(7, 20, "train")), list(examples(8, 20, "train")))
        self.assertEqual(list(examples(7, 50, "train")), list(examples(7, 200, "train"))[:50])

    def test_splits_share_no_template(self) -> None:
        used = {split: {t for row in examples(1, 2000, split) for t in row["template"].split("+")} for split in ("train", "held")}
        self.assertFalse(used["train"] & used["held"])

    def test_every_language_and_class_has_both_splits(self) -> None:
        for held in (True, False):
            part = [t for t in templates() if t.held() is held]
            self.assertEqual({t.lang for t in part}, set(LANGUAGES))
            self.assertEqual({c for t in part for c in t.classes or ()}, set(CLASSES))

    def test_no_template_twice(self) -> None:
        ids = [t.id for t in templates()]
        self.assertEqual(len(ids), len(set(ids)))


if __name__ == "__main__":
    unittest.main()
