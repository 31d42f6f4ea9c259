"""Wrong labels on purpose: some real examples called fake and as many fake ones called real."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def flipped(
    real: Sequence[Tensor],
    fake: Sequence[Tensor],
    probability: float,
    *,
    generator: torch.Generator | None = None,
) -> tuple[list[Tensor], list[Tensor]]:
    """Exchange each real example with the fake one at its place with ``probability``.

    A discriminator that is now and then told the wrong thing never becomes certain (S. Chintala et
    al., "How to train a GAN?", 2016, point 6). For its step only.

    Parameters
    ----------
    real, fake
        What an example consists of, tensors (batch, ...) one by one alike in shape: images, and
        labels or latents where the discriminator sees those too.
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"probability is {probability}; it must be from 0 to 1")
    if not probability:
        return list(real), list(fake)
    lots = torch.rand(len(real[0]), generator=generator).to(real[0].device) < probability
    pairs = [(r, f, lots.view(-1, *[1] * (r.ndim - 1))) for r, f in zip(real, fake, strict=True)]
    swapped_real = [torch.where(chosen, f, r) for r, f, chosen in pairs]
    swapped_fake = [torch.where(chosen, r, f) for r, f, chosen in pairs]
    return swapped_real, swapped_fake
