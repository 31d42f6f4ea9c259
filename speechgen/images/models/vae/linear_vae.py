"""The linear variational autoencoder, whose log p(x) is known: probabilistic PCA with an encoder.

Tipping & Bishop 1999 (doi:10.1111/1467-9868.00196); as an autoencoder arXiv:1911.02469::

    z ~ N(0, I)      x | z ~ N(W z + b, s I)      q(z|x) = N(A x + c, diag(v))
    p(x) = N(b, W W' + s I)                       p(z|x) = N(C W' (x - b) / s, C)
                                                  C = inverse of (I + W' W / s)

Everything has a closed form, so bounds and estimates are tested against it. Expectation
maximisation trains it too: :meth:`LinearVAE.fit_posterior` and :meth:`LinearVAE.fit_decoder`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from speechgen.images.models.vae.latent_model import LatentImageModel
from speechgen.variational import LOG_TWO_PI, DiagonalGaussian, standard_gaussian_kl


class LinearVAE(LatentImageModel):
    """Images as a mean plus a few patterns, and noise of one variance.

    Parameters
    ----------
    image_shape, latent
        See :class:`LatentImageModel`.
    variance
        Initial variance s of the noise, on the scale of values in [0, 1].
    """

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        latent: int = 10,
        variance: float = 0.05,
    ) -> None:
        super().__init__(image_shape, latent, observation="gaussian", prior="gaussian")
        pixels = math.prod(self.image_shape)
        self.encoder = nn.Linear(pixels, latent)
        self.posterior_log_variance = nn.Parameter(torch.zeros(latent))
        self.decoder = nn.Linear(latent, pixels)
        self.log_variance = nn.Parameter(torch.tensor(math.log(variance)))

    def posterior(self, images: Tensor, labels: Tensor | None = None) -> DiagonalGaussian:
        """q(z|x): its spread is the same for all images."""
        mean = self.encoder(images.flatten(1))
        return DiagonalGaussian(mean, self.posterior_log_variance.expand_as(mean))

    def params_of(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """p(x|z): the mean of every pixel, and the log-variance that all share."""
        mean = self.decoder(latents).view(-1, 1, *self.image_shape)
        return torch.cat([mean, self.log_variance.expand_as(mean)], dim=1)

    def log_prob(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """log p(x) itself, (batch,), in nats."""
        weight, pixels = self.decoder.weight, images.flatten(1)
        noise = self.log_variance.exp().expand(len(weight))
        density = torch.distributions.LowRankMultivariateNormal(self.decoder.bias, weight, noise)
        return density.log_prob(pixels)

    def exact_posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """p(z|x): means (batch, latent) and the covariance (latent, latent) that all share."""
        covariance, gain = self._gain()
        return (images.flatten(1) - self.decoder.bias) @ gain.T, covariance

    def elbo_nats(self, images: Tensor) -> Tensor:
        """The evidence lower bound in closed form, (batch,)."""
        posterior = self.posterior(images)
        variance = posterior.log_variance.exp()
        left = images.flatten(1) - self.decoder(posterior.mean)
        spread = variance @ self.decoder.weight.square().sum(dim=0)
        errors = (left.square().sum(dim=1) + spread) * torch.exp(-self.log_variance)
        distortion = 0.5 * (left.shape[1] * (LOG_TWO_PI + self.log_variance) + errors)
        rate = standard_gaussian_kl(posterior.mean, posterior.log_variance).sum(dim=1)
        return -(distortion + rate)

    @torch.no_grad()
    def fit_posterior(self) -> None:
        """E-step: the best q(z|x) of its kind for every image, the decoder as it is.

        Its mean is the exact posterior's; its variances are the inverse of the diagonal of the
        exact precision. Where W has orthogonal columns, q(z|x) is then p(z|x) itself.
        """
        covariance, gain = self._gain()
        self.encoder.weight.copy_(gain)
        self.encoder.bias.copy_(-gain @ self.decoder.bias)
        self.posterior_log_variance.copy_(-torch.linalg.inv(covariance).diagonal().log())

    @torch.no_grad()
    def fit_decoder(self, images: Tensor) -> None:
        """M-step: the best W, b and s for ``images``, q(z|x) as it is."""
        posterior, pixels = self.posterior(images), images.flatten(1)
        ones = posterior.mean.new_ones(len(pixels), 1)
        codes = torch.cat([posterior.mean, ones], dim=1)
        spread = torch.zeros(codes.shape[1], dtype=codes.dtype, device=codes.device)
        spread[:-1] = posterior.log_variance.exp().sum(dim=0)
        solved = torch.linalg.solve(codes.T @ codes + spread.diag(), codes.T @ pixels)
        self.decoder.weight.copy_(solved[:-1].T)
        self.decoder.bias.copy_(solved[-1])
        left = (pixels - codes @ solved).square().sum()
        left = left + spread[:-1] @ self.decoder.weight.square().sum(dim=0)
        self.log_variance.copy_((left / pixels.numel()).log().clamp_min(-9.0))

    def _gain(self) -> tuple[Tensor, Tensor]:
        """Covariance (latent, latent) of p(z|x), and what takes x - b to its mean."""
        weight, precision = self.decoder.weight, torch.exp(-self.log_variance)
        inner = torch.eye(self.latent_size, dtype=weight.dtype, device=weight.device)
        covariance = torch.linalg.inv(inner + precision * weight.T @ weight)
        return covariance, precision * covariance @ weight.T
