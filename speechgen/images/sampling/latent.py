"""Latent traversals: grids over two latents, interpolations, attribute arithmetic.

They need no more of a model than ``decode(latents, labels)`` and ``latents(images, labels)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.variational import quantile

INTERPOLATIONS = ("linear", "spherical")


def quantile_grid(
    latent: int, steps: int, *, axes: Sequence[int] = (0, 1), prior: str = "gaussian"
) -> Tensor:
    """A grid over two latents with equal prior probability between neighbours.

    Figure 4 of arXiv:1312.6114: evenly spaced probabilities (i + 0.5) / steps through the inverse
    of the prior's cumulative distribution; the other latents rest at its median.

    Returns
    -------
    Tensor
        (steps * steps, latent); rows of the grid follow the first axis downwards, columns the
        second to the right.
    """
    if steps < 1 or len(set(axes)) != 2 or not all(0 <= axis < latent for axis in axes):
        raise ConfigError(
            f"a grid of {steps} steps over latents {list(axes)} of {latent}: needs 1 step or "
            f"more, and two different latents of 0 to {latent - 1}"
        )
    places = quantile(prior, (torch.arange(steps, dtype=torch.float64) + 0.5) / steps).float()
    grid = torch.zeros(steps, steps, latent)
    grid[..., axes[0]] = places[:, None]
    grid[..., axes[1]] = places[None, :]
    return grid.flatten(0, 1)


def interpolate(first: Tensor, last: Tensor, steps: int, *, kind: str = "linear") -> Tensor:
    """Points from ``first`` to ``last`` (..., latent), both ends among them bit by bit.

    Parameters
    ----------
    steps
        Points, the two ends included; 2 or more.
    kind
        "linear", or "spherical" (arXiv:1609.04468): along the great circle, the length going evenly
        from one to the other, so that the points stay where N(0, I) has its mass. Points on one
        line with the origin are interpolated linearly.

    Returns
    -------
    Tensor
        (steps, ..., latent).
    """
    if steps < 2 or kind not in INTERPOLATIONS:
        raise ConfigError(
            f"interpolation {kind!r} with {steps} points: needs one of "
            f"{', '.join(INTERPOLATIONS)} and 2 points or more"
        )
    part = torch.linspace(0.0, 1.0, steps, dtype=first.dtype, device=first.device)
    part = part.view(-1, *[1] * first.ndim)
    points = torch.lerp(first, last, part)
    if kind == "spherical":
        points = _great_circle(first, last, part, points)
    points[0], points[-1] = first, last
    return points


def _great_circle(first: Tensor, last: Tensor, part: Tensor, line: Tensor) -> Tensor:
    lengths = [x.norm(dim=-1, keepdim=True) for x in (first, last)]
    tiny = torch.finfo(first.dtype).tiny
    ends = [x / length.clamp_min(tiny) for x, length in zip((first, last), lengths, strict=True)]
    angle = (ends[0] * ends[1]).sum(dim=-1, keepdim=True).clamp(-1.0, 1.0).acos()
    sine = angle.sin()
    weights = ((1.0 - part) * angle).sin(), (part * angle).sin()
    direction = (weights[0] * ends[0] + weights[1] * ends[1]) / sine
    length = torch.lerp(lengths[0], lengths[1], part)
    return torch.where(sine < 1e-4, line, direction * length)


def attribute_arithmetic(
    model: Any,
    has: Tensor,
    lacks: Tensor,
    target: Tensor,
    *,
    labels: Sequence[Tensor | None] = (None, None, None),
) -> Tensor:
    """decode(mean of a - mean of b + mean of c): "man with glasses - man + woman".

    Parameters
    ----------
    has, lacks, target
        Sets of images (batch, channel, height, width) a, b and c; each is encoded and averaged.
    labels
        Of each set, for a conditional model; what comes out is decoded with the first of c.

    Returns
    -------
    Tensor
        (1, channel, height, width).
    """
    codes = [
        model.latents(images, given).mean(dim=0, keepdim=True)
        for images, given in zip((has, lacks, target), labels, strict=True)
    ]
    of_target = labels[2]
    chosen = None if of_target is None else of_target[:1]
    return model.decode(codes[0] - codes[1] + codes[2], chosen)


def latent_plane(codes: Tensor) -> Tensor:
    """Codes (batch, latent) as points of a plane (batch, 2), to be drawn coloured by class.

    Two latents are shown as they are; more are turned to their two principal axes, with a sign
    that does not depend on the machine: the largest entry of an axis is positive. One latent is
    shown over a second coordinate of zeros.
    """
    if codes.shape[1] <= 2:
        return torch.nn.functional.pad(codes, (0, 2 - codes.shape[1]))
    centred = codes - codes.mean(dim=0)
    _, _, axes = torch.linalg.svd(centred.double(), full_matrices=False)
    axes = axes[:2]
    largest = axes.gather(1, axes.abs().argmax(dim=1, keepdim=True))
    return (centred.double() @ (axes * largest.sign()).T).to(codes.dtype)
