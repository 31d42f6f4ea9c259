"""A phonetic recogniser over mel frames, for connectionist temporal classification; it streams.

::

    mel --> shape, slope --> conv --> [ConvNeXt] x n --> GRU --> content (tanh) --> phones, blank

A. Graves et al., "Connectionist temporal classification", ICML 2006, with the ConvNeXt blocks of
arXiv:2201.03545 and a GRU forward in time. The narrow layer before the phones tells what is said
and, since phones is all that it has to tell, little of who says it: the bottleneck features of
L. Sun et al., "Phonetic posteriorgrams for many-to-one voice conversion", ICME 2016, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from speechgen.causal.convnext import ChunkedConvNeXt
from speechgen.causal.streaming_conv import ChunkedChain, ChunkedConv1d
from speechgen.errors import ConfigError
from speechgen.text import ENGLISH_PHONES


class RecogniserState(NamedTuple):
    """Between two calls of :meth:`PhoneRecogniser.stream`; tensors are not changed in place."""

    level: Tensor | None  # (batch, 1, 1) of the last frame; None before the first
    network: tuple[Any, ...]
    memory: Tensor  # (1, batch, channel) of the recurrent layer


class PhoneRecogniser(nn.Module):
    """Mel frames to logits of phones, and to what is said without who says it.

    A frame is seen without its level, which only counts as the difference to the frame before; so
    the level of a recording changes nothing, as long as nothing of it falls below the floor of the
    mel.

    Parameters
    ----------
    local_features, hop_samples, sample_rate
        Bands of the mel (of :class:`speechgen.features.FeatureSettings`), their hop and rate.
    phones
        Classes 1 and following of the logits; class 0 is the blank.
    channels, hidden_channels, blocks, kernel_size
        Of the ConvNeXt blocks.
    recurrent_channels
        Of the GRU.
    content_features
        Width of the content.
    look_ahead
        Frames after a frame that its outputs depend on.
    dropout
        In training.
    """

    def __init__(
        self,
        *,
        local_features: int = 80,
        hop_samples: int = 256,
        sample_rate: int = 16000,
        phones: Sequence[str] = ENGLISH_PHONES,
        channels: int = 256,
        hidden_channels: int = 768,
        blocks: int = 8,
        kernel_size: int = 7,
        recurrent_channels: int = 320,
        content_features: int = 64,
        look_ahead: int = 8,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.phones = tuple(phones)
        if not self.phones or len(set(self.phones)) < len(self.phones):
            raise ConfigError(f"phones must be one or more different names, not {list(phones)}")
        if min(local_features, blocks, recurrent_channels, content_features) < 1 or look_ahead < 0:
            raise ConfigError(
                "local_features, blocks, recurrent_channels and content_features must be 1 or more "
                f"and look_ahead 0 or more, not {local_features}, {blocks}, {recurrent_channels}, "
                f"{content_features} and {look_ahead}"
            )
        if not 0 <= dropout < 1:
            raise ConfigError(f"dropout must be in [0, 1), not {dropout}")
        self.local_features, self.hop_samples = local_features, hop_samples
        self.sample_rate, self.content_features = sample_rate, content_features
        self.look_ahead = look_ahead
        self.network = ChunkedChain([ChunkedConv1d(local_features + 1, channels, kernel_size)])
        for _ in range(blocks):
            self.network.append(
                ChunkedConvNeXt(
                    channels, hidden_channels, kernel_size,
                    initial_scale=1.0 / blocks, dropout=dropout,
                )
            )  # fmt: skip
        self.norm = nn.LayerNorm(channels)
        self.recurrent = nn.GRU(channels, recurrent_channels, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.content = nn.Linear(recurrent_channels, content_features)
        self.classes = nn.Linear(content_features, 1 + len(self.phones))
        for layer in (self.content, self.classes):  # smaller ones stay long with blanks alone
            nn.init.normal_(layer.weight, std=(3.0 / layer.in_features) ** 0.5)

    def forward(self, mel: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Whole utterances.

        Parameters
        ----------
        mel
            (batch, feature, frame).
        lengths
            (batch,), frames of each; what follows them in ``mel`` does not matter. None where all
            frames count.

        Returns
        -------
        tuple
            Logits (batch, 1 + phone, frame), the blank first, and content (batch, content feature,
            frame) in [-1, 1].
        """
        count = mel.shape[2]
        frames = torch.arange(count + self.look_ahead, device=mel.device)
        last = torch.full_like(frames[:1], count) if lengths is None else lengths
        frames = torch.minimum(frames, last[:, None] - 1)  # the last frame stands after the end
        padded = mel.gather(2, frames[:, None].expand(*mel.shape[:2], -1))
        logits, content, _ = self.stream(padded, self.initial_state(len(mel)))
        return logits[:, :, self.look_ahead :], content[:, :, self.look_ahead :]

    def initial_state(self, batch: int) -> RecogniserState:
        """The state before the first frame."""
        like = self.content.weight
        size = (1, batch, self.recurrent.hidden_size)
        memory = torch.zeros(size, dtype=like.dtype, device=like.device)
        return RecogniserState(None, self.network.initial_state(batch), memory)

    def stream(
        self, frames: Tensor, state: RecogniserState
    ) -> tuple[Tensor, Tensor, RecogniserState]:
        """What follows from the next frames, :attr:`look_ahead` frames behind them.

        Those outputs of :meth:`forward`, once the first :attr:`look_ahead` are left out and the
        last frame is repeated as often at the end.

        Parameters
        ----------
        frames
            (batch, feature, frame), of any number from 1.

        Returns
        -------
        tuple
            Logits, content, each for as many frames; the state after them.
        """
        level = frames.mean(dim=1, keepdim=True)
        before = level[:, :, :1] if state.level is None else state.level
        rise = level - torch.cat([before, level[:, :, :-1]], dim=2)
        hidden, network = self.network.stream(torch.cat([frames - level, rise], 1), state.network)
        with torch.autocast(frames.device.type, enabled=False):
            hidden = self.norm(hidden.float().transpose(1, 2))
            hidden, memory = self.recurrent(self.dropout(hidden), state.memory)
            content = torch.tanh(self.content(self.dropout(hidden)))
            logits = self.classes(content)
        after = RecogniserState(level[:, :, -1:], network, memory)
        return logits.transpose(1, 2), content.transpose(1, 2), after
