"""Pictures of sound."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from speechgen.features import stft_magnitude
from speechgen.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WINDOW_SECONDS = 0.032
_HOP_SECONDS = 0.004
_RANGE_DB = 80.0


def spectrogram_figure(
    waves: Sequence[tuple[str, np.ndarray]],
    sample_rate: int,
    path: str | Path | None = None,
    *,
    overwrite: bool = True,
) -> Figure:
    """Draw spectrograms beside each other on one scale, such as noisy | enhanced | clean.

    Parameters
    ----------
    waves
        Title and waveform (time,) of each.
    sample_rate
        Hz, of all.
    path
        PNG (or what else Matplotlib writes, by the suffix); None writes nothing.
    overwrite
        Replace an older picture.

    Returns
    -------
    Figure
        Matplotlib's, with a canvas of its own: a notebook shows it.

    Raises
    ------
    ValueError
        There are no waves.
    OutputError
        The picture cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not waves:
        raise ValueError("a picture needs at least one waveform")
    figure = Figure(figsize=(1.2 + 4.6 * len(waves), 3.4), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(waves), sharey=True, squeeze=False)[0]
    levels = [_levels_db(wave, sample_rate) for _, wave in waves]
    top = max(float(level.max()) for level in levels)
    for number, (axis, level, (title, _)) in enumerate(zip(axes, levels, waves, strict=True)):
        seconds = level.shape[1] * _hop_samples(sample_rate) / sample_rate
        image = axis.imshow(
            level,
            origin="lower",
            aspect="auto",
            extent=(0.0, seconds, 0.0, sample_rate / 2),
            cmap="magma",
            vmin=top - _RANGE_DB,
            vmax=top,
        )
        axis.set(title=title, xlabel="time (s)", ylabel="" if number else "frequency (Hz)")
    figure.colorbar(image, ax=list(axes), label="level (dB re full scale)", pad=0.01)
    if path is not None:
        with atomic_path(path, overwrite=overwrite) as temporary:
            figure.savefig(temporary)
    return figure


def _levels_db(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """(bin, frame) in dB; a full-scale sine is at 0."""
    window_samples = round(_WINDOW_SECONDS * sample_rate)
    magnitude = stft_magnitude(
        wave,
        fft_samples=1 << (window_samples - 1).bit_length(),
        window_samples=window_samples,
        hop_samples=_hop_samples(sample_rate),
    )
    return (20 * (magnitude / (window_samples / 4)).clamp_min(1e-6).log10()).numpy()


def _hop_samples(sample_rate: int) -> int:
    return max(1, round(_HOP_SECONDS * sample_rate))
