"""The order of steps: k of the discriminator for each of the generator, after a warm-up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from speechgen.errors import ConfigError


class Step(Enum):
    """One optimiser step of one network."""

    DISCRIMINATOR = "discriminator"
    GENERATOR = "generator"


@dataclass(frozen=True)
class GANSchedule:
    """Algorithm 1 of Goodfellow et al. 2014 (arXiv:1406.2661), and a warm-up of G alone.

    Parameters
    ----------
    discriminator_steps
        D steps before each G step (k in the paper).
    warm_up_steps
        G steps at the start in which there is no discriminator: only the other losses count.
    """

    discriminator_steps: int = 1
    warm_up_steps: int = 0

    def __post_init__(self) -> None:
        if self.discriminator_steps < 1 or self.warm_up_steps < 0:
            raise ConfigError(
                f"a schedule of {self.discriminator_steps} discriminator steps after "
                f"{self.warm_up_steps} of warm-up; take at least 1 and 0"
            )

    def adversarial(self, step: int) -> bool:
        """Whether the discriminator takes part in the generator's step number ``step`` (from 0)."""
        return step >= self.warm_up_steps

    def steps(self, step: int) -> tuple[Step, ...]:
        """The steps up to and with the generator's step number ``step``, in order."""
        if not self.adversarial(step):
            return (Step.GENERATOR,)
        return (Step.DISCRIMINATOR,) * self.discriminator_steps + (Step.GENERATOR,)

    def batches_before(self, step: int) -> int:
        """Batches for the steps before the generator's number ``step``: a new one for each of D's.

        So in Algorithm 1, which draws anew in each of the k steps; G's goes by the last of them.
        """
        alone = min(step, self.warm_up_steps)
        return alone + (step - alone) * self.discriminator_steps
