"""The integer form: its rounding, and how near it stays to the floats."""
import unittest

from . import needs_torch

needs_torch()

import numpy as np
import torch

from training.encoder import Dimensions, Encoder
from training.quantise import Integers, gelu, rounded, rows, softmax, tensors
from training.reading import Floats

SMALL = Dimensions(layers=2, hidden=48, heads=3, ffn=96, positions=128, vocab=200)


def student() -> Encoder:
    torch.manual_seed(5)
    model = Encoder(SMALL).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return model


def state(model: Encoder) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in model.state_dict().items()}


class Quantise(unittest.TestCase):
    def test_rows_keep_their_largest_weight(self) -> None:
        whole, scale = rows(np.array([[0.5, -2.0, 1.0], [0, 0, 0]], np.float32))
        self.assertEqual(whole[0].tolist(), [32, -127, 64])
        self.assertAlmostEqual(float(scale[0]) * 127, 2.0, places=6)
        self.assertEqual((whole[1].tolist(), float(scale[1])), ([0, 0, 0], 0.0))

    def test_activations_round_half_to_even_within_13_bits(self) -> None:
        whole, scale = rounded(np.array([[4095.0, 0.5, 1.5, -2.5], [0, 0, 0, 0]], np.float32))
        self.assertEqual(whole.tolist(), [[4095, 0, 2, -2], [0, 0, 0, 0]])
        self.assertEqual(scale.ravel().tolist(), [1.0, 0.0])

    def test_product_is_exact_in_integers(self) -> None:
        weights = tensors(state(student()), SMALL)
        form = Integers(weights, SMALL)
        x = np.random.default_rng(3).normal(size=(7, 96)).astype(np.float32)
        whole, scale = rounded(x)
        sums = whole.astype(np.int64) @ weights["0.down"].astype(np.int64).T
        expected = sums.astype(np.float32) * (scale * weights["0.down.scale"]) + weights["0.down.bias"]
        self.assertTrue(np.array_equal(form.product(x, "0.down"), expected))

    def test_near_the_floats(self) -> None:
        model = student()
        random = np.random.default_rng(1)
        ids, shapes = random.integers(0, 200, (4, 30)), random.integers(0, 4, (4, 30))
        for one, two in zip(Floats(model).forward(ids, shapes), Integers(tensors(state(model), SMALL), SMALL).forward(ids, shapes), strict=True):
            self.assertEqual(one.shape, two.shape)
            self.assertLess(np.abs(one - two).max(), 0.05 * np.abs(one).max())

    def test_windows_do_not_touch_each_other(self) -> None:
        form = Integers(tensors(state(student()), SMALL), SMALL)
        ids, shapes = np.arange(60).reshape(2, 30), np.ones((2, 30), int)
        self.assertLess(np.abs(form.forward(ids, shapes)[0][1] - form.forward(ids[1:], shapes[1:])[0][0]).max(), 1e-4)

    def test_functions(self) -> None:
        x = np.array([-1e4, -1.0, 0.0, 1.0, 50.0], np.float32)
        own = torch.nn.functional.gelu(torch.from_numpy(x), approximate="tanh").numpy()
        self.assertTrue(np.allclose(gelu(x), own, atol=1e-6))
        self.assertAlmostEqual(float(softmax(x).sum()), 1.0, places=6)


if __name__ == "__main__":
    unittest.main()
