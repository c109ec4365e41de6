"""The card: a run rewrites its figures and nothing else."""
import unittest

from . import needs_torch

needs_torch()

from training import card

SCORE = {"texts": 9, "gold": 12, "KB": 1.5, "overlap": {"P": 0.9, "R": 0.8, "F1": 0.847}, "strict": {"F1": 0.7}, "cover": 0.95, "fp_per_KB": 0.5, "clean_flagged": 1, "clean_texts": 3,
         "per_label": {"PERSON": {"n": 10, "overlapR": 0.8, "cover": 0.9}, "AGE": {"n": 2, "overlapR": 0.5, "cover": 0.5}, "PHONE": {"n": 30, "overlapR": 0.8, "cover": 0.9}}}
TEXT = "# Card\n<!-- known sets -->\nold\n<!-- end -->\nwords\n<!-- labels of generated text -->\n<!-- end -->\n<!-- classes -->\nkept\n<!-- end -->\n"


class Card(unittest.TestCase):
    def test_parts_are_rewritten_and_words_stay(self) -> None:
        history = {"figures": {"held_generated": SCORE, "own_fin_phi": SCORE}}
        found = card.filled(TEXT, history)
        self.assertNotIn("old", found)
        self.assertIn("\nwords\n", found)
        self.assertIn("| generated, held templates | 9 / 12 / 1.5 | 0.900 / 0.800 | 0.847 |", found)
        self.assertIn("| PERSON | 10 | 0.800 | 0.900 |", found)
        self.assertNotIn("| AGE |", found)
        self.assertNotIn("PHONE", found)
        self.assertIn("kept", found)
        self.assertEqual(card.filled(found, history), found)


if __name__ == "__main__":
    unittest.main()
