"""The training loop that teacher and student share."""
from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn

from .batches import Batch, Windows, batch, batches
from .encoder import Encoder

WARM_UP = 0.06
Loss = Callable[[Encoder, Batch], Tensor]


@dataclass(frozen=True)
class Plan:
    rate: float
    epochs: int
    tokens: int = 2048      # of a batch
    minutes: float = 1e9    # the rate falls to zero by then, whatever is left
    decay: float = 0.01
    seed: int = 17


@dataclass
class Progress:
    """How far a run is; `loss` is a mean that forgets."""
    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    loss: float = 0.0

    def count(self, loss: float, tokens: int) -> None:
        self.steps += 1
        self.tokens += tokens
        self.loss += (loss - self.loss) * max(0.02, 1 / self.steps)


def rate_at(part: float) -> float:
    """Share of the highest rate after a part of the way: a short rise, then half a cosine."""
    if part < WARM_UP:
        return part / WARM_UP
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (part - WARM_UP) / (1 - WARM_UP))))


def groups(model: nn.Module, decay: float) -> list[dict]:
    """Products decay towards zero; vectors of words, places and shapes, norms and biases do not."""
    products = [p for name, p in model.named_parameters() if name.endswith("weight") and p.dim() == 2 and not name.startswith(("word", "position", "shape"))]
    chosen = {id(p) for p in products}
    rest = [p for p in model.parameters() if id(p) not in chosen]
    return [{"params": products, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]


def fit(model: Encoder, windows: Windows, loss: Loss, plan: Plan, keep: Path, resume: bool = False, say: Callable[[str], None] = print) -> dict[str, float]:
    """Trains `model`; a checkpoint is kept every two minutes, and `resume` goes on from it."""
    device = next(model.parameters()).device
    optimiser = torch.optim.AdamW(groups(model, plan.decay), lr=plan.rate, betas=(0.9, 0.98))
    progress = Progress()
    if resume and keep.exists():
        kept = torch.load(keep, map_location=device)
        model.load_state_dict(kept["model"])
        optimiser.load_state_dict(kept["optimiser"])
        progress = Progress(**kept["progress"])
        say(f"  resumed at step {progress.steps}")
    total, began, saved = plan.epochs * windows.tokens(), time.time() - progress.seconds, time.time()
    model.train()
    for number, chosen in enumerate(order(windows, plan)):
        if number < progress.steps:
            continue
        part = max(progress.tokens / total, progress.seconds / 60 / plan.minutes)
        if part >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * rate_at(part)
        progress.count(step(model, optimiser, loss(model, batch(windows, chosen).to(device))), sum(len(windows.ids[i]) for i in chosen))
        progress.seconds = time.time() - began
        if progress.steps % 100 == 0:
            say(f"  step {progress.steps} part {part:.3f} loss {progress.loss:.4f} {progress.tokens / progress.seconds:.0f} tokens/s {progress.seconds:.0f} s")
        if time.time() - saved > 120:
            store(model, optimiser, progress, keep)
            saved = time.time()
    store(model, optimiser, progress, keep)
    return {name: round(value, 4) for name, value in vars(progress).items()}


def order(windows: Windows, plan: Plan) -> Iterator[list[int]]:
    rng = Random(plan.seed)
    for _ in range(plan.epochs):
        yield from batches(windows, plan.tokens, rng)


def step(model: Encoder, optimiser: torch.optim.Optimizer, value: Tensor) -> float:
    optimiser.zero_grad(set_to_none=True)
    value.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return value.item()


def store(model: Encoder, optimiser: torch.optim.Optimizer, progress: Progress, keep: Path) -> None:
    """A checkpoint that is there whole or not at all."""
    fresh = keep.with_suffix(".new")
    torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "progress": vars(progress)}, fresh)
    fresh.replace(keep)
