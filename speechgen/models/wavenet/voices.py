"""The table of a model's training voices, by name."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError


class Voices(nn.Module):
    """Part of a model with a vector for each of its training voices.

    The model calls :meth:`_add_speaker_table` in its constructor, once ``speaker_features`` is set.

    Attributes
    ----------
    speakers
        Names of the rows of ``speaker_table``.
    speaker_table
        (speaker, feature); learned, or filled from a speaker encoder.
    speaker_f0_hz
        Mean F0 of each speaker, 0 where it is unknown; empty if none is known.
    """

    speaker_features: int

    def speaker_vector(self, name: str) -> Tensor:
        """The row of ``speaker_table`` called ``name``: (feature,)."""
        if name not in self.speakers:
            known = ", ".join(self.speakers) or "none"
            raise ModelError(f"unknown voice {name!r}; this model has: {known}")
        return self.speaker_table[self.speakers.index(name)]

    def f0_of(self, name: str) -> float | None:
        """Mean F0 (Hz) of the voice called ``name``; None if it is not known."""
        if name not in self.speakers or not self.speaker_f0_hz:
            return None
        return self.speaker_f0_hz[self.speakers.index(name)] or None

    def _add_speaker_table(
        self, speakers: list[str], f0_hz: Sequence[float], *, trainable: bool
    ) -> None:
        if len(set(speakers)) < len(speakers):
            raise ConfigError("speakers must have distinct names")
        if speakers and not self.speaker_features:
            raise ConfigError("speakers need speaker_features above 0")
        if len(f0_hz) not in (0, len(speakers)) or not all(0 <= f0 <= 20_000 for f0 in f0_hz):
            raise ConfigError("speaker_f0_hz must have a number in [0, 20000] for each speaker")
        self.speakers = speakers
        self.speaker_f0_hz = [float(f0) for f0 in f0_hz]
        table = torch.zeros(len(speakers), self.speaker_features)
        if trainable:
            self.speaker_table = nn.Parameter(table.normal_())
        else:
            self.register_buffer("speaker_table", table)
