"""Files, folders and data directories through an enhancer: what can be done is, the rest listed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from speechgen.audio.pipes import copies
from speechgen.enhancement.batch.job import network_of
from speechgen.enhancement.batch.plan import is_in, plan, settle
from speechgen.enhancement.batch.report import Report
from speechgen.enhancement.batch.resume import Record, closed_on_failure, settings_key
from speechgen.enhancement.batch.run import run_plan
from speechgen.enhancement.options import DEFAULTS, EnhanceOptions
from speechgen.errors import DataError
from speechgen.files.shard import Shard
from speechgen.store import LoadedModel
from speechgen.workers import interruptible


def enhance_paths(
    model: nn.Module | LoadedModel,
    inputs: Sequence[str | Path],
    output: str | Path,
    options: EnhanceOptions = DEFAULTS,
    *,
    overwrite: bool = False,
    jobs: int = 1,
    report: str | Path | None = None,
    chart: bool | str | Path = False,
    shard: Shard | None = None,
) -> Report:
    """Enhance files and folders of files, with a progress bar on a terminal.

    One file goes to the file ``output``; several, or folders, into the folder ``output``, where
    folders are mirrored. Links to files are followed. A file that is stored lossily is written as
    WAV with 16-bit samples at its rate; all others keep their format. Of a file that is cut short
    or damaged what is there is written; it counts as done only under ``options.salvage``.

    What an earlier run into the folder has done of the same input under the same settings is
    skipped (:mod:`.resume`), so that a run that was interrupted goes on where it stopped.

    Parameters
    ----------
    model
        An enhancer, or one with its model directory: other processes then read it themselves.
    overwrite
        Whether outputs that exist may be replaced; everything is done anew then.
    jobs
        Files that are worked on at the same time, each in a process of its own.
    report
        File to write a JSON line for each input to, as :func:`.describe` gives it.
    chart
        True draws noisy and enhanced spectrograms beside each output as ``NAME.png``; a folder
        has them there.
    shard
        The part of the files that is done, as one of many runs into the same folder.

    Raises
    ------
    OutputError
        Before any work: a target is an input or exists already, or two inputs share one;
        or the shard is being done by another process.
    ConfigError
        ``jobs`` is below 1, the model cannot be sent to other processes, or a shard is wanted of
        one file.
    """
    paths = [Path(entry) for entry in inputs]
    with interruptible(), copies(paths) as content:
        todo = plan(
            paths,
            Path(output),
            overwrite=overwrite,
            key=settings_key(network_of(model), options),
            chart=chart if isinstance(chart, bool) else Path(chart),
            content=content,
            shard=shard,
        )
        return run_plan(model, todo, options, jobs=jobs, report=report)


def enhance_data(
    model: nn.Module | LoadedModel,
    data_dir: str | Path,
    output: str | Path,
    options: EnhanceOptions = DEFAULTS,
    *,
    overwrite: bool = False,
    jobs: int = 1,
    report: str | Path | None = None,
    chart: bool | str | Path = False,
    shard: Shard | None = None,
) -> Report:
    """Enhance each utterance of a data directory into ``output/ID.wav``.

    Parameters
    ----------
    data_dir
        Data directory; its noisy side is taken where it has one. It has no segments.
    output
        Folder to write to.
    model, overwrite, jobs, report, chart, shard
        As for :func:`enhance_paths`.

    Raises
    ------
    DataError
        The directory is bad or has segments.
    OutputError, ConfigError
        As for :func:`enhance_paths`.
    """
    from speechgen.data import load_data_directory

    data = load_data_directory(data_dir)
    if data.segments is not None:
        raise DataError(f"{data_dir}: has segments; enhance the recordings as files")
    names = {f"{name}.wav": source for name, source in (data.noisy or data.wavs).items()}
    record = Record(output, settings_key(network_of(model), options), shard)
    with closed_on_failure(record):
        todo = settle(
            [(source, Path(name)) for name, source in names.items() if is_in(shard, name)],
            Path(output),
            overwrite=overwrite,
            record=record,
            chart=chart if isinstance(chart, bool) else Path(chart),
        )
    return run_plan(model, todo, options, jobs=jobs, report=report)
