"""Signs that adversarial training fails: a discriminator that has won, a gradient that explodes.

Both are among the heuristics of S. Chintala et al., "How to train a GAN?" (2016), point 10: a
discriminator's loss near 0, and gradient norms over 100, are failures.
"""

from __future__ import annotations

import math


class Diagnostics:
    """Watches a GAN's numbers and says one line for each trouble, once for every time it begins.

    Parameters
    ----------
    equilibrium
        The discriminator's loss when it cannot tell; ``None`` or 0, where the loss has no fixed
        scale, switches the first check off.
    low_share
        A loss under this share of the equilibrium is near 0.
    patience
        Steps in a row that it must be near 0.
    norm_limit
        The largest gradient norm that is not reported.
    """

    def __init__(
        self,
        equilibrium: float | None,
        *,
        low_share: float = 0.02,
        patience: int = 200,
        norm_limit: float = 1e4,
    ) -> None:
        self.low = low_share * abs(equilibrium or 0.0)
        self.patience = patience
        self.norm_limit = norm_limit
        self.low_steps = 0
        self.exploding = False

    def of_loss(self, discriminator_loss: float, step: int) -> str | None:
        """A line when the discriminator's loss has been near 0 for ``patience`` steps."""
        self.low_steps = self.low_steps + 1 if 0 <= discriminator_loss < self.low else 0
        if self.low_steps != self.patience:
            return None
        return (
            f"step {step}: the discriminator has won, its loss was under {self.low:.3g} for "
            f"{self.patience} steps; lower objective.discriminator_rate, or raise "
            "objective.smoothing or objective.flip"
        )

    def of_norm(self, network: str, norm: float, step: int) -> str | None:
        """A line when the gradient norm of ``network`` goes over the limit or is not finite."""
        before, self.exploding = self.exploding, not math.isfinite(norm) or norm > self.norm_limit
        if not self.exploding or before:
            return None
        return (
            f"step {step}: the {network}'s gradient norm is {norm:.3g}; "
            "lower objective.optimizer.learning_rate or trainer.gradient_clip_norm"
        )
