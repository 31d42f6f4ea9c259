"""MetricGAN: the discriminator learns a metric, and the generator raises what it predicts.

S.-W. Fu et al., "MetricGAN", arXiv:1905.04874, equations 3 and 5: least squares to the scores that
the metric itself gives, and to 1 for the generator.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

PESQ_RANGE = (1.0, 4.64)


def normalised_pesq(score: float | Tensor) -> float | Tensor:
    """PESQ brought to 0 (worst) ... 1 (perfect)."""
    low, high = PESQ_RANGE
    return (score - low) / (high - low)


def metric_discriminator_loss(
    logits: Float[Tensor, "batch 1"], scores: Float[Tensor, " batch"]
) -> Float[Tensor, ""]:
    """Mean squared distance of the scores given (sigmoids of ``logits``) from the true ones."""
    return (torch.sigmoid(logits.float()).squeeze(1) - scores).square().mean()


def metric_generator_loss(logits: Float[Tensor, "batch 1"]) -> Float[Tensor, ""]:
    """Mean squared distance of the scores given from 1."""
    return (1.0 - torch.sigmoid(logits.float())).square().mean()
