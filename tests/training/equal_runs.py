"""Runs of all objectives by the real loop, in one process or as one of two: what became of each.

Noise is the same for every example here, whatever the process, so that what two processes do with a
half of a batch each can be compared with what one does with all of it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import batch_norm
from torch.nn.modules.batchnorm import _BatchNorm

from speechgen.training import run, runner
from speechgen.training.loop import clock, fitting
from speechgen.training.loop.ema import MovingAverage
from speechgen.training.loop.loader import StepBatches
from speechgen.training.objectives.base import Objective


class DoubledBatches(StepBatches):
    """The batches of two processes, joined."""

    def __init__(self, first_step: int, batch_size: int, *given: Any, **options: Any) -> None:
        super().__init__(first_step, 2 * batch_size, *given, **options)


def plain_draws(moment: list[bool]) -> dict[str, Callable[..., Tensor]]:
    """torch's functions of random numbers: while a step runs they give all examples the same."""
    rand, randn, randint, bernoulli = torch.rand, torch.randn, torch.randint, torch.bernoulli

    def as_one(found: Tensor, draw: Callable[..., Tensor]) -> Tensor:
        """Values that differ along the last of several axes at most."""
        width = found.shape[-1] if found.ndim > 1 else 1
        row = draw(width, generator=torch.Generator().manual_seed(7)).to(found.device)
        same = row.expand(found.shape) if found.ndim else row[0]
        return same.to(found.dtype).clone()

    def uniform(*given: Any, **options: Any) -> Tensor:
        found = rand(*given, **options)
        return as_one(found, rand) if moment[0] else found

    def normal(*given: Any, **options: Any) -> Tensor:
        found = randn(*given, **options)
        return as_one(found, randn) if moment[0] else found

    def integers(*given: Any, **options: Any) -> Tensor:
        found = randint(*given, **options)
        return found.new_full(found.shape, given[0] // 2) if moment[0] else found

    def coins(means: Tensor, **options: Any) -> Tensor:
        if not moment[0]:
            return bernoulli(means, **options)
        return (as_one(means, rand) < means).to(means.dtype)

    def normal_like(given: Tensor, **options: Any) -> Tensor:
        return normal(given.shape, dtype=given.dtype, device=given.device, **options)

    return {
        "rand": uniform, "randn": normal, "randint": integers, "bernoulli": coins,
        "randn_like": normal_like,
    }  # fmt: skip


def by_kept_statistics(self: _BatchNorm, x: Tensor) -> Tensor:
    """Batch norm that does not look at the batch."""
    return batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)


def spy(patch: pytest.MonkeyPatch, *, alone: bool) -> dict[str, Any]:
    """Watch runs from now on; the dictionary is of the latest."""
    kept: dict[str, Any] = {}
    moment = [False]

    def fit(module: Objective, *given: Any, **options: Any) -> str:
        kept.update(gradients=[], state={}, average={})
        why = fitting.fit(module, *given, **options)
        kept.update(state=module.state_dict(), average=kept["ema"].average, steps=module.steps_done)
        kept.update(seconds=module.seconds_done)
        return why

    def begin(self: MovingAverage, *given: Any) -> None:
        kept["ema"] = self
        begin_average(self, *given)

    def before_step(self: Objective, optimizer: torch.optim.Optimizer) -> None:
        if self.steps_done == 0:
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            found = [p.grad.flatten().clone() for p in parameters if p.grad is not None]
            kept["gradients"].append(torch.cat(found))
        clip(self, optimizer)

    def seed(number: int) -> None:
        moment[0] = True
        seed_step(number)

    def after_step(self: clock.RunClock, *given: Any) -> None:
        moment[0] = False
        count_step(self, *given)

    begin_average, clip = MovingAverage.begin, Objective.on_before_optimizer_step
    seed_step, count_step = clock.seed_step, clock.RunClock.after_step
    patch.setattr(runner, "fit", fit)
    patch.setattr(MovingAverage, "begin", begin)
    patch.setattr(Objective, "on_before_optimizer_step", before_step)
    patch.setattr(clock, "seed_step", seed)
    patch.setattr(clock.RunClock, "after_step", after_step)
    with torch.device("meta"):
        torch.empty(())  # PyTorch notes now, once and for all, which functions take a device
    for name, draw in plain_draws(moment).items():
        patch.setattr(torch, name, draw)
    if alone:
        patch.setattr(fitting, "StepBatches", DoubledBatches)
    return kept


def run_all(
    cases: dict[str, list[str]], folder: Path, *, rank: int | None, of_batches: list[str]
) -> None:
    """Run every case; ``rank`` of two, or alone with their batches joined where it is None.

    Batch norm takes statistics of the batch in the cases ``of_batches`` only.
    """
    devices = 1 if rank is None else 2
    with pytest.MonkeyPatch.context() as patch:
        kept = spy(patch, alone=rank is None)
        for name, overrides in cases.items():
            where = f"output={folder / name}"
            with patch.context() as norms:
                if name not in of_batches:
                    norms.setattr(_BatchNorm, "forward", by_kept_statistics)
                run([*overrides, where, f"trainer.devices={devices}", "trainer.accelerator=cpu"])
            names = ("gradients", "state", "average", "steps", "seconds")
            torch.save({key: kept[key] for key in names}, folder / f"{name}.{rank}.pt")


if __name__ == "__main__":
    torch.set_num_threads(1)
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    run_all(**given, folder=Path(sys.argv[2]), rank=int(os.environ["RANK"]))
