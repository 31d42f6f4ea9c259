"""Narrow-band spectrograms, in which a voice is seen as its harmonics.

A window of 50 ms tells tones 40 Hz apart, so the harmonics of any voice are lines: they follow the
melody, end where the voice ends, and are smeared where a copy is hoarse or off pitch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from speechgen.features import f0, preemphasis, stft_magnitude
from speechgen.files import atomic_path

WINDOW_SECONDS = 0.05
HIGHEST_HZ = 4000.0
_HOP_SECONDS = 0.004
_PITCH_HOP_SECONDS = 0.01
_BINS_PER_HZ = 0.256  # of the transform: some bins a harmonic, so that lines are drawn smoothly
_RANGE_DB = 50.0
_PREEMPHASIS = 0.9  # lifts the upper harmonics, which are 20 to 30 dB below the first
_SIZE_INCHES, _DPI = (6.4, 4.0), 120
_COLOURS = 32


def narrow_band_db(wave: np.ndarray, sample_rate: int) -> np.ndarray:
    """Levels from 0 to 4 kHz, (bin, frame), in dB of any unit; the bins are equally spaced."""
    import torch

    lifted = preemphasis(torch.from_numpy(np.asarray(wave, np.float32))[None], _PREEMPHASIS)[0]
    fft_samples = 1 << round(np.log2(sample_rate * _BINS_PER_HZ))
    magnitude = stft_magnitude(
        lifted,
        fft_samples=fft_samples,
        window_samples=round(WINDOW_SECONDS * sample_rate),
        hop_samples=max(1, round(_HOP_SECONDS * sample_rate)),
    )
    kept = magnitude[: round(HIGHEST_HZ / sample_rate * fft_samples) + 1]
    return np.asarray(20 * kept.clamp_min(1e-6).log10().numpy())


def narrow_band_figure(wave: np.ndarray, sample_rate: int, path: str | Path) -> str:
    """Draw one waveform, with its fundamental frequency as a line of dots.

    Parameters
    ----------
    wave
        (time,).
    sample_rate
        Hz.
    path
        PNG; an older one is replaced.

    Returns
    -------
    str
        What is seen, in words, for those who do not see it.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    levels = narrow_band_db(wave, sample_rate)
    seconds = len(wave) / sample_rate
    hop = round(_PITCH_HOP_SECONDS * sample_rate)
    f0_hz, voicing = f0(wave, sample_rate, hop)
    figure = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axis = figure.subplots()
    top = float(levels.max())
    axis.imshow(
        levels, origin="lower", aspect="auto", cmap="gray_r", interpolation="bilinear",
        vmin=top - _RANGE_DB, vmax=top, extent=(0.0, seconds, 0.0, HIGHEST_HZ / 1000),
    )  # fmt: skip
    times = (np.arange(len(f0_hz)) + 0.5) * hop / sample_rate
    axis.plot(times[voicing], f0_hz[voicing] / 1000, ".", color="red", markersize=1.5)
    axis.set(xlabel="time (s)", ylabel="frequency (kHz)", xlim=(0.0, seconds))
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]
    few = Image.fromarray(pixels).quantize(
        _COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )
    with atomic_path(path, overwrite=True) as temporary:
        few.save(temporary, "PNG", optimize=True)
    return _in_words(seconds, f0_hz[voicing], float(voicing.mean()))


def _in_words(seconds: float, f0_hz: np.ndarray, share: float) -> str:
    if not len(f0_hz):
        return f"{seconds:.1f} s, 0 to 4 kHz; no voice"
    low, middle, high = np.percentile(f0_hz, (5, 50, 95)).round().astype(int)
    return (
        f"{seconds:.1f} s, 0 to 4 kHz; voiced in {100 * share:.0f} % of the time, "
        f"F0 {low} to {high} Hz, median {middle} Hz"
    )
