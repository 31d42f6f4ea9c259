"""Runs of the real loop as one of two processes, one after the other: what each of them held."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from speechgen.errors import SpeechgenError
from speechgen.training import run
from speechgen.training.loop import shares
from speechgen.training.loop.checkpoint import Checkpointing
from speechgen.training.objectives.base import Objective

REFUSED = -1  # in place of a step: the run ends with an error


def numbers_in(value: Any) -> int:
    """How many numbers this process keeps of tensors in containers."""
    if isinstance(value, dict):
        return sum(numbers_in(one) for one in value.values())
    if isinstance(value, list | tuple):
        return sum(numbers_in(one) for one in value)
    if shares.is_shared(value):
        value = value.to_local()
    return value.numel() if isinstance(value, torch.Tensor) else 0


def spy(patch: pytest.MonkeyPatch, kept: dict[str, Any], cut_at: int | None) -> None:
    """Note the gradients of the first step, clipped, and what is held when the run is saved.

    A run that is ``cut_at`` a step gets a signal in it.
    """
    clip, set_rate, save = (
        Objective.on_before_optimizer_step, Objective.set_learning_rate, Checkpointing.after_step,
    )  # fmt: skip

    def before_step(self: Objective, optimizer: torch.optim.Optimizer) -> None:
        clip(self, optimizer)
        if self.steps_done == 0:
            every = {id(p): name for name, p in self.named_parameters()}
            found = {
                every[id(p)]: shares.whole(p.grad).clone()
                for group in optimizer.param_groups for p in group["params"]
                if p.grad is not None
            }  # fmt: skip
            kept["gradients"].append(dict(sorted(found.items())))

    def rate(self: Objective, progress: float) -> float:
        if self.steps_done == cut_at:
            os.kill(os.getpid(), signal.SIGTERM)
        return set_rate(self, progress)

    def saving(self: Checkpointing, trainer: Any, module: Objective) -> None:
        held = list(module.parameters()), [one.state for one in trainer.optimizers]
        kept["held"] = [numbers_in(list(held[0])), numbers_in([dict(one) for one in held[1]]),
                        numbers_in(self.average.average)]  # fmt: skip
        save(self, trainer, module)

    patch.setattr(Objective, "on_before_optimizer_step", before_step)
    patch.setattr(Objective, "set_learning_rate", rate)
    patch.setattr(Checkpointing, "after_step", saving)


def main(plan: list[tuple[str, list[str], int | None]], folder: Path) -> None:
    """Each run of ``plan``: its name, overrides, and the step in which it is stopped, if it is."""
    torch.set_num_threads(1)
    for name, overrides, cut_at in plan:
        kept: dict[str, Any] = {"gradients": []}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shares, "_FEWEST_WEIGHTS", 10)
            spy(patch, kept, cut_at)
            kind = SpeechgenError if cut_at == REFUSED else KeyboardInterrupt
            stopped = pytest.raises(kind) if cut_at else contextlib.nullcontext()
            with stopped as error:
                run([*overrides, "trainer.devices=2", "trainer.accelerator=cpu"])
            if error is not None:
                kept["refused"] = [type(error.value).__name__, str(error.value)]
        torch.save(kept, folder / f"{name}.{os.environ['RANK']}.pt")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
