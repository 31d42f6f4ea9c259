"""What discriminator and generator minimise, one function each, from logits.

Logits come as the discriminator contract gives them: a list with one tensor of any shape per
discriminator. Each tensor is averaged over its entries (the batch, and time where a discriminator
judges many places), then the discriminators are averaged. ``softplus(-l) = -log sigmoid(l)``, so
that nothing overflows however sure a discriminator is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import relu, softplus

from speechgen.errors import ConfigError

Logits = Sequence[Tensor]
DiscriminatorTerm = Callable[[Tensor, Tensor], Tensor]
GeneratorTerm = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class GameObjective:
    """The two losses of a game; ``equilibrium`` is D's loss when it cannot tell (all logits equal).

    Parameters
    ----------
    discriminator_term, generator_term
        Losses of one discriminator's logits, already averaged over their entries.
    equilibrium
        The discriminator's loss where it has given up, ``None`` where it has no fixed value.
    """

    name: str
    paper: str
    discriminator_term: DiscriminatorTerm
    generator_term: GeneratorTerm
    equilibrium: float | None = None

    def discriminator(self, real_logits: Logits, fake_logits: Logits) -> Tensor:
        """The discriminator's loss, a scalar to minimise."""
        real, fake = _as_list(real_logits), _as_list(fake_logits)
        if len(real) != len(fake):
            raise ValueError(f"{len(real)} lists of real logits but {len(fake)} of fake ones")
        pairs = zip(real, fake, strict=True)
        return torch.stack([self.discriminator_term(*pair) for pair in pairs]).mean()

    def generator(self, fake_logits: Logits) -> Tensor:
        """The generator's loss, a scalar to minimise."""
        return torch.stack([self.generator_term(fake) for fake in _as_list(fake_logits)]).mean()


def _as_list(logits: Logits | Tensor) -> list[Tensor]:
    tensors = [logits] if isinstance(logits, Tensor) else list(logits)
    if not tensors:
        raise ValueError("no logits; a discriminator returns at least one tensor of them")
    return [tensor.float() for tensor in tensors]


def _least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return 0.5 * (real - 1.0).square().mean() + 0.5 * fake.square().mean()


def _least_squares_generator(fake: Tensor) -> Tensor:
    return 0.5 * (fake - 1.0).square().mean()


def _cross_entropy_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return softplus(-real).mean() + softplus(fake).mean()


def _non_saturating_generator(fake: Tensor) -> Tensor:
    return softplus(-fake).mean()


def _minimax_generator(fake: Tensor) -> Tensor:
    return -softplus(fake).mean()


def _hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return relu(1.0 - real).mean() + relu(1.0 + fake).mean()


def _wasserstein_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return fake.mean() - real.mean()


def _raise_logits(fake: Tensor) -> Tensor:
    return -fake.mean()


_LOG_4 = 1.3862943611198906
_OBJECTIVES = (
    GameObjective(
        # Eq. 2 with targets a = 0, b = c = 1 and both factors 1/2.
        "least_squares", "arXiv:1611.04076",
        _least_squares_discriminator, _least_squares_generator, 0.25,
    ),
    GameObjective(
        # Section 3: the generator ascends log D(G(z)).
        "non_saturating", "arXiv:1406.2661",
        _cross_entropy_discriminator, _non_saturating_generator, _LOG_4,
    ),
    GameObjective(
        # Eq. 1: the generator descends log(1 - D(G(z))), the discriminator's own second term.
        "minimax", "arXiv:1406.2661",
        _cross_entropy_discriminator, _minimax_generator, _LOG_4,
    ),
    GameObjective(
        # Section 2: margins of one for the discriminator, none for the generator.
        "hinge", "arXiv:1705.02894",
        _hinge_discriminator, _raise_logits, 2.0,
    ),
    GameObjective(
        # Eq. 2: the critic must be kept 1-Lipschitz by a penalty or by clipping.
        "wasserstein", "arXiv:1701.07875",
        _wasserstein_discriminator, _raise_logits, 0.0,
    ),
)  # fmt: skip
OBJECTIVES: dict[str, GameObjective] = {game.name: game for game in _OBJECTIVES}


def objective(name: str) -> GameObjective:
    """The game called ``name``: least_squares, non_saturating, minimax, hinge or wasserstein.

    Raises
    ------
    ConfigError
        There is no such game.
    """
    if name not in OBJECTIVES:
        raise ConfigError(f"unknown objective {name!r}; known ones are: {', '.join(OBJECTIVES)}")
    return OBJECTIVES[name]
