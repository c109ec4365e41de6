"""What is trained on: passages without a span, and nothing of what is held back."""
import json
import tempfile
import unittest
from itertools import islice
from pathlib import Path

from training import corpus
from training.corpus import FOREIGN, SHARES, Sizes, quiet
from training.generate.pieces import LANGUAGES
from training.sources import SOURCES


class Corpus(unittest.TestCase):
    def test_quiet_passages_hold_no_span(self) -> None:
        text = "It rained all day. Ann Lee came home. Nobody was there.\nThe tea was cold."
        row = {"text": text, "spans": [{"start": 19, "end": 26, "tag": "PERSON"}], "classes": ["health"], "mask": []}
        found = [each["text"] for each in quiet(row)]
        self.assertEqual(found, ["It rained all day.", "Nobody was there. The tea was cold."])
        self.assertFalse(any(each["spans"] or each["classes"] for each in quiet(row)))

    def test_empty_texts_are_of_the_training_templates(self) -> None:
        rows = list(corpus.empty(3, 50))
        self.assertEqual(len(rows), 50)
        self.assertFalse(any(row["spans"] for row in rows))

    def test_the_foreign_set_is_not_trained_on(self) -> None:
        self.assertEqual(set(SHARES), set(SOURCES) - {FOREIGN})
        with tempfile.TemporaryDirectory() as name:
            for source in ("wnut17", "wikigold"):
                rows = [{"id": f"{source}-{i}", "text": f"Rome {i}", "spans": [{"start": 0, "end": 4, "label": "LOC", "mapped": "LOCATION", "text": "Rome"}],
                         "source": source} for i in range(40)]
                (Path(name) / SOURCES[source].file).write_text("".join(json.dumps(row) + "\n" for row in rows))
            trained = [row for row in corpus.train(Path(name), Sizes(5, 0, 5, 5), 1) if row["source"] != "generated"]
            self.assertEqual({row["source"] for row in trained}, {"wikigold"})
            gold = dict(corpus.held_gold(Path(name)))
            self.assertEqual(len(gold[FOREIGN]), 40)
            held = {row["id"] for row in gold["wikigold"]}
            self.assertTrue(held)
            self.assertFalse({row["text"] for row in trained} & {row["text"] for row in gold["wikigold"]})

    def test_ordinary_texts_are_not_trained_on(self) -> None:
        ordinary = {row["text"] for row in corpus.ordinary()}
        self.assertGreater(len(ordinary), 150)
        self.assertEqual(len(ordinary), len(corpus.ordinary()))
        self.assertEqual({row["lang"] for row in corpus.ordinary()}, set(LANGUAGES))
        self.assertFalse([row for row in corpus.ordinary() if row["spans"] or "PERSON" in row["mask"]])
        self.assertFalse(ordinary & {row["text"] for row in corpus.train(Path("/nowhere"), Sizes(300, 100, 300, 0), 1)})

    def test_held_rows_share_no_template_with_training(self) -> None:
        train = {t for row in islice(corpus.empty(1, 300), 300) for t in row["template"].split("+")}
        held = {t for row in corpus.held(Path("/nowhere"), Sizes(0, 0, 0, 300), 1) for t in row["template"].split("+")}
        self.assertFalse(train & held)


if __name__ == "__main__":
    unittest.main()
