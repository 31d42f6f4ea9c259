"""Speech of any length to speaker vectors of its windows.

::

    wave  |-----------|           one vector for each window in which somebody speaks; the voice is
               |-----------|      their mean, and where those of short ones differ much it is not
                    |-----------| known well

The encoders pool over time themselves, and their vectors of speech of 6 s are about those of
minutes; longer windows would only take more memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from speechgen.features.activity import active_frames

WINDOW_SECONDS = 6.0  # half of it from one to the next
_LEAST_SECONDS = 0.5  # of sound in a window that counts
_BATCH = 16


@runtime_checkable
class Encoder(Protocol):
    """A speaker encoder: waves (batch, time) at its rate to vectors (batch, feature)."""

    sample_rate: int

    def __call__(self, wave: Tensor) -> Tensor: ...

    def parameters(self) -> Iterator[Tensor]: ...


@torch.inference_mode()
def window_vectors(
    encoder: Encoder, wave: np.ndarray, *, window_seconds: float = WINDOW_SECONDS
) -> np.ndarray:
    """Unit vectors of windows, which overlap by half or more.

    A shorter wave is one window. Windows with less than half a second of sound are left out,
    unless all have less.

    Parameters
    ----------
    encoder
        In evaluation mode.
    wave
        (time,), float, at the encoder's rate, not empty.
    window_seconds
        Length of a window.

    Returns
    -------
    ndarray
        (window, feature) float32.
    """
    rate = encoder.sample_rate
    size = round(window_seconds * rate)
    starts = window_starts(len(wave), size, size // 2)
    if len(starts) > 1:
        active = active_frames(wave, rate)
        edges = [(start * 100 // rate, (start + size) * 100 // rate) for start in starts]
        seconds = [active[begin:end].sum() / 100 for begin, end in edges]
        heard = [s for s, n in zip(starts, seconds, strict=True) if n >= _LEAST_SECONDS]
        starts = heard or starts
    device = next(encoder.parameters()).device
    samples = torch.from_numpy(np.require(wave, np.float32, ["C", "W"])).to(device)
    windows = [samples[start : start + size] for start in starts]
    parts = [
        encoder(torch.stack(windows[first : first + _BATCH]))
        for first in range(0, len(windows), _BATCH)
    ]
    vectors = torch.nn.functional.normalize(torch.cat(parts).float(), dim=1)
    return np.array(vectors.cpu().numpy())


def window_starts(num_samples: int, size: int, hop: int) -> list[int]:
    """First samples of windows of ``size`` at equal distances, of ``hop`` at most, to the end."""
    last = max(num_samples - size, 0)
    count = -(-last // hop) + 1
    return [last * number // max(count - 1, 1) for number in range(count)]


def mean_direction(vectors: np.ndarray) -> np.ndarray:
    """The mean of vectors (vector, feature), scaled to unit length: (feature,) float32."""
    mean = vectors.mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12), np.float32)
