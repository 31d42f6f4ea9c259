"""Features, filters and running level of the spectral enhancer, and its streaming state."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor

SILENCE = 1e-12  # mean power of a frame below which nothing is amplified
LEVEL_SECONDS = 3.072  # that the running level averages
STEEPNESS = 6.0  # of the gain, which is 1/2 at an output of 1/2


@dataclass
class StreamState:
    """What the enhancer keeps between calls; every tensor has a batch axis.

    ``samples`` are the last of the input, ``overlap`` the half-finished output, ``spectra`` past
    noisy frames, ``power`` the running level and ``frames`` how many frames it has heard,
    ``memories`` the states of the recurrent layers.
    """

    samples: Tensor
    overlap: Tensor
    spectra: Tensor
    power: Tensor
    frames: Tensor
    memories: list[tuple[Tensor, Tensor]]


def compressed_features(
    spectra: Tensor, levels: Tensor, compression: float
) -> Float[Tensor, "frame batch bin 3"]:
    """Compressed real and imaginary part and magnitude of level-normalised frames.

    Parameters
    ----------
    spectra
        (frame, batch, bin), complex.
    levels
        (frame, batch): what the spectra are divided by.
    compression
        Exponent of the magnitudes.
    """
    scaled = torch.view_as_real(spectra) / levels[..., None, None]
    squares = scaled.square().sum(-1, keepdim=True) + 1e-8
    compressed = scaled * squares ** (0.5 * (compression - 1.0))
    return torch.cat([compressed, squares ** (0.5 * compression)], dim=-1)


def complex_filters(
    outputs: Float[Tensor, "frame batch bin feature"], taps: int
) -> Complex[Tensor, "frame batch bin tap"]:
    """Complex filters over the present frame and past ones from the network's outputs.

    The present frame's real part is a gain between 0 and 1, which the network reaches by being
    sure, not by being exact; everything else (its phase, past frames) counts in between alone, so
    that speech without noise passes untouched and noise without speech vanishes.
    """
    parts = outputs.unflatten(-1, (taps, 2))
    gain = torch.sigmoid(STEEPNESS * (parts[..., :1, 0] - 0.5))
    doubt = 4.0 * gain * (1.0 - gain)
    real = torch.cat([gain, doubt * parts[..., 1:, 0]], dim=-1)
    return torch.complex(real, doubt * parts[..., 1])


def apply_filters(
    filters: Complex[Tensor, "frame batch bin tap"], context: Complex[Tensor, "more batch bin"]
) -> Complex[Tensor, "frame batch bin"]:
    """Every frame as the sum of itself and past ones, filtered; ``context`` begins tap - 1 before.

    What of ``context`` lies beyond the frames that are asked for is not looked at.
    """
    count, start = filters.shape[0], filters.shape[3] - 1
    parts = [
        filters[..., tap] * context[start - tap : start - tap + count] for tap in range(start + 1)
    ]
    return functools.reduce(torch.add, parts)


@torch.no_grad()
def running_power(
    spectra: Tensor, power: Tensor, frames: Tensor, frame_rate: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean power up to each frame: of all of them at first, of the last seconds later.

    Returns the power after the last frame, how many frames it averages, and its root at
    each, (frame, batch). Frames of silence do not count.
    """
    slowest = LEVEL_SECONDS * frame_rate
    powers = torch.view_as_real(spectra).square().sum(-1).mean(-1)  # (frame, batch)
    active = powers > SILENCE
    counts = frames + active.cumsum(0)
    pace = torch.where(active, (1.0 / counts.clamp_min(1.0)).clamp_min(1.0 / slowest), 0.0)
    kept, levels = 1.0 - pace, pace * powers
    span = 1
    while span < len(levels):  # all recursions p = kept * p + level at once, spans doubling
        levels = torch.cat([levels[:span], levels[span:] + kept[span:] * levels[:-span]])
        kept = torch.cat([kept[:span], kept[span:] * kept[:-span]])
        span *= 2
    levels = levels + kept * power
    return levels[-1], counts[-1], levels.clamp_min(SILENCE).sqrt()
