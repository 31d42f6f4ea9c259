"""Distance of compressed spectra, in which soft parts count too.

S. Braun, I. Tashev, "Data augmentation and loss normalization for deep noise suppression",
arXiv:2008.06412, equation 4, with its normalisation by the target's level (section 3.2).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.losses.agreement import check_same_shape

_FLOOR = 1e-8


def compressed_spectrum(
    estimate: Float[Tensor, "... time"],
    target: Float[Tensor, "... time"],
    *,
    exponent: float = 0.3,
    phase_weight: float = 0.3,
    fft_samples: int = 512,
    hop_samples: int = 128,
) -> Float[Tensor, ""]:
    """Squared distance of magnitudes to the power ``exponent``, and of them with their phases.

    Both signals are divided by the root mean square of the target's louder half first, so that soft
    and loud examples count alike.

    Parameters
    ----------
    estimate, target
        At any rate, one window or more.
    phase_weight
        Weight of the complex distance; the rest is that of the magnitudes.

    Raises
    ------
    ValueError
        The shapes differ, or the signals are shorter than a window.
    """
    check_same_shape(estimate, target)
    if target.shape[-1] < fft_samples:
        raise ValueError(f"{target.shape[-1]} samples are shorter than a window of {fft_samples}")
    window = torch.hann_window(fft_samples, device=target.device)
    level = _loud_level(target.float(), fft_samples)
    ours, theirs = (
        _compressed(signal.float() / level, window, hop_samples, exponent)
        for signal in (estimate, target)
    )
    magnitudes = (ours[1] - theirs[1]).square().mean()
    spectra = (ours[0] - theirs[0]).square().sum(-1).mean()
    return (1.0 - phase_weight) * magnitudes + phase_weight * spectra


def _compressed(
    wave: Tensor, window: Tensor, hop_samples: int, exponent: float
) -> tuple[Tensor, Tensor]:
    """Complex (as a last axis of two) and plain magnitudes to the power ``exponent``."""
    frames = wave.unfold(-1, len(window), hop_samples) * window
    spectrum = torch.view_as_real(torch.fft.rfft(frames)) * (2.0 / window.sum())
    squares = spectrum.square().sum(-1) + _FLOOR
    magnitude = squares ** (0.5 * exponent)
    return spectrum * (magnitude / squares.sqrt())[..., None], magnitude


def _loud_level(target: Tensor, frame_samples: int) -> Float[Tensor, "... 1"]:
    powers = target.unfold(-1, frame_samples, frame_samples).square().mean(-1)
    loud = powers.sort(dim=-1, descending=True).values[..., : -(-powers.shape[-1] // 2)]
    return (loud.mean(-1, keepdim=True) + 1e-10).sqrt()
