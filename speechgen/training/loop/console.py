"""What a person sees of a run: a progress bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time

from speechgen.progress import Bar
from speechgen.training.loop import processes


class Console:
    """Progress with rate and time left, by the first process for all.

    Parameters
    ----------
    title
        What is being trained.
    max_steps
        Where the run ends at the latest.
    """

    def __init__(self, title: str, max_steps: int) -> None:
        self.title = title
        self.max_steps = max_steps
        self._began = time.perf_counter()
        self._first_step = 0
        self._first_progress = 0.0
        self._bar = Bar(title, 1.0, unit="%", delay_seconds=0.0, transient=False)

    def start(self, step: int, progress: float) -> None:
        """Begin at ``step``, ``progress`` (0 to 1) of the way."""
        self._began = time.perf_counter()
        self._first_step, self._first_progress = step, progress
        self._bar.update(progress)
        if not self._bar.on_terminal:
            where = f"from step {step}" if step else "from the start"
            self.say(f"{self.title}: training {where} to step {self.max_steps}")

    def advance(self, step: int, progress: float) -> None:
        """Move the bar."""
        self._bar.update(progress)

    def report(self, step: int, progress: float, values: dict[str, float]) -> None:
        """Say the newest ``values``."""
        seconds = max(time.perf_counter() - self._began, 1e-9)
        rate = (step - self._first_step) / seconds
        gained = progress - self._first_progress
        left = seconds * (1.0 - progress) / gained if gained > 0 else 0.0
        numbers = " ".join(f"{name} {value:.4g}" for name, value in values.items())
        if self._bar.on_terminal:
            note = f"step {step}/{self.max_steps}  {numbers}  {rate:.2f} steps/s"
            self._bar.update(progress, note=note)
        else:
            self.say(
                f"{self.title}: step {step}/{self.max_steps}  {numbers}  "
                f"{rate:.2f} steps/s  {_clock(left)} left"
            )

    def say(self, line: str) -> None:
        """One line of text, from the first process of the run."""
        if processes.is_first():
            self._bar.say(line)

    def stop(self) -> None:
        """Take the bar away."""
        self._bar.close()


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"
