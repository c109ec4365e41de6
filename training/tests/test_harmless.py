"""Harmless texts: nobody in them unless a frame names somebody; what is held back is in no training text."""
import unittest
from random import Random

from training.generate import code, harmless
from training.generate.lists import words
from training.generate.pieces import LANGUAGES, TAGS

KINDS = ("frame", "person_frame", "thing", "eponym", "role", "topic", "caps", "noun")


class Harmless(unittest.TestCase):
    def test_a_frame_without_somebody_has_no_span(self) -> None:
        for split in ("train", "held"):
            for seed in range(300):
                rng = Random(seed)
                pieces = harmless.filled(rng, harmless.chosen(rng, "frame", split), split)
                self.assertFalse([p for p in pieces if p.tag])
                self.assertFalse([p for p in code.snippet(rng, split)[0] if p.tag])

    def test_spans_are_people_and_fit(self) -> None:
        rows = list(harmless.harmless(5, 1500, "train"))
        self.assertGreater(sum(not row["spans"] for row in rows), len(rows) // 2)
        for row in rows:
            self.assertLessEqual({span["tag"] for span in row["spans"]}, {"PERSON"})
            self.assertLessEqual(set(row["mask"]), set(TAGS))
            for span in row["spans"]:
                word = row["text"][span["start"]:span["end"]]
                self.assertTrue(word and word == word.strip(), repr(word))

    def test_traits_are_open_beside_a_name_only(self) -> None:
        for row in harmless.harmless(6, 300, "train"):
            self.assertEqual(bool(row["spans"]), "PROFESSION" in row["mask"])

    def test_frames_that_name_somebody_do(self) -> None:
        self.assertTrue(all("PERSON" in frame for frame in words("harmless.person_frame")))
        self.assertFalse([frame for frame in words("harmless.frame") if "PERSON" in frame])

    def test_train_and_held_share_no_entry(self) -> None:
        for kind in KINDS:
            both = [{harmless.chosen(Random(seed), kind, split) for seed in range(400)} for split in ("train", "held")]
            self.assertTrue(both[0] and both[1], kind)
            self.assertFalse(both[0] & both[1], kind)
        shapes = [{code.snippet(Random(seed), split)[1] for seed in range(400)} for split in ("train", "held")]
        self.assertTrue(shapes[0] and shapes[1])
        self.assertFalse(shapes[0] & shapes[1])

    def test_same_seed_same_rows(self) -> None:
        self.assertEqual(list(harmless.harmless(7, 60, "held")), list(harmless.harmless(7, 90, "held"))[:60])
        self.assertTrue(set(row["lang"] for row in harmless.harmless(7, 60, "held")) <= set(LANGUAGES))


if __name__ == "__main__":
    unittest.main()
