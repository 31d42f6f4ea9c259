"""The Boltzmann machine: binary units, each connected with every other, some of them hidden.

    E(s) = -sum_{i<j} w_ij s_i s_j - sum_i b_i s_i,      p(s) = exp(-E(s)) / Z

D. Ackley, G. Hinton, T. Sejnowski 1985, doi:10.1207/s15516709cog0901_7. A unit given all others:
p(s_i = 1 | rest) = sigmoid(b_i + sum_j w_ij s_j). Units are visited one after the other, so a sweep
costs units**2 and does not run in parallel: for small images.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.images.models.energy.partition_function import (
    ENUMERABLE_UNITS,
    bernoulli,
    binary_states,
)

Images = Float[Tensor, "batch channel height width"]
Values = Float[Tensor, "batch"]
Units = Float[Tensor, "batch unit"]
Pixels = Float[Tensor, "batch pixel"]


class BoltzmannMachine(nn.Module):
    """A general Boltzmann machine of binary images.

    States are (batch, unit) with the pixels first and the hidden units after them.

    Parameters
    ----------
    image_shape
        (channel, height, width); every pixel is a visible unit.
    hidden_units
        0 leaves pixels only.
    inference_sweeps
        Gibbs sweeps (or mean-field ones) over the hidden units given the pixels.
    sample_sweeps
        Gibbs sweeps from noise to a sample or an inpainting.
    """

    num_classes = 0

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 8, 8),
        hidden_units: int = 32,
        inference_sweeps: int = 3,
        sample_sweeps: int = 200,
    ) -> None:
        super().__init__()
        if hidden_units < 0 or inference_sweeps < 1 or sample_sweeps < 1:
            raise ConfigError(
                "a Boltzmann machine needs hidden_units from 0, inference_sweeps and "
                f"sample_sweeps from 1, not {hidden_units}, {inference_sweeps}, {sample_sweeps}"
            )
        self.image_shape = tuple(int(size) for size in image_shape)
        self.visible_units = math.prod(self.image_shape)
        self.hidden_units = hidden_units
        self.inference_sweeps = inference_sweeps
        self.sample_sweeps = sample_sweeps
        self.state_units = units = self.visible_units + hidden_units
        self.upper = nn.Parameter(0.01 * torch.randn(units, units).triu(1))
        self.bias = nn.Parameter(torch.zeros(units))

    @property
    def weight(self) -> Float[Tensor, "unit unit"]:
        """w: symmetric, with zeros on its diagonal."""
        upper = self.upper.triu(1)
        return upper + upper.T

    def energy(self, states: Units) -> Values:
        """E(s)."""
        return -((states @ self.upper.triu(1)) * states).sum(dim=1) - states @ self.bias

    @torch.no_grad()
    def initialise_biases(self, means: Tensor) -> None:
        """Set the pixels' biases so that pixels without weights would have these means."""
        self.bias[: self.visible_units] = means.clamp(0.01, 0.99).logit()

    @torch.no_grad()
    def gibbs(
        self,
        states: Units,
        sweeps: int,
        *,
        generator: torch.Generator | None = None,
        free: Bool[Tensor, "batch unit"] | None = None,
    ) -> Units:
        """Draw every unit given all others, first to last, ``sweeps`` times; only ``free`` ones."""
        states, weight = states.clone(), self.weight
        visited: Sequence[int] = range(states.shape[1])
        if free is not None:
            visited = free.any(dim=0).nonzero().flatten().tolist()
        for _ in range(sweeps):
            for unit in visited:
                means = torch.sigmoid(states @ weight[unit] + self.bias[unit])
                drawn = bernoulli(means, generator)
                if free is not None:
                    drawn = torch.where(free[:, unit], drawn, states[:, unit])
                states[:, unit] = drawn
        return states

    @torch.no_grad()
    def positive(self, visible: Pixels, generator: torch.Generator | None = None) -> Units:
        """States with these pixels, and hidden units drawn given them."""
        hidden = torch.full_like(visible[:, :1].expand(-1, self.hidden_units), 0.5)
        states = torch.cat([visible, bernoulli(hidden, generator)], dim=1)
        free = torch.arange(states.shape[1], device=states.device) >= self.visible_units
        return self.gibbs(
            states, self.inference_sweeps, generator=generator, free=free.expand(states.shape)
        )

    @torch.no_grad()
    def statistics(self, states: Units) -> dict[str, Tensor]:
        """Mean of -dE/d(parameter) over ``states``, a tensor for each parameter.

        The gradient of the mean of -log p(v) is the expectation of it under the model minus that
        under the data, hidden units sampled by the model.
        """
        pairs = (states.T @ states / len(states)).triu(1)
        return {"upper": pairs, "bias": states.mean(dim=0)}

    @torch.no_grad()
    def exact_log_prob(self, images: Images) -> Values:
        """log p(v) in nats by enumeration, where all units together are 16 or fewer."""
        if self.bias.numel() > ENUMERABLE_UNITS:
            raise ModelError(
                f"a Boltzmann machine of {self.bias.numel()} units has no exact probabilities; "
                f"{ENUMERABLE_UNITS} are the most"
            )
        parts = [
            torch.logsumexp(-self.energy(rows), dim=0)
            for rows in binary_states(self.bias.numel(), self.bias)
        ]
        hidden = torch.cat(list(binary_states(self.hidden_units, self.bias)))
        completed = [
            torch.cat([one.expand(len(hidden), -1), hidden], dim=1) for one in images.flatten(1)
        ]
        joint = torch.stack([torch.logsumexp(-self.energy(rows), dim=0) for rows in completed])
        return joint - torch.logsumexp(torch.stack(parts), dim=0)

    def sample(
        self, num_images: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Images:
        """Black and white images after ``sample_sweeps`` from units drawn by their biases."""
        start = bernoulli(self.bias.detach().sigmoid().expand(num_images, -1), generator)
        return self._pixels(self.gibbs(start, self.sample_sweeps, generator=generator))

    def inpaint(
        self,
        images: Images,
        known: Bool[Tensor, "batch 1 height width"],
        *,
        generator: torch.Generator,
        labels: Tensor | None = None,
    ) -> Images:
        """The unknown pixels sampled given the known ones, which stay unchanged."""
        unknown = ~known.expand_as(images).flatten(1)
        free = torch.cat([unknown, unknown.new_ones(len(images), self.hidden_units)], dim=1)
        start = bernoulli(torch.full_like(free, 0.5, dtype=images.dtype), generator)
        pixels = torch.where(unknown, start[:, : self.visible_units], images.flatten(1))
        states = torch.cat([pixels, start[:, self.visible_units :]], dim=1)
        return self._pixels(self.gibbs(states, self.sample_sweeps, generator=generator, free=free))

    def latents(self, images: Images, labels: Tensor | None = None) -> Float[Tensor, "batch _"]:
        """Means of the hidden units by ``inference_sweeps`` of mean-field equations."""
        pixels, split, weight = images.flatten(1), self.visible_units, self.weight
        inputs = pixels @ weight[:split, split:] + self.bias[split:]
        means = inputs.sigmoid()
        for _ in range(self.inference_sweeps - 1):
            means = torch.sigmoid(inputs + means @ weight[split:, split:])
        return means

    def reconstruct(self, images: Images, labels: Tensor | None = None) -> Images:
        """Mean of each pixel given all others and the hidden units' means."""
        states = torch.cat([images.flatten(1), self.latents(images)], dim=1)
        return self._pixels(torch.sigmoid(states @ self.weight + self.bias))

    def _pixels(self, states: Tensor) -> Tensor:
        return states[:, : self.visible_units].unflatten(1, self.image_shape)
