"""Corrupted images, for an autoencoder that is to restore them.

P. Vincent et al., "Stacked denoising autoencoders", JMLR 11, 2010, section 3.3: masking noise,
Gaussian noise, salt and pepper.
"""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.errors import ConfigError

CORRUPTIONS = ("none", "masking", "gaussian", "salt_and_pepper")


def check_corruption(kind: str, level: float) -> None:
    """:class:`ConfigError` unless ``kind`` is known and ``level`` fits it."""
    if kind not in CORRUPTIONS:
        raise ConfigError(
            f"objective.corruption: needs one of {', '.join(CORRUPTIONS)}, not {kind!r}"
        )
    if level < 0 or (kind in ("masking", "salt_and_pepper") and level > 1):
        raise ConfigError(
            f"objective.corruption_level: a part of the pixels in [0, 1], or a deviation from 0 "
            f"for gaussian, not {level}"
        )


def corrupt(
    images: Tensor, kind: str, level: float, generator: torch.Generator | None = None
) -> Tensor:
    """A corrupted copy of ``images`` (any shape, in [0, 1]).

    Parameters
    ----------
    kind
        "masking" sets pixels to 0, "salt_and_pepper" to 0 or 1, "gaussian" adds noise (and does not
        clip), "none" changes nothing.
    level
        The part of the pixels that are hit, or the noise's standard deviation.
    """
    check_corruption(kind, level)
    if kind == "none":
        return images

    def uniforms() -> Tensor:
        return torch.rand(images.shape, generator=generator, device=images.device)

    if kind == "gaussian":
        noise = torch.randn(images.shape, generator=generator, device=images.device)
        return images + level * noise.to(images.dtype)
    hit = uniforms() < level
    if kind == "masking":
        return images.masked_fill(hit, 0.0)
    return torch.where(hit, (uniforms() < 0.5).to(images.dtype), images)
