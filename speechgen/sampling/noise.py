"""The uniforms that a sampler turns into symbols: one stream for each utterance."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import ConfigError


class NoiseStreams:
    """Uniforms in [0, 1), one for each sample of each utterance.

    The stream of an utterance depends on ``seed`` and its number only, not on who else is in the
    batch nor on how it is cut into chunks.

    Parameters
    ----------
    seed
        Zero or more; None draws one from the operating system.
    indices
        The numbers of the utterances.
    """

    def __init__(self, seed: int | None, indices: Sequence[int]) -> None:
        if seed is not None and seed < 0:
            raise ConfigError(f"seed must be 0 or more, not {seed}")
        entropy = secrets.randbits(64) if seed is None else seed
        self._streams = [np.random.default_rng([entropy, index]) for index in indices]

    def draw(self, num_samples: int) -> Tensor:
        """The next (batch, ``num_samples``) float32."""
        rows = [stream.random(num_samples, dtype=np.float32) for stream in self._streams]
        return torch.from_numpy(np.stack(rows))


def chunked(
    source: NoiseStreams | Tensor, num_samples: int, chunk_samples: int
) -> Iterator[Tensor]:
    """Cut streams, or noise given as (batch, time), into chunks (batch, <= ``chunk_samples``)."""
    for start in range(0, num_samples, chunk_samples):
        stop = min(start + chunk_samples, num_samples)
        yield (
            source.draw(stop - start) if isinstance(source, NoiseStreams) else source[:, start:stop]
        )
