"""Distances between short-time spectra at several resolutions.

Yamamoto et al. 2020 (arXiv:1910.11480), section 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.losses.agreement import check_same_shape


@dataclass(frozen=True)
class Resolution:
    """One analysis: transform size, hop and Hann window, all in samples."""

    fft_samples: int
    hop_samples: int
    window_samples: int


# Table 1 of the paper, meant for 24 kHz and used by most at any rate.
PAPER_RESOLUTIONS = (
    Resolution(1024, 120, 600),
    Resolution(2048, 240, 1200),
    Resolution(512, 50, 240),
)
# Half the work of the above: hops of a quarter of the window.
LIGHT_RESOLUTIONS = (
    Resolution(1024, 256, 1024),
    Resolution(512, 128, 512),
    Resolution(256, 64, 256),
)


def magnitude(
    wave: Float[Tensor, "batch time"], resolution: Resolution, *, floor: float = 1e-7
) -> Float[Tensor, "batch frequency frame"]:
    """Magnitudes of the short-time Fourier transform, never below the root of ``floor``."""
    window = torch.hann_window(resolution.window_samples, device=wave.device)
    spectrum = torch.stft(
        wave.float(),
        resolution.fft_samples,
        resolution.hop_samples,
        resolution.window_samples,
        window,
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    power = spectrum.real.square() + spectrum.imag.square()
    return power.clamp_min(floor).sqrt()


def spectral_convergence(
    estimate: Float[Tensor, "batch frequency frame"], target: Float[Tensor, "batch frequency frame"]
) -> Float[Tensor, ""]:
    """Frobenius norm of the difference over that of the target, per example, averaged (Eq. 4)."""
    difference = (estimate - target).flatten(1).norm(dim=1)
    return (difference / target.flatten(1).norm(dim=1)).mean()


def log_magnitude(
    estimate: Float[Tensor, "batch frequency frame"], target: Float[Tensor, "batch frequency frame"]
) -> Float[Tensor, ""]:
    """Mean absolute difference of the natural logarithms of magnitudes over all entries (Eq. 5)."""
    return (estimate.log() - target.log()).abs().mean()


def multi_resolution_stft(
    estimate: Float[Tensor, "batch channel time"],
    target: Float[Tensor, "batch channel time"],
    *,
    resolutions: Sequence[Resolution] = PAPER_RESOLUTIONS,
) -> Float[Tensor, ""]:
    """Spectral convergence plus log magnitude, averaged over the resolutions (Eq. 3 and 6).

    Raises
    ------
    ValueError
        The shapes differ.
    """
    check_same_shape(estimate, target)
    estimate, target = estimate.flatten(0, -2), target.flatten(0, -2)
    terms = []
    for resolution in resolutions:
        ours, theirs = magnitude(estimate, resolution), magnitude(target, resolution)
        terms.append(spectral_convergence(ours, theirs) + log_magnitude(ours, theirs))
    return torch.stack(terms).mean()
