"""Margin softmax losses for speaker embeddings: CosFace and ArcFace.

Both margins work on cosines: additive margin (CosFace, H. Wang et al., arXiv:1801.09414, eq. 4)
takes ``margin`` off the cosine of the right class; additive angular margin (ArcFace, J. Deng et
al., arXiv:1801.07698, eq. 3) adds it to the angle. The mean over the batch of the cross-entropy
of ``scale`` times the changed cosines is what they return, in nats.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize, one_hot


def speaker_cosines(embeddings: Tensor, prototypes: Tensor) -> Tensor:
    """Cosines (batch, class) of embeddings (batch, feature) with prototypes (class, feature)."""
    return normalize(embeddings, dim=-1) @ normalize(prototypes, dim=-1).T


def nearest_centre(cosines: Tensor, centres: int) -> Tensor:
    """Of several prototypes of each class the cosine with the nearest.

    J. Deng et al., "Sub-center ArcFace", ECCV 2020, doi:10.1007/978-3-030-58621-8_43, section 3.2:
    a class may have noisy or unlike members that gather around a centre of their own.

    Parameters
    ----------
    cosines
        (batch, class * centres), the centres of a class side by side.
    centres
        Prototypes of a class.

    Returns
    -------
    Tensor
        (batch, class).
    """
    return cosines.unflatten(1, (-1, centres)).amax(dim=2)


def additive_margin_loss(
    cosines: Tensor, labels: Tensor, *, margin: float = 0.2, scale: float = 30.0
) -> Tensor:
    """Cross-entropy in nats with ``margin`` taken off the right class's cosine.

    Parameters
    ----------
    cosines
        (batch, class), in [-1, 1].
    labels
        (batch,), long, the right classes.
    """
    right = one_hot(labels, cosines.shape[1]).to(cosines.dtype)
    return cross_entropy(scale * (cosines - margin * right), labels)


def additive_angular_margin_loss(
    cosines: Tensor, labels: Tensor, *, margin: float = 0.2, scale: float = 30.0
) -> Tensor:
    """Cross-entropy in nats with ``margin`` radians added to the right class's angle.

    Beyond the angle pi - margin, where cos(angle + margin) would rise again, the cosine goes on
    falling on a line that joins it at pi - margin, so the loss is monotone in the right cosine.
    """
    margin_tensor = torch.as_tensor(margin, dtype=cosines.dtype, device=cosines.device)
    cosines = cosines.clamp(-1.0 + 1e-6, 1.0 - 1e-6)
    sines = (1.0 - cosines.square()).sqrt()
    turned = cosines * torch.cos(margin_tensor) - sines * torch.sin(margin_tensor)
    line = cosines - 1.0 + torch.cos(margin_tensor)
    turned = torch.where(cosines > -torch.cos(margin_tensor), turned, line)
    right = one_hot(labels, cosines.shape[1]).bool()
    return cross_entropy(scale * torch.where(right, turned, cosines), labels)
