"""The game between a generator and a discriminator: objectives, schedule, freezing, penalties."""

from speechgen.adversarial.freeze import frozen
from speechgen.adversarial.objectives import OBJECTIVES, GameObjective, objective
from speechgen.adversarial.penalties import clip_weights, gradient_penalty
from speechgen.adversarial.schedule import GameSchedule, Turn

__all__ = [
    "OBJECTIVES",
    "GameObjective",
    "GameSchedule",
    "Turn",
    "clip_weights",
    "frozen",
    "gradient_penalty",
    "objective",
]
