"""The training loop that teacher and student share."""
from __future__ import annotations

import math
import time
from collections.abc import Callable
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


def fit(model: Encoder, windows: Windows, loss: Loss, plan: Plan, keep: Path, say: Callable[[str], None] = print) -> dict[str, float]:
    """Trains `model`; a checkpoint is kept every two minutes."""
    device = next(model.parameters()).device
    optimiser = torch.optim.AdamW(groups(model, plan.decay), lr=plan.rate, betas=(0.9, 0.98))
    total, done, began, kept, mean = plan.epochs * windows.tokens(), 0, time.time(), time.time(), 0.0
    steps, rng = 0, Random(plan.seed)
    model.train()
    for _ in range(plan.epochs):
        for chosen in batches(windows, plan.tokens, rng):
            part = max(done / total, (time.time() - began) / 60 / plan.minutes)
            if part >= 1:
                break
            for group in optimiser.param_groups:
                group["lr"] = plan.rate * rate_at(part)
            value = loss(model, batch(windows, chosen).to(device))
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            done, steps = done + sum(len(windows.ids[i]) for i in chosen), steps + 1
            mean = value.item() if steps == 1 else 0.98 * mean + 0.02 * value.item()
            if steps % 50 == 0:
                spent = time.time() - began
                say(f"  step {steps} part {part:.3f} loss {mean:.4f} {done / spent:.0f} tokens/s {spent:.0f} s")
            if time.time() - kept > 120:
                torch.save(model.state_dict(), keep)
                kept = time.time()
    torch.save(model.state_dict(), keep)
    return {"tokens": done, "steps": steps, "seconds": round(time.time() - began, 1), "loss": round(mean, 4)}
