"""Batches of images in which a single factor varies.

What the renderer is to T. Kulkarni et al. (arXiv:1503.03167, section 3.2), four transforms of one
picture are here: it is turned, shifted and scaled, and only one of these changes within a batch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

FACTORS = ("rotation", "shift_x", "shift_y", "scale")
_LARGEST_TURN = math.radians(45.0)
_LARGEST_SHIFT = 0.4  # of half the image
_LARGEST_SCALE = math.log(1.4)


def transformed(images: Tensor, factors: Tensor) -> Tensor:
    """Images turned, shifted and scaled; what comes in from outside is 0.

    Parameters
    ----------
    images
        (batch, channel, height, width).
    factors
        (batch, factor) in [-1, 1], in the order of :data:`FACTORS`; zeros change nothing.

    Returns
    -------
    Tensor
        Of the shape of ``images``; turned anticlockwise by up to 45 degrees, shifted to the right
        and down by up to a fifth of the image, made larger by up to 1.4.
    """
    turn, right, down, grow = factors.unbind(1)
    turn, scale = turn * _LARGEST_TURN, torch.exp(-grow * _LARGEST_SCALE)
    height, width = images.shape[2:]
    cosine, sine = scale * torch.cos(turn), scale * torch.sin(turn)
    # where each pixel of the result is looked up, in coordinates that are 1 at half an image
    matrix = torch.stack([cosine, -sine * height / width, sine * width / height, cosine], dim=1)
    matrix = matrix.view(-1, 2, 2)
    shift = _LARGEST_SHIFT * torch.stack([right, down], dim=1)[..., None]
    theta = torch.cat([matrix, -matrix @ shift], dim=2).to(images.dtype)
    grid = affine_grid(theta, list(images.shape), align_corners=False)
    return grid_sample(images, grid, align_corners=False)


def factor_batch(
    images: Tensor, factor: int | None, *, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """A batch as large as ``images`` in which one factor varies.

    Parameters
    ----------
    images
        (batch, channel, height, width), in [0, 1]; the pictures to choose from.
    factor
        Index in :data:`FACTORS`: the first picture is given under different values of it. None: all
        pictures are given under the same values of all factors.

    Returns
    -------
    tuple
        The images, and their factors (batch, factor) in [-1, 1].
    """
    shape = (len(images), len(FACTORS))
    drawn = 2.0 * torch.rand(shape, generator=generator, device=images.device) - 1.0
    factors = drawn[:1].expand(shape).clone()
    if factor is None:
        return transformed(images, factors), factors
    factors[:, factor] = drawn[:, factor]
    return transformed(images[:1].expand_as(images), factors), factors
