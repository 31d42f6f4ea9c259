"""``speechgen.enhance``: clean whatever is given, the twin of the command of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.audio import read, write
from speechgen.enhancement.folders import Report, enhance_paths
from speechgen.enhancement.single import enhance_wave
from speechgen.errors import AudioError, ConfigError


def enhance(
    source: str | Path | np.ndarray | Tensor,
    *,
    output: str | Path | None = None,
    sample_rate: int | None = None,
    model: str | Path | nn.Module | None = None,
    wet: float = 1.0,
    device: str = "auto",
    overwrite: bool = False,
) -> Any:
    """Clean noisy speech.

    Parameters
    ----------
    source
        A sound file; a folder of them; or a waveform of shape (time,) or (channel, time) in
        [-1, 1], as an array or a tensor.
    output
        Where to write: a file, or a folder for a folder. Without it nothing is written.
    sample_rate
        Of a waveform, in Hz; files know their own.
    model
        A model directory, the name of a shipped model, or a model itself; the default is shipped.
    wet
        Share of the enhanced signal, 0 to 1.
    device
        ``auto`` is a GPU where there is one.
    overwrite
        Whether files that exist may be replaced.

    Returns
    -------
    ndarray, Tensor or Report
        The waveform, as given (of a file: (channel, time) float32). Where files are read and
        ``output`` is given, the report on them.

    Raises
    ------
    AudioError, OutputError, ModelError, ConfigError
        What was given cannot be used; one line says why.

    Examples
    --------
    >>> clean = speechgen.enhance(noisy, sample_rate=48000)  # doctest: +SKIP
    >>> speechgen.enhance("noisy.wav", output="clean.wav")  # doctest: +SKIP
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if model is None or isinstance(model, str | Path):
        model = _load_enhancer(model)
    options: dict[str, Any] = {"wet": wet, "device": device}
    if isinstance(source, str | Path):
        if sample_rate is not None:
            raise ConfigError("sample_rate goes with arrays; a file knows its own")
        if output is None:
            wave, rate = read(source)
            return enhance_wave(model, wave, rate, **options)
        return _enhance_path(model, Path(source), output, overwrite=overwrite, **options)
    if sample_rate is None:
        raise ConfigError("an array does not know its rate; give sample_rate in Hz")
    wave = source.detach().cpu().numpy() if isinstance(source, Tensor) else np.asarray(source)
    clean = enhance_wave(model, np.atleast_2d(wave), sample_rate, **options).reshape(wave.shape)
    if output is not None:
        write(output, clean, sample_rate, overwrite=overwrite)
    return torch.from_numpy(clean).to(source) if isinstance(source, Tensor) else clean


def _load_enhancer(reference: str | Path | None) -> nn.Module:
    from speechgen.store import load, resolve_model

    return load(resolve_model(reference, "enhance"))


def _enhance_path(network: nn.Module, source: Path, output: str | Path, **options: Any) -> Report:
    report = enhance_paths(network, [source], output, **options)
    if report.failed and not source.is_dir():
        raise AudioError(f"{source}: {report.failed[0][1]}")
    return report
