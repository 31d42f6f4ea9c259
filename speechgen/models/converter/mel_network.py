"""The part of a converter after its recogniser: frames and a speaker vector to a mel."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal.convnext import ChunkedConvNeXt
from speechgen.causal.streaming_conv import ChunkedConv1d
from speechgen.models.converter.beside_content import pitch_features
from speechgen.models.converter.speaker_modulation import SpeakerModulation
from speechgen.models.wavenet.voices import Voices

_BLOCK_SCALE = 0.5


class MelNetwork(Voices):
    """ConvNeXt blocks, each scaled and shifted by the voice, between two projections.

    The model calls :meth:`_add_network` in its constructor, once ``speaker_features`` is set.

    Attributes
    ----------
    look_ahead
        Frames after a frame that its mel depends on.
    """

    look_ahead: int

    def _add_network(
        self,
        rows: int,
        num_mels: int,
        *,
        channels: int,
        hidden_channels: int,
        blocks: int,
        kernel_size: int,
        told_features: int | None,
    ) -> None:
        self.enter = ChunkedConv1d(rows, channels, kernel_size)
        self.blocks = nn.ModuleList(
            ChunkedConvNeXt(channels, hidden_channels, kernel_size, initial_scale=_BLOCK_SCALE)
            for _ in range(blocks)
        )
        self.voice = SpeakerModulation(self.speaker_features, told_features, blocks, channels)
        self.norm = nn.LayerNorm(channels)
        self.leave = nn.Linear(channels, num_mels)

    def spoken(self, content: Tensor, rows: Tensor, loudness: Tensor, speaker: Tensor) -> Tensor:
        """The mel (batch, mel, frame) of what no recogniser heard, but a model of texts made.

        Parameters
        ----------
        content
            (batch, content feature, frame), in place of the recogniser's.
        rows, loudness
            (batch, 2, frame), log-F0 and voicing, and (batch, 1, frame), as of a mel.
        speaker
            (batch, feature).
        """
        x = torch.cat([content, pitch_features(rows), loudness], dim=1)
        x = F.pad(x, (0, self.look_ahead), mode="replicate")
        made, _ = self._made(x, speaker, self._network_state(len(x)))
        return made[:, :, self.look_ahead :]

    def _network_state(self, batch: int) -> tuple[Any, ...]:
        parts: list[Any] = [self.enter, *self.blocks]
        return tuple(part.initial_state(batch) for part in parts)

    def _made(
        self, x: Tensor, speaker: Tensor, state: tuple[Any, ...]
    ) -> tuple[Tensor, tuple[Any, ...]]:
        """Frames (batch, row, frame) to the mel, what lies ahead behind, and the state after."""
        x, first = self.enter.stream(x, state[0])
        after = [first]
        for block, past, voice in zip(self.blocks, state[1:], self.voice(speaker), strict=True):
            x, past = block.stream(x, past, voice)  # type: ignore[operator]
            after.append(past)
        return self.leave(self.norm(x.transpose(1, 2))).transpose(1, 2), tuple(after)
