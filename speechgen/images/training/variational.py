"""Training by a bound on the evidence: VAEs, beta-VAEs, free bits, importance-weighted ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.variational import importance_bound, linear_annealing, weighted_loss

BOUNDS = ("elbo", "importance")
_VALIDATION_SAMPLES = 16
_SHOWN = 8


def variational_optimizer() -> OptimizerSettings:
    """Adam with its own defaults."""
    return OptimizerSettings(name="adam", betas=(0.9, 0.999))


@dataclass(frozen=True)
class VariationalSettings:
    """See :class:`VariationalObjective`."""

    kind: str = "variational"
    bound: str = "elbo"
    num_samples: int = 1
    beta: float = 1.0
    free_bits_nats: float = 0.0
    anneal_steps: int = 0
    optimizer: OptimizerSettings = field(default_factory=variational_optimizer)


class VariationalObjective(Objective):
    """Trains a network that offers ``evidence(images, labels, num_samples=, generator=)``.

    Batches hold "image" (batch, channel, height, width) in [0, 1] and "label" (batch,), which a
    network with classes is given. The latents' noise is drawn afresh at every step, in training
    and in validation (there from a fixed seed): the mean never takes the place of a draw.

    Parameters
    ----------
    network
        See above.
    bound
        "elbo" (arXiv:1312.6114), or "importance" (arXiv:1509.00519, equation 8).
    num_samples
        Draws of the latents for every image.
    beta
        Weight of the rate once annealing is over (arXiv:1606.05579 writes beta); 1 is the ELBO.
    free_bits_nats
        Nats that every latent may spend for nothing (arXiv:1606.04934, appendix C.8).
    anneal_steps
        Steps in which the weight of the rate rises linearly (arXiv:1511.06349).
    """

    likes_bf16_on_cpu = True

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        bound: str = "elbo",
        num_samples: int = 1,
        beta: float = 1.0,
        free_bits_nats: float = 0.0,
        anneal_steps: int = 0,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        if bound not in BOUNDS:
            raise ConfigError(f"objective.bound: needs one of {', '.join(BOUNDS)}, not {bound!r}")
        if num_samples < 1 or min(beta, free_bits_nats, anneal_steps) < 0:
            raise ConfigError(
                "objective: needs num_samples of 1 or more, and beta, free_bits_nats and "
                "anneal_steps of 0 or more"
            )
        if bound == "importance" and (beta, free_bits_nats, anneal_steps) != (1, 0, 0):
            raise ConfigError(
                "objective.bound=importance takes beta 1, no free bits and no annealing: its "
                "weights leave no rate to be weighted apart"
            )
        self.bound, self.num_samples = bound, num_samples
        self.beta, self.free_bits_nats = beta, free_bits_nats
        self.anneal_steps = anneal_steps

    @property
    def kl_weight(self) -> float:
        """What the rate is multiplied with in the coming step."""
        return self.beta * linear_annealing(self.steps_done, self.anneal_steps)

    def _labels(self, batch: dict[str, Tensor]) -> Tensor | None:
        return batch["label"] if getattr(self.network, "num_classes", 0) else None

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """The loss in nats: summed over pixels and latents, the mean over the batch."""
        found = self.network.evidence(
            batch["image"], self._labels(batch), num_samples=self.num_samples
        )
        self.record(**found.values())
        if self.bound == "importance":
            bound = importance_bound(found.log_weights).mean()
            self.record(importance_nats=bound)
            return -bound
        self.record(kl_weight=torch.tensor(self.kl_weight))
        return weighted_loss(found, kl_weight=self.kl_weight, free_bits_nats=self.free_bits_nats)

    def configure_optimizers(self) -> Any:
        """One optimiser over the whole network."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """ELBO, rate and distortion of held-out images, and the bound with 16 draws."""
        generator = torch.Generator().manual_seed(0)
        found = self.network.evidence(
            batch["image"],
            self._labels(batch),
            num_samples=_VALIDATION_SAMPLES,
            generator=generator,
        )
        return {**found.values(), "importance_nats": importance_bound(found.log_weights).mean()}

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Held-out images over their reconstructions, and draws of the prior."""
        images, labels = batch["image"][:_SHOWN], self._labels(batch)
        labels = None if labels is None else labels[:_SHOWN]
        both = torch.stack([images, self.network.reconstruct(images, labels)])
        generator = torch.Generator().manual_seed(0)
        drawn = self.network.sample(len(images), generator=generator, labels=labels)
        return [("reconstructions", image_sheet(both)), ("samples", image_sheet(drawn[None]))]


def image_sheet(images: Tensor) -> Tensor:
    """(row, column, channel, height, width) -> one image (channel, height, width) in [0, 1]."""
    channel = images.shape[2]
    sheet = images.permute(2, 0, 3, 1, 4)  # channel, row, height, column, width
    return sheet.reshape(channel, images.shape[0] * images.shape[3], -1).clamp(0.0, 1.0)


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return VariationalObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(VariationalSettings, _build, ("images",), "generate")
