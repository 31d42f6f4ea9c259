"""Bands that share their weights: those of one width have one matrix, and only biases of their own.

What :mod:`speechgen.layers.band_split` does with a matrix for each band, at a tenth of the weights
and without moving anything: the bins of neighbouring bands of one width lie in memory as a matrix
takes them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import torch
from jaxtyping import Float
from torch import Tensor, nn


class SharedBandSplit(nn.Module):
    """(frame, batch, bin, feature) to (frame, batch, band, channel), linear in each band.

    Parameters
    ----------
    widths
        Bins of each band; their sum is the number of bins. Neighbours of one width share weights.
    features, channels
        Sizes per bin before and per band after.
    """

    def __init__(self, widths: Sequence[int], features: int, channels: int) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.runs = _runs(self.widths)
        self.weights = nn.ParameterList(
            _matrix(width * features, channels) for width, _ in self.runs
        )
        self.bias = nn.Parameter(torch.zeros(len(self.widths), channels))

    def forward(
        self, spectrum: Float[Tensor, "frame batch bin feature"]
    ) -> Float[Tensor, "frame batch band channel"]:
        """Every run of bands through its weights."""
        parts = spectrum.split([width * count for width, count in self.runs], dim=2)
        split = [
            part.unflatten(2, (count, width)).flatten(3) @ weight
            for part, weight, (width, count) in zip(parts, self.weights, self.runs, strict=True)
        ]
        return torch.cat(split, dim=2) + self.bias


class SharedBandMerge(nn.Module):
    """(frame, batch, band, channel) to (frame, batch, bin, feature) by a small network per run.

    Parameters
    ----------
    widths, channels, features
        As in :class:`SharedBandSplit`.
    hidden
        Width of the layer between, a gated linear unit, which all bands share.
    """

    def __init__(self, widths: Sequence[int], channels: int, features: int, hidden: int) -> None:
        super().__init__()
        self.widths = tuple(widths)
        self.runs = _runs(self.widths)
        self.features = features
        self.inner = _matrix(channels, 2 * hidden)
        self.inner_bias = nn.Parameter(torch.zeros(len(self.widths), 2 * hidden))
        self.outers = nn.ParameterList(_matrix(hidden, width * features) for width, _ in self.runs)
        self.outer_bias = nn.Parameter(torch.zeros(sum(self.widths), features))

    @torch.no_grad()
    def start_at(self, value: float, spread: float) -> None:
        """Make outputs ``spread`` as wide, the first of each bin around ``value``."""
        for outer in self.outers:
            outer.mul_(spread)
        self.outer_bias[:, 0].fill_(value)

    def forward(
        self, bands: Float[Tensor, "frame batch band channel"]
    ) -> Float[Tensor, "frame batch bin feature"]:
        """Every run of bands through its weights, then side by side."""
        value, gate = (bands @ self.inner + self.inner_bias).chunk(2, dim=-1)
        parts = (value * torch.sigmoid(gate)).split([count for _, count in self.runs], dim=2)
        merged = [
            (part @ outer).unflatten(3, (width, self.features)).flatten(2, 3)
            for part, outer, (width, _) in zip(parts, self.outers, self.runs, strict=True)
        ]
        return torch.cat(merged, dim=2) + self.outer_bias


def _runs(widths: Sequence[int]) -> list[tuple[int, int]]:
    """(width, number of bands) of neighbours of one width."""
    if not widths or min(widths) < 1:
        raise ValueError(f"band widths are {tuple(widths)}; at least one of 1 bin or more")
    return [(width, len(list(bands))) for width, bands in groupby(widths)]


def _matrix(inputs: int, outputs: int) -> nn.Parameter:
    """Uniform weights of variance 1 / (3 inputs), like torch's linear layers."""
    bound = 1.0 / math.sqrt(inputs)
    return nn.Parameter(torch.empty(inputs, outputs).uniform_(-bound, bound))
