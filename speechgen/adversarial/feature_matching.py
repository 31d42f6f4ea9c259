"""Feature matching: generated examples shall have the discriminator's features of real ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

FeatureMaps = Sequence[Sequence[Tensor]]


def feature_matching(real: FeatureMaps, fake: FeatureMaps) -> Tensor:
    """Mean absolute difference of feature maps, each relative to the mean size of the real one.

    K. Kumar et al. 2019 (arXiv:1910.06711), Eq. 3, with the scale of A. Defossez et al. 2022
    (arXiv:2210.13438), Eq. 4: maps and discriminators count alike, whatever their size. Only
    ``fake`` gets gradients.

    Parameters
    ----------
    real, fake
        Lists of feature maps of each discriminator, of one shape on both sides.

    Raises
    ------
    ValueError
        There are no maps, or not as many on both sides.
    """
    terms = [
        (ours - theirs.detach()).abs().mean() / (theirs.detach().abs().mean() + 1e-6)
        for mine, yours in zip(fake, real, strict=True)
        for ours, theirs in zip(mine, yours, strict=True)
    ]
    if not terms:
        raise ValueError("no feature maps; a discriminator returns some of them")
    return torch.stack([term.float() for term in terms]).mean()
