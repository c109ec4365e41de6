"""Gold files hold what was held back and nothing else, under ids of their own."""
import json
import tempfile
import unittest
from pathlib import Path

from training import gold, sources


def row(number: int, text: str) -> dict:
    return {"id": f"x-{number % 7}", "text": text, "spans": [], "source": "test"}


class Gold(unittest.TestCase):
    def test_only_what_was_held_back(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            data, out = Path(folder) / "data", Path(folder) / "out"
            data.mkdir()
            lines = "".join(json.dumps(row(n, f"text number {n}")) + "\n" for n in range(60))
            for file in ("wikigold.jsonl", "wnut17_train.jsonl"):
                (data / file).write_text(lines, encoding="utf-8")
            counts = gold.write(data, out)
            self.assertEqual(sorted(f.name for f in out.iterdir()), ["wikigold_held.jsonl", "wnut17.jsonl"])
            whole = [json.loads(line) for line in (out / "wnut17.jsonl").read_text(encoding="utf-8").splitlines()]
            self.assertEqual((counts["wnut17"], len({r["id"] for r in whole})), (60, 60))
            held = [json.loads(line)["text"] for line in (out / "wikigold_held.jsonl").read_text(encoding="utf-8").splitlines()]
            trained = [r["text"] for r in sources.rows(data, "train", ["wikigold"])]
            self.assertFalse(set(held) & set(trained))
            self.assertEqual(set(held), {r["text"] for r in sources.rows(data, "held", ["wikigold"])})


if __name__ == "__main__":
    unittest.main()
