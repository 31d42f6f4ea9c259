"""Distances between logarithmic mel spectra at several resolutions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.losses.agreement import check_same_shape
from speechgen.losses.spectral import Resolution, magnitude
from speechgen.mel_scale import triangular_filters

_FLOOR = 1e-4


def quartered(windows: Sequence[int]) -> tuple[Resolution, ...]:
    """Resolutions with these windows in samples, transforms as long, and hops of a quarter."""
    return tuple(Resolution(window, window // 4, window) for window in windows)


@lru_cache(maxsize=32)
def mel_matrix(sample_rate: int, fft_samples: int, num_mels: int) -> Tensor:
    """Triangular filters over 0 to sample_rate / 2, (mel, frequency); each row sums to one."""
    filters = triangular_filters(sample_rate, fft_samples, num_mels, 0.0, sample_rate / 2)
    return filters / filters.sum(dim=1, keepdim=True).clamp_min(1e-6)


def multi_resolution_mel(
    estimate: Float[Tensor, "batch channel time"],
    target: Float[Tensor, "batch channel time"],
    *,
    sample_rate: int,
    resolutions: Sequence[Resolution],
) -> Float[Tensor, ""]:
    """Mean absolute difference of natural logarithms of mel magnitudes, averaged over resolutions.

    J. Kong et al. 2020 (arXiv:2010.05646), section 2.3, at several windows as in R. Kumar et al.
    2023 (arXiv:2306.06546), section 3.4: the longer the window, the more bands, one for every three
    bins, 5 to 80 of them. A window's magnitudes are divided by half the window's sum, and those
    under -80 dB of full scale count as that.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    check_same_shape(estimate, target)
    estimate, target = estimate.flatten(0, -2), target.flatten(0, -2)
    terms = []
    for resolution in resolutions:
        num_mels = min(max(resolution.fft_samples // 6, 5), 80)
        filters = mel_matrix(sample_rate, resolution.fft_samples, num_mels).to(estimate.device)
        scale = 4.0 / resolution.window_samples
        ours, theirs = (
            (filters @ (scale * magnitude(wave, resolution))).clamp_min(_FLOOR).log()
            for wave in (estimate, target)
        )
        terms.append((ours - theirs).abs().mean())
    return torch.stack(terms).mean()
