"""A scale and a shift for every channel of every block, from a speaker vector.

E. Perez et al., "FiLM: Visual Reasoning with a General Conditioning Layer", arXiv:1709.07871,
equation 1.
"""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError


class SpeakerModulation(nn.Linear):
    """Speaker vectors (batch, feature) to what their blocks are told of them.

    Parameters
    ----------
    speaker_features
        Entries of a vector; its length does not matter.
    told_features
        The first so many of them count; None for all. An encoder's numbers for the average
        spectrum come last.
    blocks, channels
        Of the network that is modulated.
    """

    def __init__(
        self, speaker_features: int, told_features: int | None, blocks: int, channels: int
    ) -> None:
        told = speaker_features if told_features is None else told_features
        if not 0 < told <= speaker_features:
            raise ConfigError(f"told_features must be in [1, {speaker_features}], not {told}")
        super().__init__(told, blocks * 2 * channels)
        self.blocks = blocks

    def forward(self, speaker: Tensor) -> tuple[Tensor, ...]:  # type: ignore[override]
        """(batch, feature) -> a scale and a shift (batch, 2, channel) for each block."""
        entries = F.normalize(speaker[:, : self.in_features], dim=1) * math.sqrt(self.in_features)
        return super().forward(entries).unflatten(1, (self.blocks, 2, -1)).unbind(dim=1)
