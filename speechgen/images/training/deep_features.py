"""Training a VAE by what a frozen network sees in its images instead of by their pixels.

X. Hou et al., arXiv:1610.00291, equations 3 to 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.images.training.variational import VariationalObjective, variational_optimizer
from speechgen.losses.deep_features import deep_feature_distance
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives.base import Objective, ObjectiveKind, options_of
from speechgen.training.settings import ModelSettings, PathText
from speechgen.variational import DiagonalGaussian, gaussian_kl, standard_noise


@dataclass(frozen=True)
class DeepFeaturesSettings:
    """See :class:`DeepFeaturesObjective`.

    The frozen network is the trained one in ``features_from``, a model directory or run folder; for
    null it is ``features`` as it is initialised, always the same.
    """

    kind: str = "deep_features"
    features_from: PathText | None = None
    features: ModelSettings = field(default_factory=partial(ModelSettings, "classifier"))
    feature_weight: float = 1000.0
    pixel_weight: float = 0.0
    beta: float = 1.0
    free_bits_nats: float = 0.0
    anneal_steps: int = 0
    optimizer: OptimizerSettings = field(default_factory=variational_optimizer)


class DeepFeaturesObjective(VariationalObjective):
    """Minimises rate + feature_weight * distance of features (+ pixel_weight * distortion).

    Parameters
    ----------
    network
        A latent-variable model of images with a Gaussian posterior.
    features
        Gives ``feature_maps(images)``, a list of (batch, ...). It is frozen here: it stays in
        evaluation mode, its weights get no gradients.
    feature_weight, pixel_weight
        Of the features' distance and of -log p(x|z) in nats; the paper has no pixels.
    options
        Of :class:`VariationalObjective`.
    """

    features: Any  # a classifier: a module with ``feature_maps``

    def __init__(
        self,
        network: nn.Module,
        features: nn.Module,
        *,
        feature_weight: float = 1000.0,
        pixel_weight: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(network, **options)
        if not feature_weight > 0 or pixel_weight < 0:
            raise ConfigError(
                "objective: needs feature_weight above 0 and pixel_weight of 0 or more, not "
                f"{feature_weight} and {pixel_weight}"
            )
        self.features = features.requires_grad_(False).eval()
        self.feature_weight, self.pixel_weight = feature_weight, pixel_weight

    def train(self, mode: bool = True) -> DeepFeaturesObjective:
        """As of any module, but the frozen network never leaves evaluation mode."""
        super().train(mode)
        self.features.eval()
        return self

    def feature_distance(self, images: Tensor, wanted: Tensor) -> Tensor:
        """Distance (batch,) of ``images`` from ``wanted`` in the frozen network's eyes."""
        with torch.no_grad():
            target = self.features.feature_maps(wanted)
        return deep_feature_distance(self.features.feature_maps(images), target)

    def training_step(self, batch: dict[str, Tensor], batch_index: int) -> Tensor:
        """The weighted sum, the mean over the batch."""
        images, labels = batch["image"], self._labels(batch)
        posterior = self.network.posterior(images, labels)
        if not isinstance(posterior, DiagonalGaussian):
            raise ConfigError("objective deep_features needs a model with a Gaussian posterior")
        latents = posterior.sample(standard_noise(posterior.mean.shape, posterior.mean))
        kl = gaussian_kl(posterior, DiagonalGaussian.standard_like(latents)).mean(0)
        kl = kl.clamp_min(self.free_bits_nats) if self.free_bits_nats else kl
        decoded = self.network.decode(latents, labels)
        distance = self.feature_distance(decoded, images).mean()
        self.record(rate_nats=kl.sum(), feature_distance=distance)
        loss = self.kl_weight * kl.sum() + self.feature_weight * distance
        if self.pixel_weight:
            pixels = -self.network.log_likelihood(images, latents[None], labels).mean()
            self.record(distortion_nats=pixels)
            loss = loss + self.pixel_weight * pixels
        return loss

    def validation_values(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The bounds on log p(x), and the features' distance of reconstructions."""
        images, labels = batch["image"], self._labels(batch)
        decoded = self.network.reconstruct(images, labels)
        distance = self.feature_distance(decoded, images).mean()
        return super().validation_values(batch) | {"feature_distance": distance}


def _build(settings: Any, network: Any, data: Any, **common: Any) -> Objective:
    options = options_of(settings, "features", "features_from")
    features = _frozen_network(settings, list(network.image_shape))
    return DeepFeaturesObjective(network, features, **options, **common)


def _frozen_network(settings: DeepFeaturesSettings, image_shape: list[int]) -> nn.Module:
    """The trained network in ``features_from``, or ``features`` with weights of a fixed seed."""
    if settings.features_from is not None:
        from speechgen.store import load_model, locate

        features = load_model(locate(settings.features_from)).model
    else:
        arguments = {"image_shape": image_shape} | settings.features.arguments
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            features = registry.build(settings.features.name, arguments)
    shape = getattr(features, "image_shape", None)
    if not hasattr(features, "feature_maps") or list(shape or ()) != image_shape:
        raise ConfigError(
            f"objective.features: needs a classifier of images {image_shape}, "
            f"not {type(features).__name__} of {shape}"
        )
    return features


OBJECTIVE = ObjectiveKind(DeepFeaturesSettings, _build, ("images",), "generate")
