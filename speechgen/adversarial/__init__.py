"""Adversarial training of generator and discriminator: losses, schedule, freezing, penalties."""

from speechgen.adversarial.diagnostics import Diagnostics
from speechgen.adversarial.divergences import DIVERGENCES, Divergence
from speechgen.adversarial.freeze import frozen
from speechgen.adversarial.gan_loss import GANLoss
from speechgen.adversarial.growth import GrowthSchedule
from speechgen.adversarial.label_flipping import flipped
from speechgen.adversarial.mutual_information import CodeSpace
from speechgen.adversarial.penalties import clip_weights, gradient_penalty
from speechgen.adversarial.replay import Replay
from speechgen.adversarial.schedule import GANSchedule, Step
from speechgen.adversarial.standard_losses import STANDARD_LOSSES, find_gan_loss

__all__ = [
    "DIVERGENCES",
    "STANDARD_LOSSES",
    "CodeSpace",
    "Diagnostics",
    "Divergence",
    "GANLoss",
    "GANSchedule",
    "GrowthSchedule",
    "Replay",
    "Step",
    "clip_weights",
    "find_gan_loss",
    "flipped",
    "frozen",
    "gradient_penalty",
]
