"""What is said with what it lacks beside it: content, loudness, log-F0 and voicing."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from speechgen.features.extraction import MEL_SCALE
from speechgen.features.pitch_rows import NUM_ROWS

#: rows of :func:`phonetic_rows` beside the content
BESIDE_CONTENT = 1 + NUM_ROWS


def loudness(mel: Tensor) -> Tensor:
    """Mean power over the bands (batch, 1, frame), on the logarithmic scale of ``mel``."""
    power = torch.logsumexp(mel * (2.0 * MEL_SCALE), dim=1, keepdim=True) - math.log(mel.shape[1])
    return power / (2.0 * MEL_SCALE)


def phonetic_rows(content: Tensor, frames: Tensor) -> Tensor:
    """Content with loudness and melody after it.

    Parameters
    ----------
    content
        (batch, content feature, frame).
    frames
        (batch, feature, frame): a mel, log-F0 and voicing
        (:func:`speechgen.features.pitch_rows.pitch_rows`).

    Returns
    -------
    Tensor
        (batch, content feature + 3, frame); log-F0 and voicing come last.
    """
    mel, pitch = frames[:, :-NUM_ROWS], frames[:, -NUM_ROWS:]
    return torch.cat([content.to(frames.dtype), loudness(mel), pitch], dim=1)
