"""The framing that the frame-wise enhancement measures of Hu & Loizou share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from speechgen.audio import check_rate

Floats = NDArray[np.float64]

_WINDOW_SECONDS = 0.030
_KEPT_FRACTION = 0.95


def windowed_frames(wave: np.ndarray, sample_rate: int) -> Floats:
    """Frames of 30 ms every 7.5 ms under the window 0.5 (1 - cos(2 pi n / (N + 1))), n = 1..N.

    As in the measures' original scripts there are floor((time - N) / hop) frames: the last one
    that would fit is left out.

    Parameters
    ----------
    wave
        (time,).
    sample_rate
        Hz; at 16 kHz N is 480 and the hop 120.

    Returns
    -------
    ndarray
        (frame, N), float64.

    Raises
    ------
    ValueError
        The wave is shorter than one frame and one hop.
    """
    length = round(_WINDOW_SECONDS * check_rate(sample_rate))
    hop_samples = length // 4
    num_frames = (len(wave) - length) // hop_samples
    if num_frames < 1:
        raise ValueError(f"{len(wave)} samples are too short for frames of {length}")
    samples = np.arange(1, length + 1)
    window = 0.5 * (1 - np.cos(2 * np.pi * samples / (length + 1)))
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(wave, np.float64), length)
    return frames[::hop_samples][:num_frames] * window


def best_mean(distances: Floats) -> float:
    """Mean over the 95 % of frames with the smallest distance."""
    kept = round(len(distances) * _KEPT_FRACTION)
    return float(np.sort(distances)[: max(1, kept)].mean())
