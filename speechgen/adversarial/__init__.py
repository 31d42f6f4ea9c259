"""The game between a generator and a discriminator: objectives, schedule, freezing, penalties."""

from speechgen.adversarial.diagnostics import Alarms
from speechgen.adversarial.divergences import DIVERGENCES, Divergence
from speechgen.adversarial.freeze import frozen
from speechgen.adversarial.growth import GrowthSchedule
from speechgen.adversarial.label_flipping import flipped
from speechgen.adversarial.mutual_information import CodeSpace
from speechgen.adversarial.objectives import OBJECTIVES, GameObjective, objective
from speechgen.adversarial.penalties import clip_weights, gradient_penalty
from speechgen.adversarial.replay import Replay
from speechgen.adversarial.schedule import GameSchedule, Turn

__all__ = [
    "DIVERGENCES",
    "OBJECTIVES",
    "Alarms",
    "CodeSpace",
    "Divergence",
    "GameObjective",
    "GameSchedule",
    "GrowthSchedule",
    "Replay",
    "Turn",
    "clip_weights",
    "flipped",
    "frozen",
    "gradient_penalty",
    "objective",
]
