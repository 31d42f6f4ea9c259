"""What discriminator and generator minimise: the type that every GAN loss has.

Logits come as the discriminator contract gives them: a list with one tensor of any shape per
discriminator. Each tensor is averaged over its entries (the batch, and time where a discriminator
scores many places), then the discriminators are averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Logits = Sequence[Tensor]
Term = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class GANLoss:
    """The losses of D and G; ``equilibrium`` is D's loss when it cannot tell (all logits equal).

    Parameters
    ----------
    real_term, fake_term
        The discriminator's loss of one discriminator's logits of real and of generated examples,
        averaged over their entries. Its loss is their sum.
    generator_term
        The generator's loss of the logits of generated examples, averaged likewise.
    equilibrium
        The discriminator's loss where all logits are equal, ``None`` where it has no fixed value.
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
            Share of the real examples' loss that is taken as if they were fake: one-sided label
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
