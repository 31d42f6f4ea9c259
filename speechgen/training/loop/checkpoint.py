"""Writing what a run needs to go on and what it leaves behind; reading the former."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
from torch import Tensor

from speechgen.errors import OutputError, SpeechgenError
from speechgen.files import put_in_place, read_json, refusal, sync_file, sync_folder, write_json
from speechgen.training.loop import processes
from speechgen.training.loop.clock import RunClock
from speechgen.training.loop.ema import MovingAverage
from speechgen.training.loop.shares import has_shares, whole_in_first
from speechgen.training.loop.stepwise import StepCallback
from speechgen.training.loop.validation import Validation
from speechgen.training.objectives.base import Objective

Export = Callable[[Objective, dict[str, Any], dict[str, Tensor]], None]
_UNFINISHED = ".last.part.ckpt"


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
        content: dict[str, Any],
        resumed_from: Path | None,
    ) -> None:
        self.folder = folder
        self.export = export
        self.clock = clock
        self.average = average
        self.validation = validation
        self.every_steps = every_steps
        self.content = content
        self.resumed_from = resumed_from

    @property
    def state_key(self) -> str:
        """Its place in the checkpoint."""
        return "checkpointing"

    def state_dict(self) -> dict[str, Any]:
        """What the data has that the state was made for."""
        return {"content": self.content}

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
        needed = trainer.is_global_zero or has_shares(module)
        with self._failing_together():
            if needed:
                self._write_model(module, status)
        with self._failing_together():
            if needed:
                self._write_checkpoint(trainer)

    @contextlib.contextmanager
    def _failing_together(self) -> Iterator[None]:
        """What the first process cannot write ends all of them, none of which waits for it."""
        failure: SpeechgenError | None = None
        try:
            yield
        except OSError as error:
            failure = OutputError(f"{self.folder}: cannot be written ({refusal(error)})")
            failure.__cause__ = error
        except SpeechgenError as error:
            failure = error
        processes.agree_on_failure(failure)

    def _write_model(self, module: Objective, status: dict[str, Any]) -> None:
        """Model directory and status, in the first process: all hold the same, or give shares."""
        with self.average.applied(module.network):
            weights = whole_in_first(module.network.state_dict())
            if processes.is_first():
                self.export(module, status, weights)
        if processes.is_first():
            write_json(status_path(self.folder), status)

    def _write_checkpoint(self, trainer: lightning.Trainer) -> None:
        last, previous = checkpoint_path(self.folder), previous_path(self.folder)
        # one that was damaged never takes the place of the good one that the run went on from
        damaged = self.resumed_from == previous
        _save(trainer, last, last.with_name("damaged.ckpt") if damaged else previous)
        self.resumed_from = last


def _save(trainer: lightning.Trainer, target: Path, aside: Path | None = None) -> None:
    """Lightning's checkpoint, flushed to the disk before it takes the place of the one before.

    That one is moved to ``aside``, where it is given. Only the first process writes.
    """
    temporary = target.with_name(_UNFINISHED)
    try:
        trainer.save_checkpoint(temporary)  # in a folder that it makes
        if not trainer.is_global_zero:
            return
        sync_file(temporary)
        if aside is not None and target.exists():
            put_in_place(target, aside)
        put_in_place(temporary, target)
        sync_folder(target.parent)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def remove_unfinished(folder: Path) -> None:
    """Remove the part of a checkpoint that a run left that was killed as it wrote its last."""
    with contextlib.suppress(OSError):
        checkpoint_path(folder).with_name(_UNFINISHED).unlink(missing_ok=True)


def checkpoint_path(folder: Path) -> Path:
    """Where a run's newest checkpoint is."""
    return folder / "checkpoints" / "last.ckpt"


def previous_path(folder: Path) -> Path:
    """Where the checkpoint before the newest one is, should that be damaged."""
    return folder / "checkpoints" / "previous.ckpt"


def has_checkpoint(folder: Path) -> bool:
    """Whether a run in ``folder`` can be resumed, or was."""
    return checkpoint_path(folder).exists() or previous_path(folder).exists()


def status_path(folder: Path) -> Path:
    """Where a run notes how far it is."""
    return folder / "status.json"


def is_finished(folder: Path, max_steps: int, max_seconds: float | None) -> bool:
    """Whether ``folder`` holds a model that was trained for that long."""
    try:
        status = read_json(status_path(folder).read_text(encoding="utf-8"))
        steps, seconds = int(status["steps"]), float(status["seconds"])
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        OverflowError,
    ):  # none, or cut short: the checkpoint knows
        return False
    if not (folder / "model" / "config.yaml").is_file():
        return False
    return steps >= max_steps or (max_seconds is not None and seconds >= max_seconds)
