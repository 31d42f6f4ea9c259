"""How periodic each moment of a wave is: a distance of normalised autocorrelations."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.losses.agreement import check_same_shape

_WINDOW_SECONDS = 0.064
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 500.0
_SILENCE = 1e-8  # mean power of a frame that counts as no sound


def autocorrelation(
    wave: Float[Tensor, "batch time"], sample_rate: int
) -> Float[Tensor, "batch frame lag"]:
    """The normalised autocorrelation of windows of 64 ms, four to a window.

    Lags are those of 60 to 500 Hz. A wave of that period has 1 there, white noise about 0, as P.
    Boersma 1993 has it ("Accurate short-term analysis of the fundamental frequency", IFA
    Proceedings 17): the window's own autocorrelation is divided out.
    """
    samples = round(_WINDOW_SECONDS * sample_rate)
    lags = slice(int(sample_rate / _HIGHEST_HZ), int(sample_rate / _LOWEST_HZ) + 1)
    window, its_own = _window(samples, lags.stop)
    window, its_own = window.to(wave.device), its_own.to(wave.device)
    padded = torch.nn.functional.pad(wave, (samples // 2, samples // 2))
    frames = padded.unfold(1, samples, samples // 4)
    frames = (frames - frames.mean(dim=2, keepdim=True)) * window
    power = torch.fft.rfft(frames, 2 * samples)
    found = torch.fft.irfft(power.real.square() + power.imag.square())[:, :, : lags.stop]
    energy = found[:, :, :1] + _SILENCE * samples
    return (found / energy / its_own)[:, :, lags]


def periodicity_distance(
    estimate: Float[Tensor, "batch channel time"],
    target: Float[Tensor, "batch channel time"],
    sample_rate: int,
) -> Float[Tensor, ""]:
    """Mean absolute difference of :func:`autocorrelation`.

    Spectra in mel bands hardly tell a hoarse voice from a clear one; this does, and a frame that
    should have no pitch from one that has.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    check_same_shape(estimate, target)
    ours, theirs = (
        autocorrelation(wave.flatten(0, -2).float(), sample_rate) for wave in (estimate, target)
    )
    return (ours - theirs).abs().mean()


@lru_cache(maxsize=8)
def _window(samples: int, num_lags: int) -> tuple[Tensor, Tensor]:
    """A Hann window and its normalised autocorrelation."""
    with torch.device("cpu"):
        window = torch.hann_window(samples)
        spectrum = torch.fft.rfft(window.double(), 2 * samples).abs().square()
        found = torch.fft.irfft(spectrum)[:num_lags]
        return window, (found / found[0]).float()
