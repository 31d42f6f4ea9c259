"""From symbols to frames: content, log-F0, loudness and voicing.

::

    encoded symbols --> at their frames --> (+) --> [ConvNeXt] x n --> content
    place, pitch, loudness of symbols -------^                    '--> log-F0, loudness, voicing
    speaker vector --------------------------^
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.layers.convnext import CentredConvNeXt, mask_of
from speechgen.models.text.frames import PLACES, at_frames, places

#: log-F0 and loudness
MELODY = 2
_BESIDE = MELODY + 1


class FrameDecoder(nn.Module):
    """Encoded symbols and their durations to frames.

    Parameters
    ----------
    content_features, speaker_features
        Of a frame of content, and of a speaker vector.
    channels, hidden_channels, blocks, kernel_size, dropout
        Of the ConvNeXt blocks.
    """

    def __init__(
        self,
        content_features: int,
        speaker_features: int,
        channels: int,
        hidden_channels: int,
        *,
        blocks: int,
        kernel_size: int = 7,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.content_features = content_features
        self.place = nn.Conv1d(PLACES + MELODY, channels, 3, padding=1)
        self.voice = nn.Linear(speaker_features, channels)
        self.blocks = nn.ModuleList(
            CentredConvNeXt(
                channels, hidden_channels, kernel_size, initial_scale=0.5, dropout=dropout
            )
            for _ in range(blocks)
        )
        self.norm = nn.LayerNorm(channels)
        self.leave = nn.Linear(channels, content_features + _BESIDE)

    def forward(
        self,
        encoded: Tensor,
        speaker: Tensor,
        durations: Tensor,
        path: Tensor,
        num_frames: Tensor,
        melody: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Frames of the symbols.

        Parameters
        ----------
        encoded
            (batch, channel, symbol).
        speaker
            (batch, feature), with entries of about 1.
        durations, path, num_frames
            (batch, symbol), (batch, frame) and (batch,); :mod:`speechgen.models.text.frames`.
        melody
            (batch, MELODY, symbol): log-F0 above the speaker's, and loudness of the symbols.

        Returns
        -------
        tuple
            Content (batch, feature, frame) in [-1, 1]; (batch, 3, frame): log-F0, loudness and the
            logit of voicing.
        """
        mask = mask_of(num_frames, path.shape[1])
        beside = at_frames(melody, path)
        place = torch.cat([places(durations, path), beside], dim=1) * mask
        x = at_frames(encoded, path) + self.place(place) + self.voice(speaker)[:, :, None]
        for block in self.blocks:
            x = block(x, mask)
        out = self.leave(self.norm(x.transpose(1, 2))).transpose(1, 2).float()
        content, rest = out.split([self.content_features, _BESIDE], dim=1)
        return torch.tanh(content), rest + F.pad(beside, (0, 0, 0, 1))
