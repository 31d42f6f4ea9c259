"""The deep convolutional inverse graphics network: a latent for each factor of a scene.

T. Kulkarni et al., arXiv:1503.03167, section 3.2. A batch in which one factor alone varies trains
one latent alone: the others are clamped to their mean over the batch, and instead of the error's
gradient they get one that draws them to that mean, so that they learn not to follow this factor::

    forward    z_k as it is         z_i = mean of z_i
    backward   dz_k as it comes     dz_i = strength (z_i - mean of z_i)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from speechgen.images.models.vae.conv_vae import ConvVAE
from speechgen.variational import Evidence, evidence, standard_noise


class _ClampLatents(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, latents: Tensor, active: Tensor, strength: float) -> Tensor:
        mean = latents.mean(dim=0, keepdim=True)
        context.save_for_backward(latents - mean, active)
        context.strength = strength
        return torch.where(active, latents, mean)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        deviation, active = context.saved_tensors
        return torch.where(active, gradients[0], context.strength * deviation), None, None


def clamp_latents(
    latents: Float[Tensor, "batch latent"], active: Bool[Tensor, " latent"], strength: float = 1.0
) -> Float[Tensor, "batch latent"]:
    """``latents`` with all but the active ones at their mean; for gradients see the module.

    Parameters
    ----------
    active
        Which latents the batch's factor belongs to.
    strength
        Of the pull to the mean; the paper has 1/100.
    """
    clamped: Tensor = _ClampLatents.apply(latents, active, strength)
    return clamped


class InverseGraphics(ConvVAE):
    """A :class:`ConvVAE` whose first latents each stand for one factor, the others for the rest.

    Parameters
    ----------
    factors
        How many factors have a latent of their own; what is in the scene has all others.
    image_shape, channels, features, latent, observation, activation
        Of :class:`ConvVAE`.
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        factors: int = 4,
        channels: Sequence[int] = (32, 64),
        features: int = 256,
        latent: int = 24,
        observation: str = "bernoulli",
        activation: str = "elu",
    ) -> None:
        super().__init__(
            image_shape=image_shape, channels=channels, features=features, latent=latent,
            observation=observation, activation=activation,
        )  # fmt: skip
        if not 1 <= factors < latent:
            raise ValueError(f"{factors} factors need more latents than {latent}, and 1 or more")
        self.factors = factors

    def active_latents(self, factor: int | None) -> Bool[Tensor, " latent"]:
        """Which latents belong to ``factor``, or, for None, to what is in the scene."""
        index = torch.arange(self.latent_size, device=self._like.device)
        return index >= self.factors if factor is None else index == factor

    def clamped_evidence(
        self,
        images: Tensor,
        factor: int | None,
        *,
        strength: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Evidence:
        """As :meth:`evidence` with one draw, decoded from latents clamped for ``factor``."""
        active = self.active_latents(factor)
        noise = standard_noise((1, len(images), self.latent_size), self._like, generator)

        def log_likelihood(latents: Tensor) -> Tensor:
            return self.log_likelihood(images, clamp_latents(latents[0], active, strength)[None])

        return evidence(self.posterior(images), self.prior_of(), log_likelihood, noise)
