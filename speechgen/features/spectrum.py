"""Waveform to spectral frames: one framing for all features, STFT magnitudes, log-mel, cepstra.

Frame j describes the samples [j * hop, (j + 1) * hop): its window is centred on the middle of
that stretch, so features are aligned with samples whatever the window's length.

    samples   |----hop----|----hop----|--
    frame 0   ...[====*====]...            * = hop / 2, the centre
    frame 1               ...[====*====]...
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from speechgen.audio import as_mono, check_rate
from speechgen.features.settings import FeatureSettings
from speechgen.mel_scale import unit_area_filters

_MEL_FLOOR = 1e-5
_CEPSTRUM_HOP_SECONDS = 0.005
_CEPSTRUM_WINDOW_SECONDS = 0.025
_CEPSTRUM_BANDS = 80
_CEPSTRUM_FLOOR = 1e-5


def as_wave(wave: Tensor | np.ndarray) -> Tensor:
    """``wave`` (time,) as a float32 tensor, on its device; :class:`ArrayError` if it is none."""
    checked = as_mono(wave)
    if isinstance(wave, Tensor):
        return wave.reshape(-1).to(torch.float32)
    return torch.from_numpy(np.require(checked, np.float32, ["C", "W"]))


def pad_for_frames(wave: Tensor, span_samples: int, hop_samples: int) -> Tensor:
    """Pad ``wave`` (time,) so that spans at multiples of the hop are centred on their frames.

    Span j of the result, ``[j * hop, j * hop + span)``, has its middle at sample
    ``j * hop + hop / 2`` of ``wave``; ceil(time / hop) spans fit. Both ends are mirrored, or
    filled with zeros where the wave is too short for that.
    """
    num_frames = -(-wave.shape[-1] // hop_samples)
    left = max(0, (span_samples - hop_samples) // 2)
    right = max(0, (num_frames - 1) * hop_samples + span_samples - left - wave.shape[-1])
    mode = "reflect" if wave.shape[-1] > max(left, right) else "constant"
    return torch.nn.functional.pad(wave[None], (left, right), mode=mode)[0]


def stft_magnitude(
    wave: Tensor | np.ndarray, *, fft_samples: int, window_samples: int, hop_samples: int
) -> Tensor:
    """Magnitudes of the short-time Fourier transform with a Hann window.

    Parameters
    ----------
    wave
        (time,), not empty.
    fft_samples, window_samples, hop_samples
        Transform length, window length (at most the former) and hop.

    Returns
    -------
    Tensor
        (fft_samples // 2 + 1, frame), float32, frame = ceil(time / hop). Not scaled: a full-scale
        sine gives half the window's sum, window_samples / 4.
    """
    wave = as_wave(wave)
    num_frames = -(-wave.shape[-1] // hop_samples)
    padded = pad_for_frames(wave, fft_samples, hop_samples)
    return _of_spans(padded, fft_samples, window_samples, hop_samples)[:, :num_frames]


def _of_spans(padded: Tensor, fft_samples: int, window_samples: int, hop_samples: int) -> Tensor:
    """Magnitudes (bin, span) of all whole spans of (time,)."""
    return torch.stft(
        padded,
        fft_samples,
        hop_length=hop_samples,
        win_length=window_samples,
        window=torch.hann_window(window_samples, device=padded.device),
        center=False,
        return_complex=True,
    ).abs()


@lru_cache(maxsize=16)
def mel_filters(
    sample_rate: int, fft_samples: int, num_mels: int, fmin_hz: float, fmax_hz: float
) -> Tensor:
    """Triangular mel filters of unit area (Slaney's scale), (num_mels, fft_samples // 2 + 1).

    They are librosa's to 5e-6 of the largest weight.
    """
    return unit_area_filters(sample_rate, fft_samples, num_mels, fmin_hz, fmax_hz)


@lru_cache(maxsize=16)
def dct_matrix(num_cepstra: int, num_bands: int) -> Tensor:
    """Orthonormal type-II cosine transform, (num_cepstra, num_bands)."""
    with torch.device("cpu"):
        band = torch.arange(num_bands, dtype=torch.float64) + 0.5
        order = torch.arange(num_cepstra, dtype=torch.float64)
        matrix = torch.cos(torch.pi / num_bands * order[:, None] * band) * (2.0 / num_bands) ** 0.5
    matrix[0] /= 2.0**0.5
    return matrix.to(torch.float32)


def log_mel(wave: Tensor | np.ndarray, settings: FeatureSettings) -> Tensor:
    """Natural logarithm of the mel magnitudes, floored at 1e-5.

    Returns
    -------
    Tensor
        (num_mels, frame), float32; speech at full scale lies between about -11.5 and 2.
    """
    padded = pad_for_frames(as_wave(wave), settings.fft_samples, settings.hop_samples)
    return logarithm(mel_of_spans(padded, settings))


def mel_of_spans(padded: Tensor, settings: FeatureSettings) -> Tensor:
    """Mel magnitudes (num_mels, span) of all whole spans of (time,), ``fft_samples`` long."""
    magnitude = _of_spans(
        padded, settings.fft_samples, settings.window_samples, settings.hop_samples
    )
    filters = mel_filters(
        settings.sample_rate,
        settings.fft_samples,
        settings.num_mels,
        settings.fmin_hz,
        settings.fmax_hz,
    )
    return filters.to(magnitude.device) @ magnitude


def logarithm(magnitude: Tensor) -> Tensor:
    """The natural one, floored as in :func:`log_mel`."""
    return magnitude.clamp_min(_MEL_FLOOR).log()


def mel_cepstra(wave: Tensor | np.ndarray, sample_rate: int) -> np.ndarray:
    """Mel-cepstra c0..c24 for mel-cepstral distortion, every 5 ms.

    Coefficients of ``ln |S| = c0 + sum_k c_k cos(k w)`` over the warped frequency w of an 80-band
    power mel spectrum (25 ms windows), the one-sided convention in which 10 / ln 10 *
    sqrt(2 * sum of squared differences) is a root mean square distance in dB (Kubichek 1993).

    Returns
    -------
    ndarray
        (frame, 25), float64.
    """
    power = _cepstrum_power(wave, sample_rate)
    filters = mel_filters(sample_rate, 2 * (len(power) - 1), _CEPSTRUM_BANDS, 0.0, sample_rate / 2)
    filters = filters / filters.sum(dim=1, keepdim=True)
    log_magnitude = 0.5 * (filters @ power).clamp_min(_CEPSTRUM_FLOOR**2).log()
    cepstra = (dct_matrix(25, _CEPSTRUM_BANDS) @ log_magnitude).double()
    cepstra[0] /= 2.0**0.5
    return (cepstra * (2.0 / _CEPSTRUM_BANDS) ** 0.5).T.numpy()


def frame_levels_db(wave: Tensor | np.ndarray, sample_rate: int) -> np.ndarray:
    """Level of every frame of :func:`mel_cepstra`, (frame,), in dB; silence is at -120."""
    power = _cepstrum_power(wave, sample_rate).sum(dim=0)
    return (10 * power.double().clamp_min(1e-12).log10()).numpy()


def _cepstrum_power(wave: Tensor | np.ndarray, sample_rate: int) -> Tensor:
    """Power spectrum (bin, frame), 25 ms every 5 ms; a full-scale sine peaks at 1."""
    window_samples = round(_CEPSTRUM_WINDOW_SECONDS * check_rate(sample_rate))
    magnitude = stft_magnitude(
        as_wave(wave).detach().cpu(),
        fft_samples=1 << (2 * window_samples - 1).bit_length(),
        window_samples=window_samples,
        hop_samples=max(1, round(_CEPSTRUM_HOP_SECONDS * sample_rate)),
    )
    return (magnitude / (window_samples / 4)).square()
