"""A low-band post-filter: where nobody speaks, what lies below voices sounds like a room again.

The lowest bands of a mel spectrum are wider than what matters there: the first of 80 at 16 kHz
reaches from 0 to 75 Hz. A room rumbles below 40 Hz; a network that knows only how strong that band
is puts the same energy anywhere in it, often at 50 to 70 Hz, where trackers of F0 take it for a
very low voice::

    noise --> spectrum of a room, below 90 Hz --> as strong as the mel frames say --+
    wave  --> without what is below 90 Hz, ----------------------------------------(+)--> wave
              where the frames are unvoiced

The shape was chosen by the voicing errors of copies (``tools/docs/results.md``); that of each
recording's own pauses did no better. The noise is the same at every call, so this is a function of
its input.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from speechgen.features import FeatureSettings, log_mel, mel_filters
from speechgen.features.extraction import MEL_CENTRE, MEL_SCALE
from speechgen.synthesis.pitch_postfilter import by_sample, voiced_share

_HIGHEST_HZ = 90.0  # unvoiced: a voice may be lower, but not there
_ROOM_HZ = (0.0, 8.0, 16.0, 23.0, 31.0, 39.0, 47.0)  # and as the last one on above them
_ROOM_DB = (-12.0, -5.0, -5.0, -7.0, -12.0, -20.0, -22.0)
_FILTER_SECONDS = 0.25
_LEAST_SHARE = 0.8  # of the first band that has to lie below 90 Hz, for it to tell of rooms


@torch.inference_mode()
def room_below_voices(wave: np.ndarray, frames: Tensor, settings: FeatureSettings) -> np.ndarray:
    """Put a room's rumble in place of what ``wave`` has below 90 Hz where nothing is voiced.

    Parameters
    ----------
    wave
        (time,), float.
    frames
        (feature, frame) of the kind mel with :attr:`~FeatureSettings.absolute_pitch`: those that
        the wave was generated from, ceil(time / hop) of them.
    settings
        Of the frames.

    Returns
    -------
    ndarray
        (time,) float32: ``wave`` within voiced frames, fading at their borders, and everywhere
        where the first band of the settings does not tell how strong a rumble is (it begins far
        above 0, reaches too high or is empty).
    """
    if not _tells_of_rooms(settings):
        return np.array(wave, np.float32)
    unvoiced = 1.0 - voiced_share(
        frames, len(wave), sample_rate=settings.sample_rate, hop_samples=settings.hop_samples
    )
    room = _room_noise(len(wave), settings.sample_rate)
    wanted = frames[0].float().cpu() * MEL_SCALE + MEL_CENTRE
    there = log_mel(torch.from_numpy(room), settings)[0]
    gains = np.exp(by_sample(wanted - there, len(wave), settings.hop_samples))
    low = _filtered(np.asarray(wave, np.float32), _low_pass(settings.sample_rate), "same")
    return (wave + unvoiced * (gains * room - low)).astype(np.float32)


def _tells_of_rooms(settings: FeatureSettings) -> bool:
    first = mel_filters(
        settings.sample_rate,
        settings.fft_samples,
        settings.num_mels,
        settings.fmin_hz,
        settings.fmax_hz,
    )[0]
    hz = torch.arange(len(first)) * (settings.sample_rate / settings.fft_samples)
    return bool(first[hz < _HIGHEST_HZ].sum() > _LEAST_SHARE * first.sum())


def _room_noise(length: int, sample_rate: int) -> NDArray[np.float32]:
    """The first ``length`` samples of a noise with a room's spectrum, the same ones always."""
    from scipy.signal import firwin2

    heights = 10.0 ** (np.array([*_ROOM_DB, _ROOM_DB[-1]]) / 20.0)
    at_hz = [*_ROOM_HZ, sample_rate / 2.0]
    shape = np.convolve(
        firwin2(_taps(sample_rate), at_hz, heights, fs=sample_rate), _low_pass(sample_rate)
    )
    white = np.random.default_rng(0).standard_normal(length + len(shape) - 1)
    return _filtered(white.astype(np.float32), shape, "valid")


def _filtered(
    wave: NDArray[np.float32], taps: NDArray[np.float64], mode: str
) -> NDArray[np.float32]:
    """In blocks and single precision: a third of the time, and errors nobody hears (-120 dB)."""
    from scipy.signal import oaconvolve

    return np.asarray(oaconvolve(wave, taps.astype(np.float32), mode=mode), np.float32)


def _low_pass(sample_rate: int) -> NDArray[np.float64]:
    from scipy.signal import firwin

    return np.asarray(firwin(_taps(sample_rate), _HIGHEST_HZ, fs=sample_rate))


def _taps(sample_rate: int) -> int:
    return 2 * round(sample_rate * _FILTER_SECONDS / 2) + 1
