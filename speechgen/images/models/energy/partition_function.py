"""The partition function of a restricted Boltzmann machine: by enumeration, or estimated.

Z = sum over (v, h) of exp(v'Wh + b'v + c'h). Summing out one side leaves a product for the other,
so the smaller side is enumerated where it is small. Else: annealed importance sampling, R.
Salakhutdinov and I. Murray 2008, "On the quantitative analysis of deep belief networks",
doi:10.1145/1390156.1390266, section 4.1.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import softplus

ENUMERABLE_UNITS = 16
_CHUNK = 4096


def bernoulli(means: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Zeros and ones with these means, drawn from ``generator`` or torch's own stream."""
    device = means.device if generator is None else generator.device
    coins = torch.rand(means.shape, generator=generator, device=device, dtype=means.dtype)
    return (coins.to(means.device) < means).to(means.dtype)


def binary_states(units: int, like: Tensor) -> Iterator[Tensor]:
    """All 2**units rows of zeros and ones, in chunks of (row, units)."""
    place = torch.arange(units, device=like.device)
    for start in range(0, 2**units, _CHUNK):
        numbers = torch.arange(start, min(start + _CHUNK, 2**units), device=like.device)
        yield (numbers[:, None] >> place & 1).to(like.dtype)


def exact_log_partition(weight: Tensor, visible_bias: Tensor, hidden_bias: Tensor) -> Tensor:
    """log Z in nats by summing over all states of the smaller side."""
    if weight.shape[0] < weight.shape[1]:
        weight, visible_bias, hidden_bias = weight.T, hidden_bias, visible_bias
    parts = [
        torch.logsumexp(h @ hidden_bias + softplus(h @ weight.T + visible_bias).sum(dim=1), dim=0)
        for h in binary_states(weight.shape[1], weight)
    ]
    return torch.logsumexp(torch.stack(parts), dim=0)


@torch.no_grad()
def annealed_log_partition(
    weight: Tensor,
    visible_bias: Tensor,
    hidden_bias: Tensor,
    *,
    generator: torch.Generator,
    chains: int = 128,
    temperatures: int = 1000,
) -> tuple[Tensor, Tensor]:
    """Estimate of log Z in nats, and its standard error.

    The base machine (inverse temperature 0) has the same visible biases, no weights and no hidden
    biases, so its log Z is known: hidden units * log 2 + sum of softplus(b). Between it and the
    machine itself lie ``temperatures`` equal steps, each with one sweep of Gibbs sampling.

    Parameters
    ----------
    weight, visible_bias, hidden_bias
        (visible, hidden), (visible,), (hidden,).
    chains
        Independent runs, whose weights are averaged.
    """
    base = weight.shape[1] * math.log(2.0) + softplus(visible_bias).sum()
    visible = bernoulli(visible_bias.sigmoid().expand(chains, -1), generator)
    log_weights = visible.new_zeros(chains)
    for step in range(1, temperatures + 1):
        before, beta = (step - 1) / temperatures, step / temperatures
        inputs = visible @ weight + hidden_bias  # (chain, hidden)
        # log p*_beta(v) = b'v + sum softplus(beta * inputs): the visible biases cancel
        log_weights += (softplus(beta * inputs) - softplus(before * inputs)).sum(dim=1)
        hidden = bernoulli(torch.sigmoid(beta * inputs), generator)
        means = torch.sigmoid(beta * (hidden @ weight.T) + visible_bias)
        visible = bernoulli(means, generator)
    highest = log_weights.max()
    ratios = (log_weights - highest).exp()
    error = ratios.std() / (ratios.mean() * math.sqrt(chains))  # of the log, to first order
    return base + highest + ratios.mean().log(), error
