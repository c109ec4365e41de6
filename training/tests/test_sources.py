"""Reading foreign sets: labels mapped, titles outside names, the split by document or template."""
import json
import tempfile
import unittest
from pathlib import Path

from training.sources import SOURCES, rows, shape


def row(number: int, text: str, *spans: tuple[str, str, str | None]) -> dict:
    found = [{"start": text.index(w), "end": text.index(w) + len(w), "label": label, "mapped": to, "text": w} for w, label, to in spans]
    return {"id": f"x-{number}", "text": text, "spans": found, "source": "test"}


class Sources(unittest.TestCase):
    def read(self, file: str, *given: dict) -> list[dict]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / file).write_text("".join(json.dumps(r) + "\n" for r in given), encoding="utf-8")
            return [r for split in ("train", "held") for r in rows(Path(folder), split)]

    def words(self, file: str, given: dict) -> list[tuple[str, str]]:
        read = self.read(file, given)[0]
        return [(read["text"][s["start"]:s["end"]], s["tag"]) for s in read["spans"]]

    def test_title_stays_outside(self) -> None:
        given = row(1, "lodged by Mr Jan Nowy on Monday", ("Mr Jan Nowy", "PERSON", "PERSON"))
        self.assertEqual(self.words("tab_train.jsonl", given), [("Jan Nowy", "PERSON")])

    def test_places_of_clinical_questions(self) -> None:
        given = row(1, "seen at Elm Clinic, lives at 12 Oak Street", ("Elm Clinic", "GEOGRAPHIC_LOCATION", "FACILITY"),
                    ("12 Oak Street", "GEOGRAPHIC_LOCATION", "FACILITY"))
        self.assertEqual(self.words("asq_phi.jsonl", given), [("Elm Clinic", "FACILITY"), ("12 Oak Street", "ADDRESS")])

    def test_roles_of_agreements_are_no_people(self) -> None:
        given = row(1, "Borrower shall pay Ann Lee", ("Borrower", "PER", "PERSON"), ("Ann Lee", "PER", "PERSON"))
        self.assertEqual(self.words("sec_fin5.jsonl", given), [("Ann Lee", "PERSON")])

    def test_one_template_one_side(self) -> None:
        one, two = (row(i, f"My name is {n}", (n, "PERSON", "PERSON")) for i, n in enumerate(("Ann Lee", "Bo Chan")))
        self.assertEqual(shape(one), shape(two))
        self.assertEqual(len({r["template"] for r in self.read("presidio_generated_large.jsonl", one, two)}), 1)

    def test_mask_names_what_a_source_leaves_out(self) -> None:
        given = row(1, "Rome", ("Rome", "LOC", "LOCATION"))
        mask = self.read("wikigold.jsonl", given)[0]["mask"]
        self.assertIn("DATE", mask)
        self.assertNotIn("LOCATION", mask)

    def test_own_sets_are_not_read(self) -> None:
        self.assertFalse([s.file for s in SOURCES.values() if s.file.startswith("own")])


if __name__ == "__main__":
    unittest.main()
