"""A data directory through an enhancer: the noisy side of every utterance, by id."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from speechgen.data import load_data_directory
from speechgen.enhancement.batch.plan import settle
from speechgen.enhancement.batch.resume import Record, settings_key
from speechgen.enhancement.batch.run import Report, run_plan
from speechgen.enhancement.settings import Settings
from speechgen.errors import DataError
from speechgen.store import LoadedModel


def enhance_data(
    model: nn.Module | LoadedModel,
    data_dir: str | Path,
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
    """Enhance each utterance of a data directory into ``output/ID.wav``.

    Parameters
    ----------
    model
        An enhancer, or one with its model directory.
    data_dir
        Data directory; its noisy side is taken where it has one. It has no segments.
    output
        Folder to write to.
    wet, max_attenuation_db, overwrite, jobs, report, chart, window_batch, device
        As for :func:`speechgen.enhancement.enhance_paths`.

    Raises
    ------
    DataError
        The directory is bad or has segments.
    OutputError
        Before any work: an output exists already.
    ConfigError
        An option has no sense.
    """
    settings = Settings(wet, max_attenuation_db, window_batch, device)
    data = load_data_directory(data_dir)
    if data.segments is not None:
        raise DataError(f"{data_dir}: has segments; enhance the recordings as files")
    network = model.model if isinstance(model, LoadedModel) else model
    todo = settle(
        [(source, Path(f"{name}.wav")) for name, source in (data.noisy or data.wavs).items()],
        Path(output),
        overwrite=overwrite,
        record=Record(output, settings_key(network, settings)),
        chart=chart if isinstance(chart, bool) else Path(chart),
    )
    return run_plan(model, todo, settings, jobs=jobs, report=report)
