"""Logits to spans, windows to texts, and what calibration makes of them."""
import tempfile
import unittest
from pathlib import Path

from . import needs_torch

needs_torch()

import numpy as np

from training import calibrate, evaluate
from training.batches import label
from training.quantise import Logits
from training.reading import Calibration, Found, Reading, Word, agreement, read, spans
from training.taxonomy import LABELS, TAGS, begin, inside
from training.tokenizer import Tokenizer

PERSON, DATE = TAGS.index("PERSON"), TAGS.index("DATE")
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "ann", "lee", "met", "bo", "##b", "on", "monday", ".", "x"]


def tokenizer() -> Tokenizer:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(PIECES) + "\n")
        file.flush()
        return Tokenizer(Path(file.name))


def logits(**shares: float) -> np.ndarray:
    """Logits of given probabilities; what is left over is none's."""
    p = np.full(LABELS, 1e-9)
    for name, share in shares.items():
        kind, tag = name.split("_")
        p[(begin if kind == "b" else inside)(TAGS.index(tag))] = share
    p[0] = 1 - p[1:].sum()
    return np.log(p).astype(np.float32)


class Knowing:
    """A student that knows names: pieces 4 and 5 are a person, 7 begins one."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def forward(self, ids: np.ndarray, shapes: np.ndarray) -> Logits:
        self.lengths.append(ids.shape[1])
        table = {4: logits(b_PERSON=0.9), 5: logits(i_PERSON=0.9), 7: logits(b_PERSON=0.9), 10: logits(b_DATE=0.3)}
        tags = np.stack([[table.get(i, logits()) for i in row] for row in ids])
        return tags, np.zeros((len(ids), 8), np.float32), np.zeros((len(ids), 128), np.float32)


class Spans(unittest.TestCase):
    def read(self, text: str, calibration: Calibration | None = None) -> list[tuple[str, str]]:
        reading = read(Knowing(), tokenizer(), [text])[0]
        return [(text[s.start:s.end], s.tag) for s in spans(reading, calibration or Calibration())]

    def test_words_to_spans(self) -> None:
        self.assertEqual(self.read("Ann Lee met Bobb on Monday."), [("Ann Lee", "PERSON"), ("Bobb", "PERSON")])
        self.assertEqual(self.read("ann bo"), [("ann", "PERSON"), ("bo", "PERSON")])

    def test_threshold_of_a_tag(self) -> None:
        self.assertIn(("Monday", "DATE"), self.read("on Monday", Calibration(thresholds={"DATE": 0.25})))
        self.assertEqual(self.read("Ann", Calibration(thresholds={"PERSON": 0.95})), [])

    def test_temperature_flattens(self) -> None:
        reading = Reading([Word(0, 3, logits(b_PERSON=0.9))], np.zeros((1, 8)))
        self.assertLess(spans(reading, Calibration(tags=3.0))[0].score, 0.9)

    def test_long_texts_are_read_whole_in_order(self) -> None:
        text = "x " * 300 + "Ann Lee met " * 40
        student = Knowing()
        reading = read(student, tokenizer(), [text, "", "Bo"])
        self.assertLessEqual(max(student.lengths), 128)
        self.assertEqual(len(reading[0].words), 420)
        self.assertEqual([w.start for w in reading[0].words], sorted(w.start for w in reading[0].words))
        self.assertEqual(len(spans(reading[0], Calibration())), 40)
        self.assertEqual((spans(reading[1], Calibration()), len(reading[2].words)), ([], 1))

    def test_agreement_counts_labelled_words(self) -> None:
        one = [Reading([Word(0, 1, logits(b_PERSON=0.9)), Word(2, 3, logits())], np.zeros((1, 8)))]
        two = [Reading([Word(0, 1, logits()), Word(2, 3, logits())], np.zeros((1, 8)))]
        self.assertEqual(agreement(one, one)["entity"], 1.0)
        self.assertEqual((agreement(one, two)["entity"], agreement(one, two)["all"]), (0.0, 0.5))


class Calibrate(unittest.TestCase):
    def test_the_threshold_parts_right_from_wrong(self) -> None:
        score = np.array([0.9, 0.8, 0.7, 0.45, 0.4, 0.3] * 20)
        self.assertTrue(0.45 < calibrate.balanced(score, score > 0.5) <= 0.7)

    def test_a_class_is_cut_where_it_parts(self) -> None:
        logits, targets = np.array([-2.0, -1.5, -1.1, 0.0] * 30), np.array([0.0, 0.0, 1.0, 1.0] * 30)
        self.assertTrue(-1.5 < calibrate.class_cut(logits, targets) <= -1.1)
        self.assertEqual(calibrate.class_cut(logits, np.full(120, np.nan)), 0.0)

    def test_temperature_of_too_sure_classes_is_high(self) -> None:
        random = np.random.default_rng(2)
        targets = (random.random(4000) < 0.5).astype(np.float32)
        sure = np.where(random.random(4000) < 0.8, 1, -1) * np.where(targets > 0, 4.0, -4.0)
        self.assertGreater(calibrate.class_temperature(sure, targets), 2)
        self.assertEqual(calibrate.class_temperature(sure, np.full(4000, np.nan)), 1.0)

    def test_tags_that_a_source_leaves_out_are_no_false_words(self) -> None:
        row = {"text": "on Monday", "spans": [], "mask": ["DATE"], "template": "t"}
        given = calibrate.words([row] * 50, read(Knowing(), tokenizer(), ["on Monday"] * 50), tokenizer())
        self.assertEqual(calibrate.thresholds(given, 1.0)["DATE"], calibrate.thresholds(given, 1.0)["PERSON"])
        self.assertTrue(given.hidden[0, begin(DATE)] and not given.hidden[0, begin(PERSON)])

    def test_words_of_numbers_are_left_to_the_patterns(self) -> None:
        spans = [{"start": 0, "end": 3, "tag": "PHONE"}]
        rows = [{"text": "Ann", "spans": given, "mask": [], "template": "t"} for given in ([{"start": 0, "end": 3, "tag": "PERSON"}], spans) for _ in range(60)]
        given = calibrate.words(rows, read(Knowing(), tokenizer(), [row["text"] for row in rows]), tokenizer())
        self.assertEqual(calibrate.thresholds(given, 1.0)["PERSON"], round(float(calibrate.THRESHOLDS[0]), 2))
        self.assertTrue(calibrate.RELATED[TAGS.index("DOB"), begin(DATE)] and not calibrate.RELATED[PERSON, begin(DATE)])

    def test_no_template_on_both_sides(self) -> None:
        rows = [{"template": f"a{i}+b{i % 7}"} for i in range(200)]
        ours, theirs = calibrate.split(rows)
        parts = [{p for row in side for p in row["template"].split("+")} for side in (ours, theirs)]
        self.assertTrue(ours and theirs)
        self.assertFalse(parts[0] & parts[1])


class Evaluate(unittest.TestCase):
    def test_predictions_leave_out_what_the_scorer_does_not_know(self) -> None:
        class Ill(Knowing):
            def forward(self, ids: np.ndarray, shapes: np.ndarray) -> Logits:
                tags, *rest = super().forward(ids, shapes)
                tags[ids == 9] = logits(b_CONDITION=0.9)
                return tags, *rest

        found = evaluate.predict(Ill(), tokenizer(), Calibration(), [{"id": "1", "text": "Ann on"}])
        self.assertEqual([s["label"] for s in found[0]["spans"]], ["PERSON"])

    def test_the_gateway_counts_no_numbers_and_traits_beside_a_name_only(self) -> None:
        found = [Found(0, 3, tag, 0.9) for tag in ("PHONE", "AGE", "DATE", "CONDITION")]
        self.assertEqual([s.tag for s in evaluate.counted(found, False)], ["DATE"])
        self.assertEqual([s.tag for s in evaluate.counted([*found, Found(4, 5, "PERSON", 0.9)], False)], ["AGE", "DATE", "PERSON"])
        self.assertEqual([s.tag for s in evaluate.counted(found, True)], ["PHONE", "AGE", "DATE"])
        row = {"spans": [{"mapped": "PERSON"}, {"mapped": "US_SSN"}, {"mapped": None}]}
        self.assertEqual([s["mapped"] for s in evaluate.asked(row, False)["spans"]], ["PERSON", None, None])
        self.assertEqual(evaluate.asked(row, True), row)

    def test_gold_of_ours(self) -> None:
        row = {"text": "Ann ill", "spans": [{"start": 0, "end": 3, "tag": "PERSON"}, {"start": 4, "end": 7, "tag": "CONDITION"}], "source": "s"}
        self.assertEqual([(s["text"], s["mapped"]) for s in evaluate.gold(1, row)["spans"]], [("Ann", "PERSON"), ("ill", None)])


class Labels(unittest.TestCase):
    def test_first_pieces_bear_the_label(self) -> None:
        text = "Bobb Lee met"
        found = label(tokenizer().tokenize(text), [{"start": 0, "end": 8, "tag": "PERSON"}])
        self.assertEqual(found, [begin(PERSON), -1, -1, inside(PERSON), 0])


if __name__ == "__main__":
    unittest.main()
