"""Training: one Lightning module per objective, and what makes a run resume exactly.

``run(["experiment=segan", "data.train=DIR", "data.noise=DIR", "output=DIR"])`` composes the
packaged configuration, trains (or resumes, or returns at once where the run is finished),
and returns the folder of the model directory it leaves behind.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["compose", "run"]


def run(overrides: list[str], config_dir: str | Path | None = None) -> Path:
    """Train what ``overrides`` describe and return the model directory; see :mod:`.runner`."""
    from speechgen.training.runner import run as run_training

    return run_training(overrides, config_dir)


def compose(overrides: list[str], config_dir: str | Path | None = None) -> dict:
    """The plain, resolved configuration that ``overrides`` describe; see :mod:`.composition`."""
    from speechgen.training.composition import compose as compose_configuration

    return compose_configuration(overrides, config_dir)
