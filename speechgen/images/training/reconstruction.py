"""Training an autoencoder to give back what it was given, or the clean original of it.

Three things may be added to the plain error: corruption of what the encoder sees (P. Vincent et
al., "Stacked denoising autoencoders", JMLR 11, 2010; the target stays clean), the contractive
penalty (S. Rifai et al., arXiv:1104.4153), and, in front of the joint training, a stage for each
layer alone (Vincent, section 3.4): a layer learns to restore its own corrupted input, which are the
clean outputs of the layers below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from speechgen.errors import ConfigError
from speechgen.images.training.corruption import check_corruption, corrupt
from speechgen.images.training.variational import image_sheet
from speechgen.losses.contractive import contractive_penalty, sigmoid_contraction
from speechgen.training.loop.optimisation import OptimizerSettings, build_optimizer
from speechgen.training.objectives.base import (
    Objective,
    ObjectiveKind,
    Panels,
    check_weights,
    options_of,
)

_SHOWN = 8


@dataclass(frozen=True)
class ReconstructionSettings:
    """See :class:`ReconstructionObjective`."""

    kind: str = "reconstruction"
    weights: dict[str, float] = field(default_factory=dict)
    corruption: str = "none"
    corruption_level: float = 0.0
    layer_steps: int = 0
    optimizer: OptimizerSettings = field(
        default_factory=lambda: OptimizerSettings(learning_rate=2e-3, warmup_steps=20)
    )


class ReconstructionObjective(Objective):
    """Trains a network whose ``forward`` gives logits of images; codes are its ``latents``.

    Batches hold "image" (batch, channel, height, width) in [0, 1].

    Parameters
    ----------
    network
        See above; layers are trained alone only where it has ``hidden`` and ``autoencode_layer``.
    weights
        Of "cross_entropy" (nats, 1), "squared_error" (0) and "contractive" (0); all are sums over
        an image, means over the batch.
    corruption, corruption_level
        What the encoder sees, see :func:`~speechgen.images.training.corruption.corrupt`.
    layer_steps
        Steps for each layer on its own before all are trained together; 0 for none.
    """

    known_weights: ClassVar[Mapping[str, float]] = {
        "cross_entropy": 1.0,
        "squared_error": 0.0,
        "contractive": 0.0,
    }

    def __init__(
        self,
        network: nn.Module,
        *,
        optimizer: OptimizerSettings,
        gradient_clip_norm: float | None = None,
        weights: dict[str, float] | None = None,
        corruption: str = "none",
        corruption_level: float = 0.0,
        layer_steps: int = 0,
    ) -> None:
        super().__init__(network, optimizer=optimizer, gradient_clip_norm=gradient_clip_norm)
        check_corruption(corruption, corruption_level)
        if layer_steps < 0 or (layer_steps and not hasattr(network, "autoencode_layer")):
            raise ConfigError(
                f"objective.layer_steps: {layer_steps} needs a network of layers that can be "
                "trained alone (autoencoder), or 0"
            )
        self.weights = check_weights(weights or {}, self.known_weights)
        self.corruption, self.corruption_level = corruption, corruption_level
        self.layer_steps = layer_steps

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """The weighted sum of the losses, of one layer or of all."""
        images = batch["image"]
        layer = self.layer_in_training
        if layer is not None:
            loss = self.layer_loss(images, layer)
            self.record(layer_error=loss)
            return loss
        losses = self.losses(images, self._corrupt(images))
        self.record(**losses)
        return torch.stack([self.weights[name] * value for name, value in losses.items()]).sum()

    @property
    def layer_in_training(self) -> int | None:
        """The layer that this step teaches alone; None once all learn together."""
        if not self.layer_steps or self.steps_done >= self.layer_steps * self.network.num_layers:
            return None
        return self.steps_done // self.layer_steps

    def layer_loss(self, images: Tensor, layer: int) -> Tensor:
        """Squared error of one layer's reconstruction of its clean input; the others rest."""
        with torch.no_grad():
            clean = self.network.hidden(images, layer)
        back = self.network.autoencode_layer(layer, self._corrupt(clean))
        return (back - clean).square().sum(1).mean()

    def losses(self, clean: Tensor, seen: Tensor) -> dict[str, Tensor]:
        """What reconstructing ``clean`` from ``seen`` costs, unweighted; without idle losses."""
        contractive = self.weights["contractive"] > 0
        closed_form = getattr(self.network, "sigmoid_layer", None)
        if contractive and closed_form is None and torch.is_grad_enabled():
            seen = seen.detach().requires_grad_()
        logits, losses = self.network(seen), {}
        if self.weights["cross_entropy"]:
            losses["cross_entropy"] = _cross_entropy(logits, clean)
        if self.weights["squared_error"]:
            losses["squared_error"] = _squared_error(logits, clean)
        if contractive and closed_form is not None:
            codes = self.network.latents(seen)
            losses["contractive"] = sigmoid_contraction(codes, closed_form.weight).mean()
        elif contractive:
            losses["contractive"] = contractive_penalty(self.network.latents(seen), seen).mean()
        return losses

    def _corrupt(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return corrupt(images, self.corruption, self.corruption_level, generator)

    def _corrupt_as_always(self, images: Tensor) -> Tensor:
        generator = torch.Generator().manual_seed(0)
        return self._corrupt(images.cpu(), generator).to(images.device)

    def configure_optimizers(self) -> Any:
        """One optimiser over the whole network; what a step gives no gradient rests."""
        return build_optimizer(self.optimizer_settings, self.network.parameters())

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Squared error by pixel, cross entropy by image in nats; the error after corruption."""
        images = batch["image"]
        logits = self.network(images)
        values = {
            "mse": (logits.sigmoid() - images).square().mean(),
            "cross_entropy_nats": _cross_entropy(logits, images),
        }
        if self.corruption != "none":
            restored = self.network.reconstruct(self._corrupt_as_always(images))
            values["mse_of_corrupted"] = (restored - images).square().mean()
        return values

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Images, what the encoder saw of them where that differs, and what came back."""
        images = batch["image"][:_SHOWN]
        seen = self._corrupt_as_always(images)
        rows = [images] if self.corruption == "none" else [images, seen]
        return [
            ("reconstructions", image_sheet(torch.stack([*rows, self.network.reconstruct(seen)])))
        ]


def _cross_entropy(logits: Tensor, images: Tensor) -> Tensor:
    """Nats an image: -log p of binary pixels, and a proper distance of grey ones."""
    each = binary_cross_entropy_with_logits(logits.float(), images, reduction="none")
    return each.flatten(1).sum(1).mean()


def _squared_error(logits: Tensor, images: Tensor) -> Tensor:
    return (logits.float().sigmoid() - images).square().flatten(1).sum(1).mean()


def _build(settings: Any, network: nn.Module, data: Any, **common: Any) -> Objective:
    return ReconstructionObjective(network, **options_of(settings), **common)


OBJECTIVE = ObjectiveKind(ReconstructionSettings, _build, ("images",), "generate")
