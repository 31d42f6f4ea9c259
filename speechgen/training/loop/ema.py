"""Exponential moving average of the weights: what is validated, listened to and left behind."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import lightning.pytorch as lightning
import torch
from torch import Tensor, nn

from speechgen.training.loop.shares import as_shared, own, whole_in_first
from speechgen.training.loop.stepwise import StepCallback
from speechgen.training.objectives.base import Objective


def warmed_decay(decay: float, updates: int) -> float:
    """The decay of update number ``updates`` (from 0): min(decay, (1 + n) / (10 + n)).

    A young average follows quickly, so early models are not mostly initialisation.
    """
    return min(decay, (1 + updates) / (10 + updates))


@torch.no_grad()
def update_average(average: dict[str, Tensor], state: dict[str, Tensor], decay: float) -> None:
    """``average = decay * average + (1 - decay) * state`` in place; integers are copied."""
    for name, value in state.items():
        mean, new = own(average[name]), own(value.detach())
        if mean.is_floating_point():
            mean.lerp_(new.to(mean.dtype), 1.0 - decay)
        else:
            mean.copy_(new)


class MovingAverage(StepCallback):
    """Averages ``module.network`` after every step; part of the checkpoint.

    Parameters
    ----------
    decay
        0 switches averaging off: the average is then the network itself.
    init_share
        Share of the weights that the network began with in those that are applied, as M. Wortsman
        et al., arXiv:2109.01903, section 3: what was pretrained is kept while the rest is tuned.
    """

    def __init__(self, decay: float, init_share: float = 0.0) -> None:
        self.decay, self.init_share = decay, init_share
        self.average: dict[str, Tensor] = {}
        self.initial: dict[str, Tensor] = {}

    @property
    def state_key(self) -> str:
        """Its place in the checkpoint."""
        return "moving_average"

    def begin(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Begin with the weights as they are, or with what the checkpoint held."""
        state = module.network.state_dict()
        if self.average:
            self.average = {k: as_shared(self.average[k], v) for k, v in state.items()}
        elif self.decay:
            self.average = _copy(state)
        if self.initial:
            self.initial = {k: as_shared(self.initial[k], v) for k, v in state.items()}
        elif self.init_share:
            self.initial = _copy(state)

    def after_step(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Fold the new weights in. Runs after the step was counted."""
        if self.decay:
            decay = warmed_decay(self.decay, module.steps_done - 1)
            update_average(self.average, module.network.state_dict(), decay)

    @contextlib.contextmanager
    def applied(self, network: nn.Module) -> Iterator[nn.Module]:
        """Within the block ``network`` has the averaged weights, with their share of the first."""
        if not self.decay and not self.init_share:
            yield network
            return
        kept = _copy(network.state_dict())
        applied = self.average if self.decay else kept
        if self.init_share:
            applied = _copy(applied)
            first = {k: v for k, v in self.initial.items() if v.is_floating_point()}
            update_average(applied, first, 1.0 - self.init_share)
        network.load_state_dict(applied)
        try:
            yield network
        finally:
            network.load_state_dict(kept)

    def state_dict(self) -> dict[str, Any]:
        """Plain tensors, whole in the first process."""
        kept = {"average": whole_in_first(self.average)}
        return kept | ({"initial": whole_in_first(self.initial)} if self.initial else {})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """What :meth:`state_dict` gave."""
        self.average = dict(state_dict["average"])
        self.initial = dict(state_dict.get("initial", {}))


def _copy(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in state.items()}
