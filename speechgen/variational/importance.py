"""Importance weighting: a tighter training bound, and log p(x) in the limit.

Burda, Grosse, Salakhutdinov 2016 (arXiv:1509.00519).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor


def importance_bound(log_weights: Tensor) -> Tensor:
    """log (1/k sum_i w_i), equation 8: (sample, batch) -> (batch,), in nats.

    With one sample it is the ELBO's; its expectation grows with k and never passes log p(x).
    """
    return torch.logsumexp(log_weights, dim=0) - math.log(log_weights.shape[0])


def importance_log_likelihood(
    log_weights: Callable[[int], Tensor], *, num_samples: int, chunk: int = 100
) -> Tensor:
    """The bound with many samples, no more than ``chunk`` of them in memory at a time.

    Parameters
    ----------
    log_weights
        Called with a number of new draws, gives their weights (draws, batch) in nats.
    num_samples
        k; papers state their nats with 5000.

    Returns
    -------
    Tensor
        (batch,) float64, in nats.
    """
    if num_samples < 1 or chunk < 1:
        raise ValueError(f"{num_samples} samples in chunks of {chunk}; both must be 1 or more")
    total: Tensor | None = None
    for start in range(0, num_samples, chunk):
        draws = log_weights(min(chunk, num_samples - start)).double()
        part = torch.logsumexp(draws, dim=0)
        total = part if total is None else torch.logaddexp(total, part)
    assert total is not None
    return total - math.log(num_samples)
