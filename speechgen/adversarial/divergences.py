"""GAN losses whose value, at the best critic, is an f-divergence of the data from the samples.

S. Nowozin et al., "f-GAN", arXiv:1606.00709, tables 1 and 2: the critic's logit v passes an
activation g into the domain of the convex conjugate f*, and the critic raises

    F = E_data[g(v)] - E_model[f*(g(v))]  <=  D_f(data, model) = E_model[f(data / model)],

with equality where g(v) = f'(data / model). Every activation here rises with v (where the paper's
table has -exp(v) or 1 - exp(v), v changes its sign), so that a large logit means "real" in each
of them. The generator raises E_model[g(v)] (section 3.2), which has the same fixed point and does
not fade while it is losing. Conjugates are written as functions of v, simplified so that they hold
for sure critics too; Kullback-Leibler and Hellinger are still exponential in v.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from speechgen.adversarial.gan_loss import GANLoss

Function = Callable[[Tensor], Tensor]
_LOG_2 = math.log(2.0)


@dataclass(frozen=True)
class Divergence:
    """One row of the paper's tables.

    Parameters
    ----------
    f
        The convex function of the ratio u = data / model; ``f(1)`` is the divergence of equals.
    activation
        g(v), rising.
    conjugate
        f*(g(v)), as a function of the logit v.
    """

    name: str
    f: Function
    activation: Function
    conjugate: Function

    @property
    def gan_loss(self) -> GANLoss:
        """The two losses; the discriminator's is minus the bound F."""
        return GANLoss(
            self.name,
            "arXiv:1606.00709",
            lambda real: -self.activation(real).mean(),
            lambda fake: self.conjugate(fake).mean(),
            lambda fake: -self.activation(fake).mean(),
            -float(self.f(torch.ones((), dtype=torch.float64, device="cpu"))),
        )

    def between(self, data: Tensor, model: Tensor) -> Tensor:
        """D_f of two discrete distributions given by their probabilities, both above 0."""
        return (model * self.f(data / model)).sum()


def _u_log_u(u: Tensor) -> Tensor:
    return torch.xlogy(u, u)


_DIVERGENCES = (
    Divergence(
        "total_variation", lambda u: 0.5 * (u - 1.0).abs(),
        lambda v: 0.5 * torch.tanh(v), lambda v: 0.5 * torch.tanh(v),
    ),
    Divergence("kullback_leibler", _u_log_u, lambda v: v, lambda v: torch.exp(v - 1.0)),
    Divergence(
        "reverse_kullback_leibler", lambda u: -u.log(),
        lambda v: -torch.exp(-v), lambda v: v - 1.0,
    ),
    Divergence(
        "pearson", lambda u: (u - 1.0).square(),
        lambda v: v, lambda v: 0.25 * v.square() + v,
    ),
    Divergence(
        "squared_hellinger", lambda u: (u.sqrt() - 1.0).square(),
        lambda v: 1.0 - torch.exp(-v), lambda v: torch.expm1(v),
    ),
    Divergence(
        "jensen_shannon", lambda u: _u_log_u(u) - (u + 1.0) * ((u + 1.0) / 2.0).log(),
        lambda v: _LOG_2 - softplus(-v), lambda v: softplus(v) - _LOG_2,
    ),
    Divergence(
        "gan", lambda u: _u_log_u(u) - (u + 1.0) * (u + 1.0).log(),
        lambda v: -softplus(-v), softplus,
    ),
)  # fmt: skip
DIVERGENCES: dict[str, Divergence] = {one.name: one for one in _DIVERGENCES}
