"""From symbols to frames: which symbol, where within it."""

from __future__ import annotations

import torch
from torch import Tensor

#: rows of :func:`places`
PLACES = 3


def path_of(durations: Tensor) -> Tensor:
    """The symbol of each frame (batch, frame), from the frames (batch, symbol) of each symbol.

    As many frames as the longest example has; those after the end belong to the last symbol.
    """
    ends = durations.cumsum(dim=1)
    frames = torch.arange(int(ends[:, -1].max()), device=durations.device)
    path = torch.searchsorted(ends, frames.expand(len(ends), -1).contiguous(), right=True)
    return path.clamp_max(durations.shape[1] - 1)


def at_frames(values: Tensor, path: Tensor) -> Tensor:
    """Values (batch, row, symbol) of the symbol of each frame (batch, frame)."""
    return values.gather(2, path[:, None].expand(-1, values.shape[1], -1))


def places(durations: Tensor, path: Tensor) -> Tensor:
    """Of each frame (batch, PLACES, frame): part of its symbol before it, after it, its length."""
    length = durations.gather(1, path).float().clamp_min(1.0)
    starts = (durations.cumsum(dim=1) - durations).gather(1, path).float()
    frame = torch.arange(path.shape[1], device=path.device)
    before = ((frame - starts + 0.5) / length).clamp(0.0, 1.0)
    return torch.stack([before, 1.0 - before, length.log() / 3.0], dim=1)


def symbol_means(values: Tensor, path: Tensor, counted: Tensor, num_symbols: int) -> Tensor:
    """Means (batch, row, symbol) over the frames of each symbol; 0 where it has none.

    Parameters
    ----------
    values
        (batch, row, frame).
    counted
        (batch, 1, frame), the weight of each frame.
    """
    index = path[:, None].expand_as(values)
    zeros = values.new_zeros(*values.shape[:2], num_symbols)
    total = zeros.scatter_add(2, index, values * counted)
    weight = zeros.scatter_add(2, index, counted.expand_as(values).to(values.dtype))
    return total / weight.clamp_min(1e-6)
