"""Probabilistic YIN, the reference that :func:`speechgen.features.f0` is checked against.

M. Mauch and S. Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold
distributions", ICASSP 2014, as librosa has it: a path over all pitches of the range, a tenth of a
semitone apart. It takes some 25 times as long.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from speechgen.audio import check_rate
from speechgen.features.pitch import f0
from speechgen.features.spectrum import as_wave, pad_for_frames

_PERIODS = 3  # of the lowest frequency in a frame

Tracker = Callable[..., tuple[NDArray[np.float64], NDArray[np.bool_]]]


def pyin_f0(
    wave: np.ndarray,
    sample_rate: int,
    hop_samples: int,
    fmin_hz: float = 60.0,
    fmax_hz: float = 500.0,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fundamental frequency and voicing of every frame, on the frames of :func:`.f0`.

    Parameters and values are those of :func:`speechgen.features.f0`: (frame,) in Hz, 0 where
    unvoiced, and (frame,) of bool, with frame = ceil(time / hop).
    """
    import librosa

    frame_length = 1 << int(np.ceil(np.log2(_PERIODS * sample_rate / fmin_hz)))
    sample_rate, hop_samples = check_rate(sample_rate), int(hop_samples)
    whole = as_wave(wave).detach().cpu()
    padded = pad_for_frames(whole, frame_length, hop_samples).numpy()
    f0_hz, voicing, _ = librosa.pyin(
        padded,
        fmin=fmin_hz,
        fmax=fmax_hz,
        sr=sample_rate,
        frame_length=frame_length,
        hop_length=hop_samples,
        center=False,
        fill_na=0.0,
    )
    num_frames = -(-whole.shape[-1] // hop_samples)
    return f0_hz[:num_frames].astype(np.float64), voicing[:num_frames]


#: by name, as in :class:`speechgen.features.FeatureSettings`
TRACKERS: dict[str, Tracker] = {"yin": f0, "pyin": pyin_f0}
