"""Contrastive divergence: energy is lowered at the data, raised where the model's chains go.

The gradient of the mean of -log p(data) is a difference of two expectations of the same statistics,
the model's minus the data's. The model's is taken where chains are after a few sweeps: chains that
begin at the data (contrastive divergence, CD-k, G. Hinton 2002, doi:10.1162/089976602760128018), or
chains that go on from step to step (persistent, T. Tieleman 2008, doi:10.1145/1390156.1390290).
Gradients are written into ``.grad``; nothing is differentiated through samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.likelihood.units import nats_to_bits
from speechgen.training.loop import processes
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of


@dataclass(frozen=True)
class ContrastiveDivergenceSettings:
    """See :class:`ContrastiveDivergenceObjective`."""

    kind: str = "contrastive_divergence"
    sweeps: int = 1
    persistent: bool = True
    chains: int = 64
    layer_steps: int = 0
    optimizer: OptimizerSettings = field(default_factory=lambda: OptimizerSettings(name="adam"))


@torch.no_grad()
def contrastive_gradients(machine: Any, data: Tensor, chains: Tensor) -> dict[str, Tensor]:
    """Gradient of mean -log p for each parameter: statistics at ``chains`` minus at ``data``.

    Both are states as ``machine.statistics`` takes them, (example, unit).
    """
    model, given = machine.statistics(chains), machine.statistics(data)
    return {name: model[name] - given[name] for name in given}


def energy_gap(machine: Any, states: Tensor, others: Tensor) -> dict[str, Tensor]:
    """Mean free energy of ``states`` minus that of ``others``; of machines without one, energy."""
    name = "free_energy" if hasattr(machine, "free_energy") else "energy"
    function = getattr(machine, name)
    return {f"{name}_gap": function(states).mean() - function(others).mean()}


class ContrastiveDivergenceObjective(Objective):
    """Contrastive divergence of one machine, or of a stack layer by layer.

    Batches hold "image" (batch, channel, height, width) in [0, 1]: means of binary pixels. A
    machine has ``state_units``, ``positive(visible)`` (where a chain that begins at the data
    begins), ``gibbs(states, sweeps)``, ``statistics(states)``, ``energy`` and
    ``initialise_biases``. A network with ``layers``
    of machines is trained from the lowest up, each on the mean activations of the one below
    (``network.upward(visible, depth)``); any other network is its own machine.

    Parameters
    ----------
    sweeps
        Gibbs sweeps of each step: k of CD-k.
    persistent
        Whether chains go on from step to step; if not they begin at each batch.
    chains
        How many persistent ones, over all processes; they travel in the checkpoint.
    layer_steps
        Training steps of each layer, the last one's aside; 0 gives all the same part of the run.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        sweeps: int = 1,
        persistent: bool = True,
        chains: int = 64,
        layer_steps: int = 0,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        if sweeps < 1 or chains < 1 or layer_steps < 0:
            raise ConfigError(
                "objective: needs sweeps and chains from 1 and layer_steps from 0, not "
                f"{sweeps}, {chains} and {layer_steps}"
            )
        self.automatic_optimization = False
        self.sweeps = sweeps
        self.persistent = persistent
        self.layer_steps = layer_steps
        self.progress = 0.0
        self.latest: Tensor | None = None
        for index, machine in enumerate(self.machines):
            coins = torch.full((chains if persistent else 0, machine.state_units), 0.5)
            self.register_buffer(f"chains_{index}", torch.bernoulli(coins))
        self.register_buffer("begun", torch.zeros(len(self.machines), dtype=torch.bool))

    begun: Tensor

    @property
    def machines(self) -> list[Any]:
        """The machines of the network, lowest first."""
        return list(getattr(self.network, "layers", [self.network]))

    def set_learning_rate(self, progress: float) -> float:
        """As of every objective; the progress of the run decides which layer learns."""
        self.progress = progress
        return super().set_learning_rate(progress)

    def layer(self) -> int:
        """Which machine learns in this step."""
        count = len(self.machines)
        if self.layer_steps:
            return min(self.steps_done // self.layer_steps, count - 1)
        return min(int(self.progress * count), count - 1)

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> None:
        """One optimiser step on the machine that learns now."""
        layer = self.layer()
        machine, visible = self.machines[layer], self._upward(batch["image"], layer)
        if not self.begun[layer]:
            machine.initialise_biases(processes.mean(visible.mean(dim=0)))
            self.begun[layer] = True
        data = machine.positive(visible)
        chains = self._moved_chains(layer) if self.persistent else machine.gibbs(data, self.sweeps)
        gradients = contrastive_gradients(machine, data, chains)
        optimizer: Any = self.optimizers()
        optimizer.zero_grad(set_to_none=True)
        for name, gradient in gradients.items():
            getattr(machine, name).grad = gradient
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        self.latest = batch["image"]
        with torch.no_grad():
            gap = energy_gap(machine, data, chains)
            self.record(**gap, reconstruction=self._reconstruction(batch["image"]))

    def _moved_chains(self, layer: int) -> Tensor:
        """A machine's persistent chains after this step; each process moves a part of them."""
        kept: Tensor = getattr(self, f"chains_{layer}")
        shares = torch.arange(len(kept)).tensor_split(processes.count())
        ours = shares[processes.rank()].to(kept.device)
        moved = torch.zeros_like(kept)
        moved[ours] = self.machines[layer].gibbs(kept[ours], self.sweeps)
        moved = processes.summed(moved)
        self._buffers[f"chains_{layer}"] = moved
        return moved

    @torch.no_grad()
    def _upward(self, images: Tensor, layer: int) -> Tensor:
        """What machine number ``layer`` learns: mean activations of those below it."""
        visible = images.flatten(1)
        if hasattr(self.network, "layers"):
            visible = self.network.upward(visible, layer)
        return visible

    def _reconstruction(self, images: Tensor) -> Tensor:
        """Mean square of a pixel's error after inference and reconstruction."""
        return (self.network.reconstruct(images) - images).square().mean()

    def configure_optimizers(self) -> Any:
        """One optimiser over all machines; it moves only those that were given gradients."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Error of reconstruction; free energy of held-out data less that of the latest batch.

        The gap grows where a machine learns its data by heart (G. Hinton 2010, "A practical guide",
        section 6). Of a network with ``log_prob`` also "nll_nats" and "bits_per_dim".
        """
        images, layer = batch["image"], self.layer()
        values = {"reconstruction": self._reconstruction(images)}
        if self.latest is not None:
            machine = self.machines[layer]
            held_out, trained = (
                machine.positive(self._upward(one, layer)) for one in (images, self.latest)
            )
            values |= energy_gap(machine, held_out, trained)
        if hasattr(self.network, "log_prob"):
            nats = -self.network.log_prob(images).mean()
            values["nll_nats"] = nats
            values["bits_per_dim"] = nats_to_bits(nats / images[0].numel())
        return values

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """The first image and its reconstruction."""
        images = batch["image"][:1]
        return [("image", images[0]), ("reconstruction", self.network.reconstruct(images)[0])]


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return ContrastiveDivergenceObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(ContrastiveDivergenceSettings, _build, ("images",), "generate")
