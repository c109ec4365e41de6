"""A fresh student sees the neighbours of each piece, and nothing else is lost."""
import unittest

from . import needs_torch

needs_torch()

import torch

from training import neighbours
from training.encoder import Dimensions, Encoder


class Neighbours(unittest.TestCase):
    def test_waves_turned_find_the_place_beside(self) -> None:
        waves = neighbours.waves(128)
        for shift in neighbours.SHIFTS:
            found = (waves @ neighbours.turned(shift).T @ waves.T).argmax(1)
            inner = torch.arange(1, 127)
            self.assertTrue(torch.equal(found[inner], inner + shift))

    def test_heads_of_a_fresh_encoder_look_beside(self) -> None:
        torch.manual_seed(2)
        model = Encoder(Dimensions(vocab=300)).eval()
        with torch.no_grad():
            model.word.weight.normal_(std=0.6)
            neighbours.start(model)
            ids = torch.randint(0, 300, (1, 40))
            x = model.norm(model.word(ids) + model.position.weight[:40] + model.shape(torch.ones_like(ids)))
            q, k = (part(x).view(1, 40, 3, 64).transpose(1, 2) for part in (model.layers[0].q, model.layers[0].k))
            attention = torch.softmax(q @ k.transpose(-1, -2) / 8, -1)[0]
        inner = torch.arange(1, 39)
        for head, shift in enumerate(neighbours.SHIFTS):
            self.assertGreater(float(attention[head, inner, inner + shift].mean()), 0.7)

    def test_small_heads_are_left_as_they_are(self) -> None:
        torch.manual_seed(2)
        model = Encoder(Dimensions(hidden=48, vocab=50))
        before = model.layers[0].q.weight.clone()
        neighbours.start(model)
        self.assertTrue(torch.equal(before, model.layers[0].q.weight))


if __name__ == "__main__":
    unittest.main()
