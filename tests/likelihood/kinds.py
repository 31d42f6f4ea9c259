"""What the tests of distributions share: every kind, and params that use them."""

from __future__ import annotations

import torch

from speechgen.likelihood import Gaussian, GaussianMixture, LogisticMixture, MuLawCategorical

KINDS = {
    "mu_law_8": MuLawCategorical(8),
    "mu_law_256": MuLawCategorical(256),
    "mu_law_1024": MuLawCategorical(1024),
    "logistic_3_bits": LogisticMixture(3, bits=3),
    "logistic_8_bits": LogisticMixture(3, bits=8),
    "logistic_16_bits": LogisticMixture(3, bits=16),
    "gaussian": Gaussian(),
    "gaussian_mixture": GaussianMixture(3),
}
DISCRETE = [name for name, kind in KINDS.items() if kind.discrete]
CONTINUOUS = [name for name, kind in KINDS.items() if not kind.discrete]


def some_params(kind, time=1, *, scale=0.1, dtype=torch.float64):
    """(1, param, time): random logits; means of about 0.3, scales of about ``scale``."""
    params = torch.randn(1, kind.num_params, time, dtype=dtype)
    if isinstance(kind, MuLawCategorical):
        return params
    parts = 2 if isinstance(kind, Gaussian) else 3
    rows = list(params.chunk(parts, dim=1))
    rows[-2] = 0.3 * rows[-2]
    rows[-1] = 0.5 * rows[-1] + torch.tensor(scale).log()
    return torch.cat(rows, dim=1)


def alphabet(kind):
    """All symbols of a discrete kind: (symbol,)."""
    return torch.arange(kind.levels if isinstance(kind, LogisticMixture) else kind.classes)


def own_intervals(kind):
    """Ends (symbol + 1,) of the intervals of values that the symbols of a discrete kind stand for.

    The outermost ones are infinite.
    """
    if isinstance(kind, LogisticMixture):
        ends = (torch.arange(kind.levels + 1, dtype=torch.float64) - 0.5) * 2 / kind.levels - 1
    else:
        ends = kind.edges()
    return torch.cat([ends[:1] - torch.inf, ends[1:-1], ends[-1:] + torch.inf])


def pcm_intervals(gain=1.0, shift=0.0, bits=16):
    """(1, level) lows and highs of linear PCM times ``gain`` plus ``shift``."""
    levels = 2**bits
    ends = (torch.arange(levels + 1, dtype=torch.float64) - 0.5) * 2 / levels - 1
    ends = ends * gain + shift
    ends[0], ends[-1] = -torch.inf, torch.inf
    return ends[None, :-1], ends[None, 1:]


def total_mass(kind, params, low, high, step=8192):
    """Log-masses (1, interval) of one sample's params (1, param, 1), in pieces."""
    parts = [
        kind.log_mass(params.expand(-1, -1, a.shape[1]), a, b)
        for a, b in zip(low.split(step, 1), high.split(step, 1), strict=True)
    ]
    return torch.cat(parts, dim=1)
