"""``speechgen.enhance``: clean whatever is given, the twin of the command of the same name."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.audio import as_waves, check_rate, read, write
from speechgen.enhancement.batch.folders import enhance_paths
from speechgen.enhancement.batch.job import network_of
from speechgen.enhancement.batch.loudness_report import Meter
from speechgen.enhancement.batch.report import describe, write_report
from speechgen.enhancement.batch.spectrogram import Chart
from speechgen.enhancement.options import EnhanceOptions
from speechgen.enhancement.single import enhance_wave
from speechgen.errors import AudioError, ConfigError, DamagedAudioError
from speechgen.store import LoadedModel, choose_device, load_model, resolve_model


def enhance(
    source: str | os.PathLike[str] | np.ndarray | Tensor | Sequence[float],
    *,
    output: str | Path | None = None,
    sample_rate: int | None = None,
    model: str | Path | nn.Module | None = None,
    wet: float = 1.0,
    max_attenuation_db: float | None = None,
    device: str = "auto",
    jobs: int = 1,
    report: str | Path | None = None,
    chart: bool | str | Path = False,
    overwrite: bool = False,
    salvage: bool = False,
) -> Any:
    """Clean noisy speech.

    Parameters
    ----------
    source
        A sound file; a folder of them; or a waveform of shape (time,) or (channel, time), floats
        in [-1, 1], as an array, a tensor or a list. Integers are refused: divide by full scale.
    output
        Where to write: a file, or a folder for a folder. Without it nothing is written.
    sample_rate
        Of a waveform, in Hz; files know their own.
    model
        A model directory, the name of a shipped model, or a model itself; the default is shipped.
    wet
        Share of the enhanced signal, 0 to 1.
    max_attenuation_db
        Nothing becomes quieter by more than this, in dB; None sets no limit.
    device
        ``auto`` is a GPU where there is one.
    jobs
        Files of a folder that are worked on at the same time, each in a process of its own.
    report
        File to write a JSON line for each input to: levels, clipping, speed, warnings.
    chart
        True draws noisy and enhanced spectrograms beside each output; a folder has them there.
    overwrite
        Whether files that exist may be replaced. Without, what an earlier run into a folder has
        done of the same input in the same way is skipped.
    salvage
        Whether files that are cut short or damaged will do, as far as their sound goes.

    Returns
    -------
    ndarray, Tensor or Report
        The waveform, of the shape and type given; a tensor on its device, without gradients (of a
        file: (channel, time) float32). Where files are read and ``output`` is given, the report on
        them.

    Raises
    ------
    AudioError, OutputError, ModelError, ConfigError
        What was given cannot be used; one line says why.
    DamagedAudioError
        A file is cut short or damaged and ``salvage`` is false; ``output`` has what is there of it.

    Examples
    --------
    >>> clean = speechgen.enhance(noisy, sample_rate=48000)  # doctest: +SKIP
    >>> speechgen.enhance("noisy.wav", output="clean.wav")  # doctest: +SKIP
    """
    device = str(choose_device(device))
    options = EnhanceOptions(wet, max_attenuation_db, device=device, salvage=salvage)
    network: nn.Module | LoadedModel
    if model is None or isinstance(model, str | Path):
        network = load_model(resolve_model(model, "enhance"), device=device)
    else:
        network = model
    if chart is not False and output is None:
        raise ConfigError("a chart goes with an output; give output too")
    if isinstance(source, os.PathLike):
        source = Path(source)
    if isinstance(source, str | Path) and output is not None:
        _no_rate(sample_rate)
        found = enhance_paths(
            network, [source], output, options, jobs=jobs, report=report, chart=chart,
            overwrite=overwrite,
        )  # fmt: skip
        if found.failed and not Path(source).is_dir():
            raise AudioError(f"{source}: {found.failed[0][1]}")
        if found.partial and not Path(source).is_dir():
            raise DamagedAudioError(
                f"{source}: {found.partial[0][1]}; copy it again, or salvage it"
            )
        return found
    if isinstance(source, str | Path):
        _no_rate(sample_rate)
        wave, sample_rate = read(source, salvage=salvage)
    else:
        wave = as_waves(source)
        if sample_rate is None:
            raise ConfigError("an array does not know its rate; give sample_rate in Hz")
        sample_rate = check_rate(sample_rate)
    clean = _enhance_array(network, wave, sample_rate, options, report)
    if output is not None:
        write(output, clean, sample_rate, overwrite=overwrite)
    if chart is not False and output is not None:
        picture = Path(output).parent if chart is True else Path(chart)
        _draw(wave, clean, sample_rate, picture / f"{Path(output).name}.png", overwrite)
    return clean if isinstance(source, Path | str) else _as_given(clean, source)


def _as_given(clean: np.ndarray, source: np.ndarray | Tensor | Sequence[float]) -> Any:
    """(channel, time) in the shape, the type and on the device of what was given."""
    if isinstance(source, Tensor):
        return torch.from_numpy(clean).reshape(source.shape).to(source)
    given = np.asarray(source)
    return clean.reshape(given.shape).astype(given.dtype, copy=False)


def _no_rate(sample_rate: int | None) -> None:
    if sample_rate is not None:
        raise ConfigError("sample_rate goes with arrays; a file knows its own")


def _enhance_array(
    model: nn.Module | LoadedModel,
    wave: np.ndarray,
    sample_rate: int,
    options: EnhanceOptions,
    report: str | Path | None,
) -> np.ndarray:
    """``wave`` (channel, time), enhanced and reported on."""
    start = time.perf_counter()
    clean = enhance_wave(network_of(model), wave, sample_rate, options)
    if report is not None:
        seconds = time.perf_counter() - start
        meter = Meter(sample_rate, len(wave))
        meter.process(wave, clean)
        write_report(report, [describe(meter, seconds)])
    return clean


def _draw(
    wave: np.ndarray, clean: np.ndarray, sample_rate: int, path: Path, overwrite: bool
) -> None:
    chart = Chart(wave.shape[1], sample_rate, wave.shape[0])
    chart.process(wave, clean)
    chart.save(path, overwrite=overwrite)
