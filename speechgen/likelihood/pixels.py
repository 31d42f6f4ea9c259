"""The interface of distributions of pixel values, as that of waveform samples.

Images are float in [0, 1] everywhere; a distribution over K levels means the values k / (K - 1).
Whatever comes after the first axes, here written ``...``, may be (height, width) or nothing: a
sampler asks for one pixel, an objective for all of them.

=========== =========================== ===================================================
             each value for itself       ``joint``: a pixel's channels have one distribution
=========== =========================== ===================================================
params       (batch, param, channel, ...) (batch, param, 1, ...)
noise        (batch, channel, ...)        (batch, 1 + channel, ...)
images       (batch, channel, ...)        (batch, channel, ...)
log_prob     (batch, channel, ...)        (batch, channel, ...): of a channel given those before
=========== =========================== ===================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor


class PixelLikelihood(ABC):
    """p(pixel values | params), given an image network's outputs.

    All randomness comes from uniforms that the caller gives, so that samplers can be compared
    value by value.

    Attributes
    ----------
    name
        What configurations call it.
    joint
        Whether one draw gives all channels of a pixel.
    num_params
        Network outputs for one value, or for one pixel where the distribution is ``joint``.
    levels
        Values that a draw can take; they lie evenly on [0, 1].
    """

    name: ClassVar[str]
    joint: ClassVar[bool] = False
    num_params: int
    levels: int

    @abstractmethod
    def log_prob(self, params: Tensor, images: Tensor) -> Tensor:
        """Log-probability of every value in nats, at least float32; the table gives the shapes."""

    @abstractmethod
    def sample(self, params: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """Draw values in [0, 1] from uniforms in [0, 1); the table gives the shapes.

        A ``temperature`` below 1 draws nearer to the mode; :class:`ConfigError` where it is not
        above 0.
        """

    def sample_given(
        self, params: Tensor, noise: Tensor, temperature: float, images: Tensor, known: Tensor
    ) -> Tensor:
        """As :meth:`sample`, with the values of ``images`` where they are ``known`` (bool).

        Both are (batch, channel, ...). What is known changes no draw of the same pixel, save in
        distributions that say so.
        """
        return torch.where(known, images, self.sample(params, noise, temperature))

    @abstractmethod
    def mode(self, params: Tensor) -> Tensor:
        """The likeliest values, or nearly so, in the shape of an image."""

    @abstractmethod
    def mean(self, params: Tensor) -> Tensor:
        """The expected values, in the shape of an image."""

    def quantise(self, images: Tensor) -> Tensor:
        """Values in [0, 1] (clipped) -> the nearest of the ``levels``, in [0, 1] again."""
        steps = self.levels - 1
        return (images.clamp(0.0, 1.0) * steps).round() / steps

    def groups(self, channels: int) -> int:
        """Sets of params that a pixel with so many channels takes."""
        return 1 if self.joint else channels

    def noise_channels(self, channels: int) -> int:
        """Uniforms that a pixel with so many channels takes."""
        return 1 + channels if self.joint else channels
