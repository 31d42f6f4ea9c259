"""Parallel generation of waveforms of any length, window by window, in bounded memory.

::

    noise, frames   |<-- reach -->|<----- chunk ----->|<-- reach -->|
    wave                          |<----- chunk ----->|

A sample depends on the noise within the generator's reach and on its frames, so windows that
overlap by that reach give what the whole would give.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from speechgen.causal import num_frames
from speechgen.errors import ConfigError
from speechgen.models.vocoders.parallel_wavegan import ParallelWaveGAN
from speechgen.models.wavenet.conditions import Conditions

CHUNK_SAMPLES = 32768
_BLOCK_SAMPLES = 16384


class NoiseField:
    """Normally distributed noise with a value at every position: a function of the seed and place.

    Parameters
    ----------
    seed
        Zero or more; None draws one from the operating system.
    index
        The number of the utterance: each has noise of its own.
    """

    def __init__(self, seed: int | None, index: int = 0) -> None:
        if seed is not None and seed < 0:
            raise ConfigError(f"seed must be 0 or more, not {seed}")
        self._entropy = [secrets.randbits(64) if seed is None else seed, index]

    def window(self, first: int, last: int) -> Tensor:
        """The values at positions ``first`` to ``last`` (not included): (time,) float32."""
        blocks = range(first // _BLOCK_SAMPLES, -(-last // _BLOCK_SAMPLES))
        values = np.concatenate([self._block(number) for number in blocks])
        begin = blocks.start * _BLOCK_SAMPLES
        return torch.from_numpy(values[first - begin : last - begin])

    def _block(self, number: int) -> np.ndarray:
        rng = np.random.default_rng([*self._entropy, number])
        return rng.standard_normal(_BLOCK_SAMPLES, dtype=np.float32)


def check_lengths(num_samples: int, chunk_samples: int) -> None:
    """Raise :class:`ConfigError` unless both are 1 or more."""
    if num_samples < 1 or chunk_samples < 1:
        raise ConfigError(
            f"num_samples and chunk_samples must be 1 or more, not {num_samples}, {chunk_samples}"
        )


@torch.inference_mode()
def generate_parallel(
    model: ParallelWaveGAN,
    conditions: Conditions,
    *,
    num_samples: int,
    noise: NoiseField,
    chunk_samples: int = CHUNK_SAMPLES,
) -> Iterator[Tensor]:
    """One utterance, chunk by chunk.

    Parameters
    ----------
    model
        In evaluation mode.
    conditions
        Of one utterance: at least ceil(num_samples / hop) frames.
    num_samples
        Length of the waveform.
    noise
        Input of the generator.
    chunk_samples
        Samples of a chunk, brought up to whole frames. It changes time and memory, nothing else.

    Yields
    ------
    Tensor
        (time,) float32 on the model's device, de-emphasised.

    Raises
    ------
    ConfigError, ModelError
        There is nothing to generate, or the conditions do not fit.
    """
    check_lengths(num_samples, chunk_samples)
    hop = model.hop_samples
    model.check(conditions, num_samples)
    device = next(model.parameters()).device
    conditions = conditions.to(device)
    stride, overlap = (num_frames(samples, hop) * hop for samples in (chunk_samples, model.reach))
    before: Tensor | None = None
    for start in range(0, num_samples, stride):
        end = min(start + stride, num_samples)
        first, last = max(0, start - overlap), min(end + overlap, num_samples)
        frames = model.frames(conditions, first // hop, num_frames(last, hop))
        wave = model(noise.window(first, last).to(device)[None, None], frames)
        chunk = model.from_domain(wave[0, 0, start - first : end - first], before=before)
        before = chunk[-1:]
        yield chunk
