"""Super-resolution: SRGAN.

C. Ledig et al. 2017, arXiv:1609.04802, equations 3 to 6: a content loss between images, of pixels
or of the feature maps of a frozen network, and a small adversarial one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from speechgen.adversarial import frozen
from speechgen.data.pictures import image_grid
from speechgen.errors import ConfigError
from speechgen.images.models.translation.srgan import enlarged
from speechgen.images.training.pixel_range import mean_psnr
from speechgen.layers.ranges import signed
from speechgen.training.objectives.base import Objective, ObjectiveKind, Panels, options_of
from speechgen.training.objectives.gan import GANObjective, GANSettings, build_discriminator
from speechgen.training.settings import ModelSettings

SHOWN = 4  # examples in a panel


@dataclass(frozen=True)
class SuperResolutionSettings(GANSettings):
    """See :class:`SuperResolutionObjective`; ``features`` is a trained classifier's directory."""

    kind: str = "super_resolution"
    discriminator: ModelSettings = field(
        default_factory=partial(ModelSettings, "srgan_discriminator")
    )
    features: str | None = None


class SuperResolutionObjective(GANObjective):
    """An upscaling network against a discriminator of large images.

    Batches hold "image", (batch, channel, height, width) in [0, 1]; the network makes its input of
    it by ``shrink``, and has ``forward(small)`` and ``scale``.

    The generator's losses are "adversarial" (weight 0.001), "pixel" (1), the mean square of a
    pixel's error in [-1, 1], "feature" (0), that of the last feature map of ``features``, and
    "consistency" (0), the mean square difference of the input and the shrunk output.

    Parameters
    ----------
    features
        A network with ``feature_maps(images)``, a classifier for one; it learns nothing here.
    options
        Those of :class:`GANObjective`.
    """

    known_weights: ClassVar = {
        "adversarial": 1e-3,
        "pixel": 1.0,
        "feature": 0.0,
        "consistency": 0.0,
    }

    def __init__(
        self,
        network: nn.Module,
        discriminator: nn.Module,
        *,
        features: nn.Module | None = None,
        **options: Any,
    ) -> None:
        super().__init__(network, discriminator, **options)
        if self.weights["feature"] and features is None:
            raise ConfigError(
                "objective.weights.feature: needs objective.features, the model directory of a "
                "trained classifier"
            )
        self.features = features
        if features is not None:
            features.requires_grad_(False)

    def _discriminator_step(self, batch: dict[str, Tensor]) -> None:
        optimizer = self._optimizer_of(1)
        image = batch["image"]
        with torch.no_grad(), frozen(self.network):
            fake = self.network(self.network.shrink(image))
        loss = self._discriminator_loss(image, fake)
        self._update(optimizer, loss)
        self.record(discriminator=loss)

    def _generator_step(self, batch: dict[str, Tensor], adversarial: bool) -> None:
        optimizer = self._optimizer_of(0)
        image = batch["image"]
        small = self.network.shrink(image)
        with frozen(self.discriminator):
            fake = self.network(small)
            losses = {"pixel": (signed(fake) - signed(image)).square().mean()}
            if self.weights["feature"]:
                losses["feature"] = self._feature(fake, image)
            if self.weights["consistency"]:
                losses["consistency"] = (self.network.shrink(fake) - small).square().mean()
            if adversarial:
                logits, _ = self.discriminator(fake)
                losses["adversarial"] = self.gan_loss.generator(logits)
            self._update(optimizer, self._weighted(losses))
        self.record(**losses)

    def _feature(self, fake: Tensor, image: Tensor) -> Tensor:
        """Equation 5, with the mean over all entries of the feature map."""
        features: Any = self.features
        features.eval()
        with torch.no_grad():
            wanted = features.feature_maps(image)[-1]
        distance: Tensor = (features.feature_maps(fake)[-1] - wanted).square().mean()
        return distance

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """PSNR (dB) of the enlarged images and of bicubic interpolation, and the root mean square
        difference of the input and the shrunk output.
        """
        image = batch["image"]
        small = self.network.shrink(image)
        generated = self.network.super_resolve(small)
        return {
            "psnr": mean_psnr(generated, image),
            "psnr_bicubic": mean_psnr(enlarged(small, self.network.scale), image),
            "consistency": (self.network.shrink(generated) - small).square().mean().sqrt(),
        }

    def panels(self, batch: dict[str, Tensor]) -> Panels:
        """Some rows of small image, bicubic interpolation, enlarged image and the true one."""
        image = batch["image"][:SHOWN]
        small, scale = self.network.shrink(image), self.network.scale
        squares = small.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
        columns = [squares, enlarged(small, scale), self.network.super_resolve(small), image]
        rows = torch.stack(columns, dim=1).flatten(0, 1)
        return [("enlarged", image_grid(rows, columns=len(columns)))]


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    features = None if settings.features is None else _classifier(settings.features, network)
    discriminator = build_discriminator(settings, image_shape=list(network.image_shape))
    options = options_of(settings, "features")
    return SuperResolutionObjective(network, discriminator, features=features, **options, **common)


def _classifier(reference: str, network: Any) -> nn.Module:
    """The classifier in the model directory ``reference``, for images of the network's shape."""
    from speechgen.store import load_model, locate

    classifier = load_model(locate(reference)).model
    shape = getattr(classifier, "image_shape", None)
    if not hasattr(classifier, "feature_maps") or shape != network.image_shape:
        raise ConfigError(
            f"objective.features: {reference} has no feature maps of images {network.image_shape}; "
            "give a classifier trained on images of that shape"
        )
    return classifier


OBJECTIVE = ObjectiveKind(SuperResolutionSettings, _build, ("images",), "generate")
