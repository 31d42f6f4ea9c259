"""Hopfield's network: an associative memory whose patterns are minima of an energy.

J. J. Hopfield 1982, "Neural networks and physical systems with emergent collective computational
abilities", doi:10.1073/pnas.79.8.2554. With units s_i of -1 or +1, symmetric weights and no weight
from a unit to itself,

    E(s) = -1/2 s' W s,        s_i <- sign(sum_j W_ij s_j), one unit at a time,

and no such update raises E: every run ends in a local minimum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError

Images = Float[Tensor, "batch channel height width"]
Values = Float[Tensor, "batch"]
States = Float[Tensor, "batch unit"]
RULES = ("pseudo_inverse", "hebb")


def hebb(patterns: States) -> Float[Tensor, "unit unit"]:
    """Hopfield's weights of ``patterns`` of -1 and +1: W = P'P / units, without its diagonal."""
    return _without_diagonal(patterns.T @ patterns / patterns.shape[1])


def pseudo_inverse(patterns: States) -> Float[Tensor, "unit unit"]:
    """Weights that keep even patterns that are much alike: the projection on their span.

    L. Personnaz, I. Guyon, G. Dreyfus 1985, doi:10.1051/jphyslet:01985004608035900, without its
    diagonal.
    """
    exact = patterns.double()
    projection = torch.linalg.pinv(exact) @ exact
    return _without_diagonal((0.5 * (projection + projection.T)).to(patterns.dtype))


def _without_diagonal(weight: Tensor) -> Tensor:
    return weight - torch.diag(weight.diagonal())


def _signs(pixels: Tensor) -> Tensor:
    return torch.where(pixels > 0.5, 1.0, -1.0).to(pixels.dtype)


class Hopfield(nn.Module):
    """A memory of one binary picture a class: the binarised mean of its examples.

    Nothing in it is learnt by gradients: :meth:`observe` counts pixels, :meth:`store` sets weights.

    Parameters
    ----------
    image_shape
        (channel, height, width); every pixel is a unit.
    num_classes
        Patterns to remember; 0 means one, the mean of everything.
    rule
        "pseudo_inverse" or "hebb".
    max_sweeps
        Most passes over all units in a recall; a handful is usual.
    """

    weight: Tensor
    pixel_sums: Tensor
    counts: Tensor

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        num_classes: int = 10,
        rule: str = "pseudo_inverse",
        max_sweeps: int = 100,
    ) -> None:
        super().__init__()
        if rule not in RULES:
            raise ConfigError(f"rule is {rule!r}; known are {', '.join(RULES)}")
        if num_classes < 0 or max_sweeps < 1:
            raise ConfigError(f"num_classes {num_classes} and max_sweeps {max_sweeps}: 0 and 1 up")
        self.image_shape = tuple(int(size) for size in image_shape)
        self.num_patterns = num_classes
        self.rule = rule
        self.max_sweeps = max_sweeps
        units = math.prod(self.image_shape)
        self.register_buffer("weight", torch.zeros(units, units))
        self.register_buffer("pixel_sums", torch.zeros(max(num_classes, 1), units))
        self.register_buffer("counts", torch.zeros(max(num_classes, 1)))

    def states(self, images: Images) -> States:
        """+1 where a pixel is brighter than a half, -1 elsewhere."""
        return _signs(images.flatten(1))

    def images(self, states: States) -> Images:
        """Black and white pictures of ``states``."""
        return (0.5 * (states + 1.0)).unflatten(1, self.image_shape)

    @property
    def patterns(self) -> States:
        """The binarised mean of each class that was observed."""
        seen = self.counts > 0
        return _signs(self.pixel_sums[seen] / self.counts[seen, None])

    @torch.no_grad()
    def observe(self, images: Images, labels: Tensor | None = None) -> None:
        """Add examples to the classes' means and remember the means."""
        if self.num_patterns == 0:
            labels = torch.zeros(len(images), dtype=torch.long, device=images.device)
        if labels is None:
            raise ModelError(f"a memory of {self.num_patterns} classes needs labels")
        self.pixel_sums.index_add_(0, labels, images.flatten(1))
        self.counts.index_add_(0, labels, torch.ones_like(labels, dtype=self.counts.dtype))
        self.store(self.patterns)

    @torch.no_grad()
    def store(self, patterns: States) -> None:
        """Set the weights so that ``patterns`` (of -1 and +1) are remembered, and no others."""
        self.weight.copy_((hebb if self.rule == "hebb" else pseudo_inverse)(patterns))

    def energy(self, states: States) -> Values:
        """E(s) = -1/2 s' W s."""
        return -0.5 * ((states @ self.weight) * states).sum(dim=1)

    @torch.no_grad()
    def sweep(self, states: States, free: Bool[Tensor, "batch unit"] | None = None) -> States:
        """Update every unit once, first to last; units that are not ``free`` stay as they are.

        A unit whose input is 0 keeps its state; one that had none (0) becomes -1.
        """
        states = states.clone()
        for unit in range(states.shape[1]):
            old, field = states[:, unit], states @ self.weight[unit]
            kept = torch.where(old == 0, -1.0, old)
            new = torch.where(field == 0, kept, field.sign())
            states[:, unit] = new if free is None else torch.where(free[:, unit], new, old)
        return states

    def recall(self, states: States, free: Bool[Tensor, "batch unit"] | None = None) -> States:
        """Sweep until nothing changes: the energy minima that ``states`` converge to."""
        for _ in range(self.max_sweeps):
            before, states = states, self.sweep(states, free)
            if torch.equal(before, states):
                break
        return states

    def reconstruct(self, images: Images, labels: Tensor | None = None) -> Images:
        """Patterns recalled from whole pictures."""
        return self.images(self.recall(self.states(images)))

    def inpaint(
        self,
        images: Images,
        known: Bool[Tensor, "batch 1 height width"],
        *,
        generator: torch.Generator,
        labels: Tensor | None = None,
    ) -> Images:
        """Recall with the known pixels clamped; unknown units begin undecided. Nothing is drawn."""
        mask = known.expand_as(images)
        states = torch.where(mask.flatten(1), self.states(images), 0.0)
        recalled = self.images(self.recall(states, free=~mask.flatten(1)))
        return torch.where(mask, images, recalled)

    def sample(
        self, num_images: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Images:
        """Minima that random states converge to, spurious patterns included."""
        shape = (num_images, self.weight.shape[0])
        coins = torch.rand(shape, generator=generator, device=generator.device)
        return self.images(self.recall(torch.where(coins < 0.5, -1.0, 1.0).to(self.weight)))
