"""Distances between waveforms, sample by sample."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from speechgen.losses.agreement import check_same_shape


def l1(estimate: Float[Tensor, ...], target: Float[Tensor, ...]) -> Float[Tensor, ""]:
    """Mean absolute difference over all entries (the mean, to which SEGAN's weight of 100 belongs).

    Pascual et al. 2017 (arXiv:1703.09452), Eq. 6.
    """
    check_same_shape(estimate, target)
    return (estimate.float() - target.float()).abs().mean()


def negative_si_sdr(
    estimate: Float[Tensor, "... time"],
    target: Float[Tensor, "... time"],
    *,
    epsilon: float = 1e-8,
) -> Float[Tensor, ""]:
    """Minus the scale-invariant signal-to-distortion ratio in dB, averaged over all but time.

    Le Roux et al. 2019 (arXiv:1811.02508), Eq. 4, after removing the means. ``epsilon`` is relative
    to the target's energy plus one millionth, so silence gives a finite number and a finite slope.
    """
    check_same_shape(estimate, target)
    estimate = estimate.float() - estimate.float().mean(dim=-1, keepdim=True)
    target = target.float() - target.float().mean(dim=-1, keepdim=True)
    energy = target.square().sum(dim=-1, keepdim=True)
    floor = epsilon * (energy + 1e-6)
    scaled = (estimate * target).sum(dim=-1, keepdim=True) / (energy + floor) * target
    signal = scaled.square().sum(dim=-1) + floor.squeeze(-1)
    distortion = (estimate - scaled).square().sum(dim=-1) + floor.squeeze(-1)
    return -10.0 * torch.log10(signal / distortion).mean()


def negative_segmental_snr(
    estimate: Float[Tensor, "... time"],
    target: Float[Tensor, "... time"],
    *,
    frame_samples: int = 512,
    limits_db: tuple[float, float] = (-10.0, 35.0),
) -> Float[Tensor, ""]:
    """Minus the signal-to-noise ratio in dB of each frame, within ``limits_db``, averaged over all.

    Each frame counts alike, so that pauses and passages without noise must be left as they are; a
    mean over samples hardly sees those. Frames do not overlap; a rest at the end is left out. The
    limits of the measure (Hansen, Pellom 1998) are approached smoothly: errors far below the upper
    one and far above the lower one stop counting.

    Raises
    ------
    ValueError
        The shapes differ, or there is no whole frame.
    """
    check_same_shape(estimate, target)
    count = target.shape[-1] // frame_samples
    if count == 0:
        raise ValueError(f"{target.shape[-1]} samples hold no frame of {frame_samples}")
    shape = (*target.shape[:-1], count, frame_samples)
    target = target[..., : count * frame_samples].float().reshape(shape)
    error = estimate[..., : count * frame_samples].float().reshape(shape) - target
    signal = target.square().mean(dim=-1) + 1e-10
    noise = error.square().mean(dim=-1)
    low, high = (10.0 ** (limit / 10.0) for limit in limits_db)
    # signal / noise between the limits, low for noise -> infinity, high for noise -> 0
    ratio = (signal + low * noise) / (noise + signal / high)
    return -10.0 * torch.log10(ratio).mean()
