"""The uniforms that a sampler turns into symbols: one stream for each utterance."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import ConfigError


class NoiseStreams:
    """Uniforms in [0, 1), ``size`` of them for each sample of each utterance.

    The stream of an utterance depends on ``seed`` and its number only, not on the rest of the
    batch nor on how it is cut into chunks.

    Parameters
    ----------
    seed
        Zero or more; None draws one from the operating system.
    indices
        The numbers of the utterances.
    size
        Uniforms of a sample: the likelihood's ``noise_size``.
    """

    def __init__(self, seed: int | None, indices: Sequence[int], size: int = 1) -> None:
        if seed is not None and seed < 0:
            raise ConfigError(f"seed must be 0 or more, not {seed}")
        entropy = secrets.randbits(64) if seed is None else seed
        self.size = size
        self._streams = [np.random.default_rng([entropy, index]) for index in indices]

    def draw(self, num_samples: int) -> Tensor:
        """The next (batch, ``num_samples``) float32; (..., ``size``) where that is above 1."""
        count = num_samples * self.size
        rows = [stream.random(count, dtype=np.float32) for stream in self._streams]
        noise = torch.from_numpy(np.stack(rows))
        return noise if self.size == 1 else noise.view(len(rows), num_samples, self.size)

    def state(self) -> list[dict[str, Any]]:
        """Where the streams are: plain words and numbers, for :meth:`resume`."""
        return [dict(stream.bit_generator.state) for stream in self._streams]

    def resume(self, state: Sequence[dict[str, Any]]) -> None:
        """Resume from a :meth:`state`."""
        for stream, values in zip(self._streams, state, strict=True):
            stream.bit_generator.state = values


class GivenNoise:
    """Uniforms that the caller chose, (batch, time) or (batch, time, noise size)."""

    def __init__(self, noise: Tensor) -> None:
        self.noise = noise
        self.position = 0

    def draw(self, num_samples: int) -> Tensor:
        """The next ``num_samples``."""
        self.position += num_samples
        return self.noise[:, self.position - num_samples : self.position]

    def state(self) -> int:
        """Samples given out so far."""
        return self.position

    def resume(self, state: int) -> None:
        """Resume from a :meth:`state`."""
        self.position = state
