"""Deep-feature (perceptual) distance of two images in the layers of a network.

X. Hou et al., "Deep feature consistent variational autoencoder", arXiv:1610.00291, equation 3: for
each layer the squared distance of its feature maps over twice their size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def deep_feature_distance(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> Tensor:
    """The sum over layers of the halved mean squares of differences: (batch,), 0 for equal maps.

    Parameters
    ----------
    ours, theirs
        Feature maps (batch, ...) of as many layers.
    """
    layers = [
        0.5 * (one - other).flatten(1).square().mean(1)
        for one, other in zip(ours, theirs, strict=True)
    ]
    return torch.stack(layers).sum(0)
