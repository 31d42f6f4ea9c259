"""A data directory through an enhancer: the noisy side of every utterance, by id."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from speechgen.data import load_data_directory
from speechgen.enhancement.folders import Report
from speechgen.enhancement.interruption import interruptible
from speechgen.enhancement.planning import reason
from speechgen.enhancement.single import enhance_file
from speechgen.errors import DataError, OutputError, SpeechgenError


def enhance_data(
    model: nn.Module,
    data_dir: str | Path,
    output: str | Path,
    *,
    wet: float = 1.0,
    overwrite: bool = False,
    device: str = "cpu",
) -> Report:
    """Enhance each utterance of a data directory into ``output/ID.wav``.

    Parameters
    ----------
    model
        An enhancer.
    data_dir
        Data directory; its noisy side is taken where it has one. It has no segments.
    output
        Folder to write to.
    wet, overwrite, device
        As for :func:`speechgen.enhancement.enhance_paths`.

    Raises
    ------
    DataError
        The directory is bad or has segments.
    OutputError
        Before any work: an output exists already.
    """
    data = load_data_directory(data_dir)
    if data.segments is not None:
        raise DataError(f"{data_dir}: has segments; enhance the recordings as files")
    jobs = [
        (source, Path(output) / f"{name}.wav") for name, source in (data.noisy or data.wavs).items()
    ]
    existing = [target for _, target in jobs if target.exists()]
    if existing and not overwrite:
        raise OutputError(f"{existing[0]}: exists already; use --overwrite to replace it")
    report = Report()
    with interruptible():
        for source, target in jobs:
            try:
                enhance_file(model, source, target, wet=wet, overwrite=overwrite, device=device)
                report.done.append(target)
            except SpeechgenError as error:
                report.failed.append((source, reason(source, error)))
    return report
