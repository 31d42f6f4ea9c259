"""The clock of a run: counts steps and seconds, sets rate and randomness, says when to stop."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import lightning.pytorch as lightning
import torch

from speechgen.training.loop.stepwise import StepCallback
from speechgen.training.objectives.base import Objective

_STEP_STRIDE = 1_000_003  # keeps the seeds of neighbouring runs, steps and processes apart
_RANK_STRIDE = 7_919


class RunClock(StepCallback):
    """First of the callbacks; the others read the step it has counted.

    Every step starts by seeding torch from (seed, step, process): latent noise and dropout of a
    step do not depend on what ran before it, so a resumed run draws what it would have drawn.

    Attributes
    ----------
    stop_reason
        Empty while the run goes on; "steps", "seconds" or "interrupted" at its last step.
    """

    def __init__(self, *, seed: int, max_steps: int, max_seconds: float | None) -> None:
        self.seed = seed
        self.max_steps = max_steps
        self.max_seconds = max_seconds
        self.stop_reason = ""
        self.learning_rate = 0.0
        self._mark = 0.0
        self._interrupted = False
        self._previous: dict[signal.Signals, Any] = {}

    def progress(self, module: Objective) -> float:
        """Part of the run that is done, by steps or by seconds, whichever is further."""
        by_steps = module.steps_done / self.max_steps
        by_seconds = module.seconds_done / self.max_seconds if self.max_seconds else 0.0
        return min(1.0, max(by_steps, by_seconds))

    def begin(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Catch the first Ctrl-C or SIGTERM, so that the step is finished and saved."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._interrupt)
        self._mark = time.perf_counter()

    def _interrupt(self, number: int, frame: Any) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        self._interrupted = True

    def release_signals(self) -> None:
        """Put the handlers of before back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        """Seed the step and set its learning rate."""
        seed_step(step_seed(self.seed, pl_module.steps_done, trainer.global_rank))
        self.learning_rate = pl_module.set_learning_rate(self.progress(pl_module))

    def after_step(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Count the step; decide whether it was the last."""
        module.steps_done += 1
        now = time.perf_counter()
        module.seconds_done += now - self._mark
        self._mark = now
        if module.steps_done >= self.max_steps:
            self.stop_reason = "steps"
        elif _agreed(trainer, self._interrupted):
            self.stop_reason = "interrupted"
        elif self.max_seconds and _agreed(trainer, module.seconds_done >= self.max_seconds):
            self.stop_reason = "seconds"
        if self.stop_reason:
            trainer.should_stop = True


def seed_step(seed: int) -> None:
    """Seed torch's own streams of random numbers.

    As ``torch.manual_seed``, which on a machine without a GPU keeps a stack trace of every call for
    the day that one comes: milliseconds a step, and memory that grows.
    """
    torch.default_generator.manual_seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)


def step_seed(seed: int, step: int, rank: int) -> int:
    """A seed for every (run, step, process)."""
    return (seed * _STEP_STRIDE * _RANK_STRIDE + step * _RANK_STRIDE + rank) % (1 << 63)


def _agreed(trainer: lightning.Trainer, decision: bool) -> bool:
    """Whether any process decided so."""
    if trainer.world_size == 1:
        return decision
    return trainer.strategy.reduce_boolean_decision(decision, all=False)
