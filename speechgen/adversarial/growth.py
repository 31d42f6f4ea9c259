"""How far a network that grows has grown: T. Karras et al., arXiv:1710.10196, section 2, figure 2.

Growth is a number from 0 (the lowest resolution alone) to ``stages - 1`` (all of them). Between two
whole numbers the next resolution fades in, and the fraction is the paper's alpha.
"""

from __future__ import annotations

from dataclasses import dataclass

from speechgen.errors import ConfigError


@dataclass(frozen=True)
class GrowthSchedule:
    """Equal shares of a run for standing still and for fading in, as in the paper's appendix A.

    Parameters
    ----------
    grown_at
        Part of the run, above 0 and up to 1, after which the network is fully grown.
    """

    grown_at: float = 0.6

    def __post_init__(self) -> None:
        if not 0 < self.grown_at <= 1:
            raise ConfigError(
                f"objective.growth.grown_at: needs a number in (0, 1], not {self.grown_at}"
            )

    def at(self, progress: float, stages: int) -> float:
        """Growth when ``progress`` (0 to 1) of the run is done: stand, fade, stand, fade, ..."""
        if stages < 2 or progress >= self.grown_at:
            return float(max(stages - 1, 0))
        phases = 2.0 * (stages - 1) * progress / self.grown_at
        stage = int(phases // 2)
        return stage + max(0.0, phases - 2 * stage - 1.0)
