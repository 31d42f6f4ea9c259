"""Writing what a run needs to go on and what it leaves behind; reading the former."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning

from speechgen.errors import OutputError, SpeechgenError
from speechgen.files import refusal, sync_file, sync_folder, write_json
from speechgen.training.loop import processes
from speechgen.training.loop.clock import RunClock
from speechgen.training.loop.ema import MovingAverage
from speechgen.training.loop.stepwise import StepCallback
from speechgen.training.loop.validation import Validation
from speechgen.training.objectives.base import Objective

Export = Callable[[Objective, dict[str, Any]], None]


class Checkpointing(StepCallback):
    """Last of the callbacks: saves every ``every_steps`` steps and when the run stops.

    In this order: the model directory with the averaged weights, status.json, the checkpoint; each
    is written beside its place and renamed. A run killed between two of them repeats some steps or
    is finished; it never finds a file that is half there.
    """

    def __init__(
        self,
        folder: Path,
        export: Export,
        clock: RunClock,
        average: MovingAverage,
        validation: Validation,
        *,
        every_steps: int,
    ) -> None:
        self.folder = folder
        self.export = export
        self.clock = clock
        self.average = average
        self.validation = validation
        self.every_steps = every_steps

    def after_step(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Save when it is time."""
        if module.steps_done % self.every_steps and not self.clock.stop_reason:
            return
        status = {
            "steps": module.steps_done,
            "seconds": round(module.seconds_done, 1),
            "stopped": self.clock.stop_reason,
            "validation": self.validation.latest,
        }
        failure: SpeechgenError | None = None
        if trainer.is_global_zero:
            try:
                self._write(trainer, module, status)
            except OSError as error:
                failure = OutputError(f"{self.folder}: cannot be written ({refusal(error)})")
                failure.__cause__ = error
            except SpeechgenError as error:
                failure = error
        processes.agree_on_failure(failure)

    def _write(self, trainer: lightning.Trainer, module: Objective, status: dict[str, Any]) -> None:
        """All three files; in the first process only, for all hold the same."""
        with self.average.applied(module.network):
            self.export(module, status)
        write_json(status_path(self.folder), status)
        _save(trainer, checkpoint_path(self.folder))


def _save(trainer: lightning.Trainer, target: Path) -> None:
    """Lightning's checkpoint, flushed to the disk before it takes the place of the one before."""
    temporary = target.with_name(".last.part.ckpt")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        trainer.save_checkpoint(temporary)
        sync_file(temporary)
        os.replace(temporary, target)
        sync_folder(target.parent)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def checkpoint_path(folder: Path) -> Path:
    """Where a run's only checkpoint is."""
    return folder / "checkpoints" / "last.ckpt"


def status_path(folder: Path) -> Path:
    """Where a run notes how far it is."""
    return folder / "status.json"


def is_finished(folder: Path, max_steps: int, max_seconds: float | None) -> bool:
    """Whether ``folder`` holds a model that was trained for that long."""
    if not (folder / "model" / "config.yaml").is_file() or not status_path(folder).is_file():
        return False
    status = json.loads(status_path(folder).read_text(encoding="utf-8"))
    return status["steps"] >= max_steps or (
        max_seconds is not None and status["seconds"] >= max_seconds
    )
