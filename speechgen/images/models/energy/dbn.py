"""The deep belief network: restricted Boltzmann machines on top of one another.

G. Hinton, S. Osindero, Y.-W. Teh 2006, "A fast learning algorithm for deep belief nets",
doi:10.1162/neco.2006.18.7.1527. Each machine learns the mean activations of the one below; then the
topmost is an undirected associative memory, and the layers below generate downwards::

    h2 <==> h1      Gibbs sampling to equilibrium
             |
             v
          pixels    p(v = 1 | h1) = sigmoid(b + W h1)
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.images.models.energy.partition_function import bernoulli
from speechgen.images.models.energy.rbm import RBM

Images = Float[Tensor, "batch channel height width"]
Units = Float[Tensor, "batch _"]


class DeepBeliefNetwork(nn.Module):
    """A stack of :class:`RBM`, trained layer by layer from the pixels upwards.

    Parameters
    ----------
    image_shape
        (channel, height, width); every pixel is a visible unit of the first machine.
    hidden_units
        Hidden units of each machine, from the pixels upwards.
    sample_sweeps
        Gibbs sweeps of the topmost machine before a sample is passed down.
    """

    num_classes = 0

    def __init__(
        self,
        *,
        image_shape: Sequence[int] = (1, 28, 28),
        hidden_units: Sequence[int] = (256, 128),
        sample_sweeps: int = 1000,
    ) -> None:
        super().__init__()
        if not hidden_units:
            raise ConfigError("hidden_units is empty; a deep belief network has one layer or more")
        self.image_shape = tuple(int(size) for size in image_shape)
        self.sample_sweeps = sample_sweeps
        widths = [math.prod(self.image_shape), *(int(units) for units in hidden_units)]
        self.layers = nn.ModuleList(
            RBM(image_shape=(below, 1, 1), hidden_units=above, sample_sweeps=sample_sweeps)
            for below, above in itertools.pairwise(widths)
        )

    def _machines(self) -> list[RBM]:
        """The machines, from the pixels upwards."""
        return [layer for layer in self.layers if isinstance(layer, RBM)]

    def upward(self, visible: Units, depth: int) -> Units:
        """Mean activations after the lowest ``depth`` machines; with 0 the pixels themselves."""
        for layer in self._machines()[:depth]:
            visible = layer.hidden_means(visible)
        return visible

    def downward(self, units: Units, depth: int, generator: torch.Generator | None = None) -> Units:
        """From the visible side of machine ``depth`` down to the pixels.

        Drawn from ``generator``; means, where there is none.
        """
        for layer in reversed(self._machines()[:depth]):
            units = layer.visible_means(units)
            units = units if generator is None else bernoulli(units, generator)
        return units

    def sample(
        self, num_images: int, *, generator: torch.Generator, labels: Tensor | None = None
    ) -> Images:
        """Gibbs sampling in the topmost machine, then one downward pass, all sampled."""
        top = self._machines()[-1]
        with torch.no_grad():
            units = top.sample(num_images, generator=generator).flatten(1)
            pixels = self.downward(units, len(self.layers) - 1, generator)
        return pixels.unflatten(1, self.image_shape)

    def latents(self, images: Images, labels: Tensor | None = None) -> Units:
        """Mean activations of the topmost hidden units."""
        return self.upward(images.flatten(1), len(self.layers))

    def decode(self, latents: Units, labels: Tensor | None = None) -> Images:
        """Means downwards from the topmost hidden units to the pixels."""
        return self.downward(latents, len(self.layers)).unflatten(1, self.image_shape)

    def reconstruct(self, images: Images, labels: Tensor | None = None) -> Images:
        """One upward and one downward pass, in means."""
        return self.decode(self.latents(images))
