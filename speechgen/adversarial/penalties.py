"""Keeping a critic 1-Lipschitz: a penalty on its gradient, or clipped weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn


def gradient_penalty(
    discriminator: Callable[[Tensor], Any],
    real: Tensor,
    fake: Tensor,
    *,
    target: float = 1.0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Mean squared distance of the critic's gradient norm from ``target``, between real and fake.

    Gulrajani et al. 2017 (arXiv:1704.00028), Eq. 3, without the weight. The norm is the L2 norm of
    one example's gradient over all its axes. Points are drawn uniformly on the line between each
    real example and its fake one.

    Parameters
    ----------
    discriminator
        Gives a tensor of logits, a list of such, or the contract's (logits, features).
    real, fake
        (batch, ...), alike in shape; neither receives a gradient.
    generator
        Where the random points come from; torch's default stream if none is given.
    """
    if real.shape != fake.shape:
        raise ValueError(f"real is {tuple(real.shape)} but fake is {tuple(fake.shape)}")
    shape = (real.shape[0],) + (1,) * (real.ndim - 1)
    place = torch.rand(shape, generator=generator, device=real.device, dtype=real.dtype)
    between = (real.detach() + place * (fake.detach() - real.detach())).requires_grad_(True)
    total = torch.stack([logits.sum() for logits in _logits(discriminator(between))]).sum()
    (gradient,) = torch.autograd.grad(total, between, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - target).square().mean()


def _logits(outputs: Any) -> Sequence[Tensor]:
    if isinstance(outputs, tuple):
        outputs = outputs[0]
    return [outputs] if isinstance(outputs, Tensor) else outputs


@torch.no_grad()
def clip_weights(network: nn.Module, bound: float) -> None:
    """Cut every parameter to [-bound, bound] (arXiv:1701.07875, Algorithm 1, line 7)."""
    if not bound > 0:
        raise ValueError(f"bound is {bound}; it must be positive")
    for parameter in network.parameters():
        parameter.clamp_(-bound, bound)
