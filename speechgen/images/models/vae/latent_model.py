"""Base of the latent-variable image models: everything that follows from three distributions.

A model defines q(z|x), p(z) and p(x|z) by :meth:`LatentImageModel.posterior`,
:meth:`~LatentImageModel.prior_of` and :meth:`~LatentImageModel.params_of`; bounds, samples, codes
and reconstructions are the same for all of them. Images are in [0, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.likelihood.bernoulli import Bernoulli
from speechgen.likelihood.gaussian_pixels import GaussianPixels
from speechgen.likelihood.pixel_mixture import PixelMixture
from speechgen.likelihood.pixels import PixelLikelihood
from speechgen.variational import Evidence, evidence, prior_named, standard_noise

OBSERVATIONS = ("bernoulli", "gaussian", "least_squares", "logistic")


def observation_named(name: str, channels: int) -> PixelLikelihood:
    """p(pixel | params) by its name in the configuration; see :class:`LatentImageModel`."""
    if name == "bernoulli":
        return Bernoulli()
    if name in ("gaussian", "least_squares"):
        return GaussianPixels(None if name == "gaussian" else 0.0)
    if name == "logistic":
        return PixelMixture(1, channels=channels)
    raise ValueError(f"observation is {name!r}; known are {', '.join(OBSERVATIONS)}")


class LatentImageModel(nn.Module):
    """p(x) = the integral of p(x|z) p(z), with a posterior q(z|x) to find the z that matter.

    Parameters
    ----------
    image_shape
        Channels, height and width of the images.
    latent
        Entries of z.
    observation
        "bernoulli" (black or white; also grey values as probabilities), "gaussian" (mean and
        log-variance of every pixel), "least_squares" (a Gaussian whose variance is 1) or "logistic"
        (the probability of one of 256 levels: the nats are those of an image file).
    prior
        "gaussian" for N(0, I), or "uniform" on (-1, 1).
    num_classes
        Of the labels, where the model is given them; else 0.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        latent: int,
        *,
        observation: str,
        prior: str,
        num_classes: int = 0,
    ) -> None:
        super().__init__()
        if len(image_shape) != 3 or min(*image_shape, latent) < 1:
            raise ValueError(
                f"image_shape {list(image_shape)} with {latent} latents; needs channels, height "
                "and width of 1 or more, and a latent"
            )
        self.image_shape = (image_shape[0], image_shape[1], image_shape[2])
        self.latent_size = latent
        self.num_classes = num_classes
        self.observation = observation_named(observation, image_shape[0])
        #: channels of what the decoder gives
        self.outputs = self.observation.num_params * self.observation.groups(image_shape[0])
        self.prior = prior
        self.register_buffer("_like", torch.zeros(latent), persistent=False)
        prior_named(prior, self._like)  # refuses unknown names

    _like: Tensor

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> Any:
        """q(z|x) of images (batch, channel, height, width)."""
        raise NotImplementedError

    def params_of(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Params of p(x|z): (batch, latent) -> (batch, param, channel, height, width)."""
        raise NotImplementedError

    def prior_of(self, labels: Tensor | None = None) -> Any:
        """p(z)."""
        return prior_named(self.prior, self._like)

    def log_likelihood(
        self, images: Tensor, latents: Tensor, labels: Tensor | None = None
    ) -> Tensor:
        """log p(x|z) in nats, (sample, batch), for latents (sample, batch, latent)."""
        draws, batch = latents.shape[:2]
        if labels is not None:
            labels = labels.repeat(draws)
        params = self.params_of(latents.flatten(0, 1), labels)
        wanted = images.expand(draws, *images.shape).flatten(0, 1)
        nats = self.observation.log_prob(params, wanted)
        return nats.flatten(1).sum(dim=1).view(draws, batch)

    def evidence(
        self,
        images: Tensor,
        labels: Tensor | None = None,
        *,
        num_samples: int = 1,
        generator: torch.Generator | None = None,
    ) -> Evidence:
        """Bounds, rate and distortion per example, from ``num_samples`` draws of q(z|x)."""
        noise = standard_noise((num_samples, len(images), self.latent_size), self._like, generator)
        return evidence(
            self.posterior(images, labels),
            self.prior_of(labels),
            lambda latents: self.log_likelihood(images, latents, labels),
            noise,
        )

    def log_weights(
        self,
        images: Tensor,
        labels: Tensor | None = None,
        *,
        num_samples: int,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """log p(x, z) - log q(z|x) of draws of q(z|x), (sample, batch) in nats."""
        options: dict[str, Any] = {"num_samples": num_samples, "generator": generator}
        return self.evidence(images, labels, **options).log_weights

    def latents(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(batch, latent): the mean of q(z|x), where its noise is zero."""
        noise = self._like.expand(len(images), -1)
        return self.posterior(images, labels).draw(noise)[0]

    def decode(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """(batch, latent) -> the mean of p(x|z), (batch, channel, height, width) in [0, 1]."""
        return self.observation.mean(self.params_of(latents, labels))

    def reconstruct(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Images encoded and decoded."""
        return self.decode(self.latents(images, labels), labels)

    def sample(
        self, num_images: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Tensor:
        """Mean images of draws of p(z), (image, channel, height, width); without the encoder."""
        noise = standard_noise((num_images, self.latent_size), self._like, generator)
        return self.decode(self.prior_of(labels).sample(noise), labels)

    def _to_params(self, outputs: Tensor) -> Tensor:
        """(batch, outputs, ...) of a decoder -> (batch, param, channel, height, width)."""
        shape = (self.observation.num_params, -1, *self.image_shape[1:])
        return outputs.view(len(outputs), *shape)
