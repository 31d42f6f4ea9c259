"""What discriminator and generator minimise, one function each, from logits.

Logits come as the discriminator contract gives them: a list with one tensor of any shape per
discriminator. Each tensor is averaged over its entries (the batch, and time where a discriminator
judges many places), then the discriminators are averaged. ``softplus(-l) = -log sigmoid(l)``, so
that nothing overflows however sure a discriminator is. The games of the f-divergences stand in
``divergences.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from speechgen.errors import ConfigError

Logits = Sequence[Tensor]
Term = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class GameObjective:
    """The two losses of a game; ``equilibrium`` is D's loss when it cannot tell (all logits equal).

    Parameters
    ----------
    real_term, fake_term
        What the discriminator pays for one discriminator's logits of real and of made examples,
        averaged over their entries. Its loss is their sum.
    generator_term
        What the generator pays for the logits of what it made, averaged likewise.
    equilibrium
        The discriminator's loss where it has given up, ``None`` where it has no fixed value.
    """

    name: str
    paper: str
    real_term: Term
    fake_term: Term
    generator_term: Term
    equilibrium: float | None = None

    def discriminator(
        self, real_logits: Logits, fake_logits: Logits, *, smoothing: float = 0.0
    ) -> Tensor:
        """The discriminator's loss, a scalar to minimise.

        Parameters
        ----------
        smoothing
            Share of the real examples' loss that is taken as if they were made: one-sided label
            smoothing, Salimans et al. 2016 (arXiv:1606.03498), section 3.4. For cross entropy and
            least squares it is the target 1 - smoothing.
        """
        real, fake = _as_list(real_logits), _as_list(fake_logits)
        if len(real) != len(fake):
            raise ValueError(f"{len(real)} lists of real logits but {len(fake)} of fake ones")
        pairs = zip(real, fake, strict=True)
        return torch.stack([self._real(r, smoothing) + self.fake_term(f) for r, f in pairs]).mean()

    def _real(self, logits: Tensor, smoothing: float) -> Tensor:
        if not smoothing:
            return self.real_term(logits)
        return (1.0 - smoothing) * self.real_term(logits) + smoothing * self.fake_term(logits)

    def generator(self, fake_logits: Logits) -> Tensor:
        """The generator's loss, a scalar to minimise."""
        return torch.stack([self.generator_term(fake) for fake in _as_list(fake_logits)]).mean()


def _as_list(logits: Logits | Tensor) -> list[Tensor]:
    tensors = [logits] if isinstance(logits, Tensor) else list(logits)
    if not tensors:
        raise ValueError("no logits; a discriminator returns at least one tensor of them")
    return [tensor if tensor.dtype == torch.float64 else tensor.float() for tensor in tensors]


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
_OBJECTIVES = (
    GameObjective(
        # Eq. 2 with targets a = 0, b = c = 1 and both factors 1/2.
        "least_squares", "arXiv:1611.04076",
        half_square_to(1.0), half_square_to(0.0), half_square_to(1.0), 0.25,
    ),
    GameObjective(
        # Section 3: the generator ascends log D(G(z)).
        "non_saturating", "arXiv:1406.2661", _call_real, _call_fake, _call_real, _LOG_4,
    ),
    GameObjective(
        # Eq. 1: the generator descends log(1 - D(G(z))), the discriminator's own second term.
        "minimax", "arXiv:1406.2661", _call_real, _call_fake, _saturating, _LOG_4,
    ),
    GameObjective(
        # Section 2: margins of one for the discriminator, none for the generator.
        "hinge", "arXiv:1705.02894", _margin_above, _margin_below, _raise_logits, 2.0,
    ),
    GameObjective(
        # Eq. 2: the critic must be kept 1-Lipschitz by a penalty, by clipping or by its norm.
        "wasserstein", "arXiv:1701.07875", _raise_logits, _lower_logits, _raise_logits, 0.0,
    ),
)  # fmt: skip
OBJECTIVES: dict[str, GameObjective] = {game.name: game for game in _OBJECTIVES}


def objective(name: str) -> GameObjective:
    """The game called ``name``: one of :data:`OBJECTIVES` or of the f-divergences' games.

    Raises
    ------
    ConfigError
        There is no such game.
    """
    from speechgen.adversarial.divergences import DIVERGENCES

    if name in OBJECTIVES:
        return OBJECTIVES[name]
    if name in DIVERGENCES:
        return DIVERGENCES[name].game
    known = ", ".join([*OBJECTIVES, *DIVERGENCES])
    raise ConfigError(f"unknown objective {name!r}; known ones are: {known}")
