"""Where the numbers of a run go: metrics.csv, TensorBoard and the console."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
from torch import Tensor

from speechgen.files import write_text
from speechgen.training.loop import processes
from speechgen.training.loop.clock import RunClock
from speechgen.training.loop.console import Console
from speechgen.training.loop.stepwise import StepCallback
from speechgen.training.objectives.base import Objective, check_finite

COLUMNS = ("step", "seconds", "split", "name", "value")


class MetricsLog(StepCallback):
    """Averages what the objective records and writes it every ``every_steps`` steps.

    The means are over all processes; a value that is not finite in one of them stops them all.
    ``metrics.csv`` has one row per value: step, seconds, split ("train" or "valid"), name, value.
    On resuming, rows of steps that are about to be repeated are dropped.
    """

    def __init__(self, path: Path, clock: RunClock, console: Console, *, every_steps: int) -> None:
        self.path = path
        self.clock = clock
        self.console = console
        self.every_steps = every_steps
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def begin(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Keep the rows that belong to the past of this run."""
        if trainer.is_global_zero:
            rows = [row for row in read_metrics(self.path) if row["step"] <= module.steps_done]
            write_text(self.path, _as_csv([COLUMNS, *(tuple(row.values()) for row in rows)]))
            self.console.start(module.steps_done, self.clock.progress(module))

    def after_step(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Add the step's values; write their means when it is time."""
        for name, value in module.values.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value.clone()
            self._counts[name] = self._counts.get(name, 0) + 1
        module.values.clear()
        step = module.steps_done
        if step % self.every_steps and not self.clock.stop_reason:
            if trainer.is_global_zero:
                self.console.advance(step, self.clock.progress(module))
            return
        means = self._means()
        self._sums.clear()
        self._counts.clear()
        with processes.said_by_the_first():
            for name, mean in means.items():
                check_finite(name, mean, step)
        if trainer.is_global_zero:
            self.write(trainer, module, "train", means)
            self.console.report(step, self.clock.progress(module), means)

    def _means(self) -> dict[str, float]:
        """Means over the steps since the last row and over the processes."""
        ours = {name: (float(value), self._counts[name]) for name, value in self._sums.items()}
        found = processes.listed(ours)
        means = {}
        for name in dict.fromkeys(name for each in found for name in each):
            sums, counts = zip(*(each[name] for each in found if name in each), strict=True)
            means[name] = sum(sums) / sum(counts)
        return means

    def write(
        self, trainer: lightning.Trainer, module: Objective, split: str, values: dict[str, float]
    ) -> None:
        """Append ``values`` of the present step to the table and to TensorBoard."""
        step, seconds = module.steps_done, round(module.seconds_done, 2)
        rows = [(step, seconds, split, name, repr(value)) for name, value in values.items()]
        with self.path.open("a", encoding="utf-8", newline="") as table:
            table.write(_as_csv(rows))
        scalars = {f"{split}/{name}": value for name, value in values.items()}
        if split == "train":
            scalars["train/learning_rate"] = self.clock.learning_rate
        if trainer.logger is not None:
            trainer.logger.log_metrics(scalars, step=step)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Rows of a metrics.csv; lines that a crash cut short or damaged are left out."""
    if not path.exists():
        return []
    rows = []
    text = path.read_text(encoding="utf-8", errors="replace")
    for line in text.splitlines()[1:]:
        with contextlib.suppress(ValueError, csv.Error):
            step, seconds, split, name, value = next(csv.reader([line]), [])
            float(value)  # that it is a number; kept as it is written
            known = (int(step), float(seconds), split, name, value)
            rows.append(dict(zip(COLUMNS, known, strict=True)))
    return rows


def _as_csv(rows: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
