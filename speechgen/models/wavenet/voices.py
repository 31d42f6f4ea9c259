"""The table of a model's training voices, by name."""

from __future__ import annotations

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
    """

    speaker_features: int

    def speaker_vector(self, name: str) -> Tensor:
        """The row of ``speaker_table`` called ``name``: (feature,)."""
        if name not in self.speakers:
            known = ", ".join(self.speakers) or "none"
            raise ModelError(f"unknown voice {name!r}; this model has: {known}")
        return self.speaker_table[self.speakers.index(name)]

    def _add_speaker_table(self, speakers: list[str], *, trainable: bool) -> None:
        if len(set(speakers)) < len(speakers):
            raise ConfigError("speakers must have distinct names")
        if speakers and not self.speaker_features:
            raise ConfigError("speakers need speaker_features above 0")
        self.speakers = speakers
        table = torch.zeros(len(speakers), self.speaker_features)
        if trainable:
            self.speaker_table = nn.Parameter(table.normal_())
        else:
            self.register_buffer("speaker_table", table)
