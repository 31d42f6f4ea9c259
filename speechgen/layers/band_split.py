"""Splitting a spectrum into bands and joining bands into a spectrum, with weights for each band.

The band-split idea is that of Y. Luo and J. Yu, "Music source separation with band-split RNN",
arXiv:2209.15174, section III-A: narrow bands where speech has its harmonics, wide ones above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


def speech_bands(num_bins: int) -> tuple[int, ...]:
    """Widths in bins of the bands of a spectrum of ``num_bins`` from 0 Hz to half the rate.

    An eighth of the spectrum in bands as narrow as possible for 12 of them, and so on upwards: of
    257 bins (31.25 Hz each) 16 bands of 4, 8 of 8 and 8 of 16 bins; the last takes what is left.
    """
    unit = max(1, (num_bins - 1) // 64)
    widths = [unit] * 16 + [2 * unit] * 8 + [4 * unit] * 8
    widths[-1] += num_bins - sum(widths)
    if min(widths) < 1:
        raise ValueError(f"{num_bins} bins are too few for bands; at least 65 are needed")
    return tuple(widths)


class _Banded(nn.Module):
    """Position of each band in a spectrum, as gather indices padded to the widest band."""

    index: Tensor
    mask: Tensor
    place: Tensor

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        self.widths = tuple(int(width) for width in widths)
        if not self.widths or min(self.widths) < 1:
            raise ValueError(f"band widths are {self.widths}; at least one of 1 bin or more")
        widest, starts = max(self.widths), [sum(self.widths[:i]) for i in range(len(self.widths))]
        index = torch.zeros(len(self.widths), widest, dtype=torch.long)
        mask = torch.zeros(len(self.widths), widest)
        place: list[int] = []
        for band, (start, width) in enumerate(zip(starts, self.widths, strict=True)):
            index[band, :width] = torch.arange(start, start + width)
            mask[band, :width] = 1.0
            place.extend(band * widest + offset for offset in range(width))
        self.widest = widest
        self.register_buffer("index", index, persistent=False)
        self.register_buffer("mask", mask, persistent=False)
        self.register_buffer("place", torch.tensor(place), persistent=False)


class BandSplit(_Banded):
    """(frame, batch, bin, feature) to (frame, batch, band, channel), linear in each band.

    Parameters
    ----------
    widths
        Bins of each band; their sum is the number of bins.
    features, channels
        Sizes per bin before and per band after.
    """

    def __init__(self, widths: Sequence[int], features: int, channels: int) -> None:
        super().__init__(widths)
        inputs = self.widest * features
        self.weight = nn.Parameter(torch.empty(len(self.widths), inputs, channels))
        self.bias = nn.Parameter(torch.zeros(len(self.widths), 1, channels))
        _fill(self.weight, [width * features for width in self.widths])

    def forward(
        self, spectrum: Float[Tensor, "frame batch bin feature"]
    ) -> Float[Tensor, "frame batch band channel"]:
        """Every band through its own weights."""
        frames, batch = spectrum.shape[:2]
        bands = spectrum[:, :, self.index] * self.mask[..., None]
        flat = bands.permute(2, 0, 1, 3, 4).reshape(len(self.widths), frames * batch, -1)
        out = torch.baddbmm(self.bias, flat, self.weight)
        return out.unflatten(1, (frames, batch)).permute(1, 2, 0, 3)


class BandMerge(_Banded):
    """(frame, batch, band, channel) to (frame, batch, bin, feature) by a small network per band.

    Parameters
    ----------
    widths, channels, features
        As in :class:`BandSplit`.
    hidden
        Width of the layer between, a gated linear unit.
    """

    def __init__(self, widths: Sequence[int], channels: int, features: int, hidden: int) -> None:
        super().__init__(widths)
        bands, outputs = len(self.widths), self.widest * features
        self.features = features
        self.inner = nn.Parameter(torch.empty(bands, channels, 2 * hidden))
        self.inner_bias = nn.Parameter(torch.zeros(bands, 1, 2 * hidden))
        self.outer = nn.Parameter(torch.empty(bands, hidden, outputs))
        self.outer_bias = nn.Parameter(torch.zeros(bands, 1, outputs))
        _fill(self.inner, [channels] * bands)
        _fill(self.outer, [hidden] * bands)

    @torch.no_grad()
    def start_at(self, value: float, spread: float) -> None:
        """Make outputs ``spread`` as wide, the first of each bin around ``value``."""
        self.outer.mul_(spread)
        self.outer_bias.unflatten(2, (-1, self.features))[..., 0].fill_(value)

    def forward(
        self, bands: Float[Tensor, "frame batch band channel"]
    ) -> Float[Tensor, "frame batch bin feature"]:
        """Every band through its own weights, then side by side."""
        frames, batch = bands.shape[:2]
        flat = bands.permute(2, 0, 1, 3).reshape(len(self.widths), frames * batch, -1)
        value, gate = torch.baddbmm(self.inner_bias, flat, self.inner).chunk(2, dim=-1)
        out = torch.baddbmm(self.outer_bias, value * torch.sigmoid(gate), self.outer)
        out = out.unflatten(2, (self.widest, self.features)).permute(1, 0, 2, 3)
        joined = out.reshape(frames * batch, -1, self.features)[:, self.place]
        return joined.unflatten(0, (frames, batch))


class BandMixer(nn.Module):
    """Mixing across the bands of a frame: a full matrix between bands for each channel group.

    Parameters
    ----------
    bands, channels
        Sizes of the frame.
    groups
        Channel groups; the channels of one share a matrix of bands by bands.
    """

    def __init__(self, bands: int, channels: int, groups: int) -> None:
        super().__init__()
        if channels % groups:
            raise ValueError(f"{channels} channels do not fall into {groups} groups")
        self.groups = groups
        self.norm = nn.LayerNorm(channels)
        self.before = nn.Linear(channels, channels)
        self.mix = nn.Parameter(torch.randn(groups, bands, bands) / math.sqrt(bands))
        self.after = nn.Linear(channels, channels)

    def forward(
        self, bands: Float[Tensor, "frame batch band channel"]
    ) -> Float[Tensor, "frame batch band channel"]:
        """The change that is to be added to ``bands``."""
        frames, batch, count, channels = bands.shape
        x = nn.functional.silu(self.before(self.norm(bands)))
        x = x.view(frames * batch, count, self.groups, channels // self.groups)
        x = x.permute(2, 1, 0, 3).reshape(self.groups, count, -1)
        x = torch.bmm(self.mix.to(x.dtype), x)
        x = x.view(self.groups, count, frames * batch, -1).permute(2, 1, 0, 3)
        return self.after(nn.functional.silu(x.reshape(frames, batch, count, channels)))


def _fill(weight: nn.Parameter, fan_in: Sequence[int]) -> None:
    """Uniform weights of variance 1 / (3 fan_in) for each band, like torch's linear layers."""
    with torch.no_grad():
        for band, inputs in zip(weight, fan_in, strict=True):
            bound = 1.0 / math.sqrt(inputs)
            band.uniform_(-bound, bound)
