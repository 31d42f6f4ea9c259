"""The standard GAN losses, and every GAN loss by name.

``softplus(-l) = -log sigmoid(l)``, so that nothing overflows however sure a discriminator is. The
losses of the f-divergences stand in ``divergences.py``.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu, softplus

from speechgen.adversarial.divergences import DIVERGENCES
from speechgen.adversarial.gan_loss import GANLoss, Term
from speechgen.errors import ConfigError


def half_square_to(target: float) -> Term:
    """Half the mean squared distance of logits from ``target``."""
    return lambda logits: 0.5 * (logits - target).square().mean()


def _call_real(logits: Tensor) -> Tensor:
    return softplus(-logits).mean()


def _call_fake(logits: Tensor) -> Tensor:
    return softplus(logits).mean()


def _saturating(fake: Tensor) -> Tensor:
    return -softplus(fake).mean()


def _margin_above(logits: Tensor) -> Tensor:
    return relu(1.0 - logits).mean()


def _margin_below(logits: Tensor) -> Tensor:
    return relu(1.0 + logits).mean()


def _raise_logits(logits: Tensor) -> Tensor:
    return -logits.mean()


def _lower_logits(logits: Tensor) -> Tensor:
    return logits.mean()


_LOG_4 = 1.3862943611198906
_LOSSES = (
    GANLoss(
        # Eq. 2 with targets a = 0, b = c = 1 and both factors 1/2.
        "least_squares", "arXiv:1611.04076",
        half_square_to(1.0), half_square_to(0.0), half_square_to(1.0), 0.25,
    ),
    GANLoss(
        # Section 3: the generator ascends log D(G(z)).
        "non_saturating", "arXiv:1406.2661", _call_real, _call_fake, _call_real, _LOG_4,
    ),
    GANLoss(
        # Eq. 1: the generator descends log(1 - D(G(z))), the discriminator's own second term.
        "minimax", "arXiv:1406.2661", _call_real, _call_fake, _saturating, _LOG_4,
    ),
    GANLoss(
        # Section 2: margins of one for the discriminator, none for the generator.
        "hinge", "arXiv:1705.02894", _margin_above, _margin_below, _raise_logits, 2.0,
    ),
    GANLoss(
        # Eq. 2: the critic must be kept 1-Lipschitz by a penalty, by clipping or by its norm.
        "wasserstein", "arXiv:1701.07875", _raise_logits, _lower_logits, _raise_logits, 0.0,
    ),
)  # fmt: skip
STANDARD_LOSSES: dict[str, GANLoss] = {loss.name: loss for loss in _LOSSES}


def find_gan_loss(name: str) -> GANLoss:
    """The GAN loss called ``name``: one of :data:`STANDARD_LOSSES` or of an f-divergence.

    Raises
    ------
    ConfigError
        There is no such loss.
    """
    if name in STANDARD_LOSSES:
        return STANDARD_LOSSES[name]
    if name in DIVERGENCES:
        return DIVERGENCES[name].gan_loss
    known = ", ".join([*STANDARD_LOSSES, *DIVERGENCES])
    raise ConfigError(f"unknown GAN loss {name!r}; known ones are: {known}")
