"""What a converter is told of pitch: steps fine enough for it."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from speechgen.features.pitch_rows import NUM_ROWS

_OCTAVES = 6  # of waves over log-F0, the finest a sixteenth of an octave long
#: rows of :func:`pitch_features`
PITCH_FEATURES = 2 * _OCTAVES + NUM_ROWS


def pitch_features(rows: Tensor) -> Tensor:
    """Log-F0 and voicing (batch, 2, frame), and waves over log-F0 that tell small steps apart."""
    factors = [math.pi * 2.0**octave for octave in range(_OCTAVES)]
    waves = [each(factor * rows[:, :1]) for factor in factors for each in (torch.sin, torch.cos)]
    return torch.cat([rows, *waves], dim=1)
