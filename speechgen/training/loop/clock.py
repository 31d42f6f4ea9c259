"""The clock of a run: counts steps and seconds, sets rate and randomness, says when to stop."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

import lightning.pytorch as lightning
import torch

from speechgen.training.loop import processes
from speechgen.training.loop.stepwise import StepCallback
from speechgen.training.objectives.base import Objective

#: a process that gets one of these finishes and saves the step; where the system has them
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
_STEP_STRIDE = 1_000_003  # keeps the seeds of neighbouring runs, steps and processes apart
_RANK_STRIDE = 7_919


class RunClock(StepCallback):
    """First of the callbacks; the others read the step it has counted.

    Processes go by the first one's clock, and a signal to one of them stops all: rate, phases and
    the end of a run are the same in each. Every step starts by seeding torch from (seed, step,
    process): latent noise and dropout of a step do not depend on what ran before it, so a resumed
    run draws what it would have drawn.

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
        """Catch signals from now on."""
        self._catch_signals()
        self._mark = time.perf_counter()

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Take the signals back from Lightning, whose handler of SIGTERM talks to other processes.

        It does so wherever a step happens to be, which leaves them waiting.
        """
        self._catch_signals()

    def _catch_signals(self) -> None:
        """Catch the first of each, so that the step is finished and saved; ignored ones stay so."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)):
            if signal.getsignal(number) != signal.SIG_IGN:
                before = signal.signal(number, self._interrupt)
                self._previous.setdefault(number, before)

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
        """Seed the step and set its learning rate; gradients of several batches are summed."""
        parts, part = trainer.accumulate_grad_batches, batch_idx % trainer.accumulate_grad_batches
        rank = part * trainer.world_size + trainer.global_rank
        seed_step(step_seed(self.seed, pl_module.steps_done, rank))
        pl_module.share_of_step = 1.0 / parts
        if not part:
            self.learning_rate = pl_module.set_learning_rate(self.progress(pl_module))

    def after_step(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Count the step; decide whether it was the last."""
        module.steps_done += 1
        now = time.perf_counter()
        module.seconds_done += now - self._mark
        self._mark = now
        interrupted = self._agree(module)
        if module.steps_done >= self.max_steps:
            self.stop_reason = "steps"
        elif interrupted:
            self.stop_reason = "interrupted"
        elif self.max_seconds and module.seconds_done >= self.max_seconds:
            self.stop_reason = "seconds"
        if self.stop_reason:
            trainer.should_stop = True

    def _agree(self, module: Objective) -> bool:
        """Take the first process's clock; tell whether any process was interrupted."""
        if processes.count() == 1:
            return self._interrupted
        seconds = module.seconds_done if processes.is_first() else 0.0
        told = torch.tensor([seconds, self._interrupted], dtype=torch.float64, device=module.device)
        module.seconds_done, interrupted = processes.largest(told).tolist()
        return bool(interrupted)


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
