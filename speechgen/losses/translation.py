"""Distances between images: the losses of translation, inpainting and super-resolution."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Images = Float[Tensor, "batch channel height width"]


def cycle_consistency(images: Images, there_and_back: Images) -> Float[Tensor, ""]:
    """Mean absolute difference of images and their round trip through the other domain.

    J.-Y. Zhu et al. 2017 (arXiv:1703.10593), equation 2, one of its two terms; with an identity
    translation in place of the round trip also the identity loss of section 5.2.
    """
    return (there_and_back - images).abs().mean()


def masked_square_error(
    images: Images, filled: Images, where: Bool[Tensor, "batch 1 height width"]
) -> Float[Tensor, ""]:
    """Mean square difference over the pixels that ``where`` marks.

    S. Iizuka, E. Simo-Serra, H. Ishikawa 2017 (doi:10.1145/3072959.3073659), equation 2, divided by
    the number of pixels.
    """
    mask = where.expand_as(images)
    return torch.where(mask, (filled - images).square(), 0.0).sum() / mask.sum().clamp_min(1)


def total_variation(images: Images) -> Float[Tensor, ""]:
    """Mean absolute difference of neighbours, down and across: small for smooth images."""
    down = (images[:, :, 1:] - images[:, :, :-1]).abs().mean()
    across = (images[:, :, :, 1:] - images[:, :, :, :-1]).abs().mean()
    return down + across
