"""The state of a vocoder's stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class VocoderState:
    """What a vocoder keeps between chunks.

    Attributes
    ----------
    network
        Of the convolutions.
    waiting
        (batch, feature, look_ahead): the last frames, whose filters are still to come.
    pitch
        (batch, 2, 1): F0 in Hz and voicing of the last frame; None before the first.
    cycles
        (batch, 1), float64: phase after the last sample of the source.
    source, noise
        (batch, time): samples that windows to come reach back to.
    tail
        (batch, time): sums of windows that others will be added to.
    """

    network: tuple[Any, ...]
    waiting: Tensor
    pitch: Tensor | None
    cycles: Tensor
    source: Tensor
    noise: Tensor
    tail: Tensor
