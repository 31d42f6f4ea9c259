"""Files and folders through an enhancer: all that can be done is done, the rest is listed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from speechgen.enhancement.batch.plan import plan
from speechgen.enhancement.batch.resume import settings_key
from speechgen.enhancement.batch.run import Report, run_plan
from speechgen.enhancement.settings import Settings
from speechgen.store import LoadedModel


def enhance_paths(
    model: nn.Module | LoadedModel,
    inputs: Sequence[str | Path],
    output: str | Path,
    *,
    wet: float = 1.0,
    max_attenuation_db: float | None = None,
    overwrite: bool = False,
    jobs: int = 1,
    report: str | Path | None = None,
    chart: bool | str | Path = False,
    window_batch: int = 16,
    device: str = "cpu",
) -> Report:
    """Enhance files and folders of files, with a progress bar on a terminal.

    One file goes to the file ``output``; several, or folders, into the folder ``output``, where
    folders are mirrored. Links to files are followed. A file that is stored lossily is written as
    WAV with 16-bit samples at its rate; all others keep their format.

    What an earlier run into the folder has done of the same input under the same settings is
    skipped (:mod:`.record`), so that a run that was interrupted goes on where it stopped.

    Parameters
    ----------
    model
        An enhancer, or one with its model directory: other processes then read it themselves.
    wet, max_attenuation_db
        As for :class:`.StreamEnhancer`.
    overwrite
        Whether outputs that exist may be replaced; everything is done anew then.
    jobs
        Files that are worked on at the same time, each in a process of its own.
    report
        File to write a JSON line for each input to, as :func:`.describe` gives it.
    chart
        True draws noisy and enhanced spectrograms beside each output as ``NAME.png``; a folder
        has them there.
    window_batch, device
        As for :class:`.StreamEnhancer`.

    Raises
    ------
    OutputError
        Before any work: a target is an input or exists already, or two inputs share one.
    ConfigError
        An option has no sense.
    """
    settings = Settings(wet, max_attenuation_db, window_batch, device)
    network = model.model if isinstance(model, LoadedModel) else model
    todo = plan(
        [Path(entry) for entry in inputs],
        Path(output),
        overwrite=overwrite,
        key=settings_key(network, settings),
        chart=chart if isinstance(chart, bool) else Path(chart),
    )
    return run_plan(model, todo, settings, jobs=jobs, report=report)
