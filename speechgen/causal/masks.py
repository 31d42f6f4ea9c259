"""Masks between the channels of one pixel: R before G before B (arXiv:1601.06759, 3.4).

The features of a layer are split into as many groups as the image has channels. A feature of group
c stands for channel c: under a strict mask ("A") it sees the groups before its own at this pixel,
under a plain one ("B") its own too::

    strict  R G B        plain  R G B        columns: what is seen
         R  . . .            R  x . .        rows: what sees it
         G  x . .            G  x x .
         B  x x .            B  x x x
"""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.errors import ConfigError


def channel_groups(features: int, channels: int) -> Tensor:
    """(feature,) long: the channel that each feature stands for, in equal runs."""
    if not 1 <= channels <= features:
        raise ConfigError(f"{features} features cannot stand for {channels} channels; give more")
    return torch.arange(features, device="cpu") * channels // features


def channel_mask(
    out_features: int, in_features: int, channels: int, *, strict: bool, repeats: int = 1
) -> Tensor:
    """(out feature, in feature) bool: what one pixel's features may see at this very pixel.

    Parameters
    ----------
    channels
        Groups of features; 1 where a pixel is drawn as a whole, and a strict layer sees nothing.
    strict
        Whether a channel is hidden from itself.
    repeats
        Runs of output features that are each split into groups: 2 for the halves of a gate.
    """
    out = channel_groups(out_features // repeats, channels).repeat(repeats).unsqueeze(1)
    seen = channel_groups(in_features, channels).unsqueeze(0)
    return seen < out if strict else seen <= out
