"""The restricted Boltzmann machine: visible and hidden binary units, weights only between them.

    E(v, h) = -v'Wh - b'v - c'h,        p(v, h) = exp(-E(v, h)) / Z

G. Hinton 2002, "Training products of experts by minimizing contrastive divergence",
doi:10.1162/089976602760128018; P. Smolensky 1986. Given one side, the units of the other are
independent: p(h_j = 1 | v) = sigmoid(c_j + v'W_j), and likewise for v.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import softplus

from speechgen.errors import ConfigError
from speechgen.images.models.energy.partition_function import (
    ENUMERABLE_UNITS,
    annealed_log_partition,
    bernoulli,
    exact_log_partition,
)

Images = Float[Tensor, "batch channel height width"]
Values = Float[Tensor, "batch"]
Visible = Float[Tensor, "batch visible"]
Hidden = Float[Tensor, "batch hidden"]


class RBM(nn.Module):
    """A restricted Boltzmann machine of binary images.

    Pixels between 0 and 1 are taken as means of binary ones.

    Parameters
    ----------
    image_shape
        (channel, height, width); every pixel is a visible unit.
    hidden_units
        Where they or the pixels are at most 16, log-probabilities are exact; else log Z is
        estimated by annealed importance sampling, always with the same random numbers.
    sample_sweeps
        Gibbs sweeps from noise to a sample or an inpainting.
    partition_chains, partition_temperatures
        Effort of the estimate of log Z.
    """

    num_classes = 0

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        hidden_units: int = 256,
        sample_sweeps: int = 1000,
        partition_chains: int = 100,
        partition_temperatures: int = 1000,
    ) -> None:
        super().__init__()
        if min(hidden_units, sample_sweeps, partition_chains - 1, partition_temperatures) < 1:
            raise ConfigError(
                "an RBM needs hidden_units, sample_sweeps and partition_temperatures of 1 or more "
                "and 2 partition_chains or more"
            )
        self.image_shape = tuple(int(size) for size in image_shape)
        self.sample_sweeps = sample_sweeps
        self.partition_effort = partition_chains, partition_temperatures
        self.state_units = visible = math.prod(self.image_shape)
        self.weight = nn.Parameter(0.01 * torch.randn(visible, hidden_units))
        self.visible_bias = nn.Parameter(torch.zeros(visible))
        self.hidden_bias = nn.Parameter(torch.zeros(hidden_units))
        self._partition: tuple[tuple[int, ...], Tensor] | None = None

    @torch.no_grad()
    def initialise_biases(self, means: Tensor) -> None:
        """Set the visible biases so that units without weights would have these means.

        They are kept within [0.01, 0.99]. G. Hinton 2010, "A practical guide to training
        restricted Boltzmann machines", section 8.
        """
        self.visible_bias.copy_(means.clamp(0.01, 0.99).logit())

    def energy(self, visible: Visible, hidden: Hidden) -> Values:
        """E(v, h)."""
        pairs = ((visible @ self.weight) * hidden).sum(dim=1)
        return -(pairs + visible @ self.visible_bias + hidden @ self.hidden_bias)

    def free_energy(self, visible: Visible) -> Values:
        """F(v) = -log sum_h exp(-E(v, h)), so that log p(v) = -F(v) - log Z."""
        inputs = visible @ self.weight + self.hidden_bias
        return -(visible @ self.visible_bias + softplus(inputs).sum(dim=1))

    def hidden_means(self, visible: Visible) -> Hidden:
        """p(h = 1 | v)."""
        return torch.sigmoid(visible @ self.weight + self.hidden_bias)

    def visible_means(self, hidden: Hidden) -> Visible:
        """p(v = 1 | h)."""
        return torch.sigmoid(hidden @ self.weight.T + self.visible_bias)

    @torch.no_grad()
    def gibbs(
        self,
        visible: Visible,
        sweeps: int,
        *,
        generator: torch.Generator | None = None,
        clamped: tuple[Bool[Tensor, "batch visible"], Visible] | None = None,
    ) -> Visible:
        """Block Gibbs sampling: all h given v, then all v given h, ``sweeps`` times.

        ``clamped`` is (mask, values): where the mask is true, v always has these values.
        """
        for _ in range(sweeps):
            hidden = bernoulli(self.hidden_means(visible), generator)
            visible = bernoulli(self.visible_means(hidden), generator)
            if clamped is not None:
                visible = torch.where(clamped[0], clamped[1], visible)
        return visible

    def positive(self, visible: Visible) -> Visible:
        """Where a Markov chain that starts at the data starts: at the data."""
        return visible

    @torch.no_grad()
    def statistics(self, visible: Visible) -> dict[str, Tensor]:
        """Mean of -dF/d(parameter) over ``visible``, a tensor for each parameter.

        The gradient of the mean of -log p(v) is the model's expectation of it minus the data's.
        """
        means = self.hidden_means(visible)
        return {
            "weight": visible.T @ means / len(visible),
            "visible_bias": visible.mean(dim=0),
            "hidden_bias": means.mean(dim=0),
        }

    @property
    def is_exact(self) -> bool:
        """Whether log Z is enumerated."""
        return min(self.weight.shape) <= ENUMERABLE_UNITS

    @torch.no_grad()
    def log_partition(self) -> Float[Tensor, ""]:
        """log Z in nats, exact or estimated; kept until a parameter changes."""
        parameters = (self.weight, self.visible_bias, self.hidden_bias)
        version = tuple(number for p in parameters for number in (p._version, p.data_ptr()))
        if self._partition is None or self._partition[0] != version:
            if self.is_exact:
                value = exact_log_partition(*parameters)
            else:
                generator = torch.Generator().manual_seed(0)
                chains, temperatures = self.partition_effort
                value, _ = annealed_log_partition(
                    *parameters, generator=generator, chains=chains, temperatures=temperatures
                )
            self._partition = (version, value)
        return self._partition[1]

    def log_prob(self, images: Images, labels: Tensor | None = None) -> Values:
        """log p(v) in nats; exact, or with the estimate of log Z: see ``hidden_units``."""
        return -self.free_energy(images.flatten(1)) - self.log_partition()

    def sample(
        self, num_images: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Images:
        """Black and white images after ``sample_sweeps`` from pixels drawn by their biases."""
        start = bernoulli(self.visible_bias.detach().sigmoid().expand(num_images, -1), generator)
        visible = self.gibbs(start, self.sample_sweeps, generator=generator)
        return visible.unflatten(1, self.image_shape)

    def inpaint(
        self,
        images: Images,
        known: Bool[Tensor, "batch 1 height width"],
        *,
        generator: torch.Generator,
        labels: Tensor | None = None,
    ) -> Images:
        """The unknown pixels sampled given the known ones, which stay unchanged."""
        mask, given = known.expand_as(images).flatten(1), images.flatten(1)
        start = torch.where(mask, given, bernoulli(torch.full_like(given, 0.5), generator))
        filled = self.gibbs(start, self.sample_sweeps, generator=generator, clamped=(mask, given))
        return filled.unflatten(1, self.image_shape)

    def latents(self, images: Images, labels: Tensor | None = None) -> Hidden:
        """Means of the hidden units."""
        return self.hidden_means(images.flatten(1))

    def decode(self, latents: Hidden, labels: Tensor | None = None) -> Images:
        """Means of the pixels."""
        return self.visible_means(latents).unflatten(1, self.image_shape)

    def reconstruct(self, images: Images, labels: Tensor | None = None) -> Images:
        """One upward and one downward pass, in means."""
        return self.decode(self.latents(images))
