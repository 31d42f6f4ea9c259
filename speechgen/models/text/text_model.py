"""Phones and marks, for a speaker vector, to what a converter makes a voice of.

::

    phones, stress --> [ConvNeXt] x n --.--> GRU --> durations, pitch, loudness of symbols
    speaker vector ----------^          '--> frames of each symbol --> [ConvNeXt] x m --.
                                             place, pitch, loudness -------^            |
                                             content, log-F0, voicing, loudness <-------'

Durations, pitch and loudness by symbol as in A. Łańcucki, "FastPitch", arXiv:2006.06873, but drawn
from distributions; the frames are a recogniser's content in the place of a mel spectrum, so that
any voice that a converter knows may say them. The alignment is learnt along with the rest:
arXiv:2108.10447.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.layers.convnext import CentredConvNeXt, mask_of
from speechgen.models.text.aligner import Aligner
from speechgen.models.text.frames import PLACES, at_frames, path_of, places
from speechgen.models.text.prosody import VALUES, SymbolProsody
from speechgen.text import MARKS, SYMBOLS

_STRESSES = 3
_MOST_FRAMES = 500  # of a symbol, 8 s
_BESIDE = 3  # log-F0, loudness, logit of voicing
_SHARPER = 3.0  # voicing is nearly always all or nothing


@dataclass(frozen=True)
class TextTrack:
    """What is said, and how, of one utterance.

    Attributes
    ----------
    durations
        (symbol,), frames of each.
    content
        (1, content feature, frame), of a recogniser.
    log_f0
        (1, 1, frame), above the speaker's mean, in the units of
        :mod:`speechgen.features.pitch_rows`.
    voicing, loudness
        (1, 1, frame), as that and :func:`speechgen.models.converter.beside_content.loudness` say.
    """

    durations: Tensor
    content: Tensor
    log_f0: Tensor
    voicing: Tensor
    loudness: Tensor


class TextModel(nn.Module):
    """Symbols to durations, and at their frames content, pitch and loudness.

    Parameters
    ----------
    symbols
        The alphabet, places in which are what comes in.
    sample_rate, hop_samples
        Of the frames.
    local_features
        Rows of the features of recordings, the last two of which are pitch; the aligner sees the
        others beside content.
    content_features, speaker_features
        Numbers of a frame of content, and of a speaker vector, whose length does not matter.
    channels, hidden_channels, kernel_size
        Of the ConvNeXt blocks.
    encoder_blocks, decoder_blocks
        How many stand over symbols, and over frames.
    recurrent_channels, aligner_channels
        Of the prosody's GRU, and of the aligner.
    dropout
        In training.
    """

    def __init__(
        self,
        *,
        symbols: Sequence[str] = SYMBOLS,
        sample_rate: int = 16000,
        hop_samples: int = 256,
        local_features: int = 82,
        content_features: int = 64,
        speaker_features: int = 192,
        channels: int = 256,
        hidden_channels: int = 768,
        kernel_size: int = 7,
        encoder_blocks: int = 4,
        decoder_blocks: int = 5,
        recurrent_channels: int = 256,
        aligner_channels: int = 64,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if min(encoder_blocks, decoder_blocks, content_features, speaker_features) < 1:
            raise ConfigError("a text model needs blocks and features, 1 or more of each")
        self.symbols = tuple(symbols)
        self.sample_rate, self.hop_samples = sample_rate, hop_samples
        self.local_features = local_features
        self.content_features, self.speaker_features = content_features, speaker_features
        self.phone = nn.Embedding(len(self.symbols), channels)
        self.stress = nn.Embedding(_STRESSES, channels)
        for table in (self.phone, self.stress):
            nn.init.normal_(table.weight, std=0.7)
        skippable = torch.tensor([symbol in MARKS for symbol in self.symbols])
        self.register_buffer("skippable", skippable, persistent=False)
        self.voice = nn.Linear(speaker_features, 2 * channels)
        options = {"initial_scale": 0.5, "dropout": dropout}
        self.encoder = nn.ModuleList(
            CentredConvNeXt(channels, hidden_channels, kernel_size, **options)  # type: ignore[arg-type]
            for _ in range(encoder_blocks)
        )
        self.encoded = nn.LayerNorm(channels)
        self.aligner = Aligner(
            channels, content_features + local_features - NUM_ROWS, aligner_channels
        )
        self.prosody = SymbolProsody(channels, recurrent_channels)
        self.place = nn.Conv1d(PLACES + VALUES - 1, channels, 3, padding=1)
        self.decoder = nn.ModuleList(
            CentredConvNeXt(channels, hidden_channels, kernel_size, **options)  # type: ignore[arg-type]
            for _ in range(decoder_blocks)
        )
        self.norm = nn.LayerNorm(channels)
        self.leave = nn.Linear(channels, content_features + _BESIDE)

    def embedded(self, symbols: Tensor, stress: Tensor, num_symbols: Tensor) -> Tensor:
        """(batch, symbol), places and stresses -> (batch, channel, symbol)."""
        x = (self.phone(symbols) + self.stress(stress)).transpose(1, 2)
        return x * mask_of(num_symbols, x.shape[2])

    def encode(self, embedded: Tensor, num_symbols: Tensor, speaker: Tensor) -> Tensor:
        """What :meth:`embedded` gives, in its surroundings and for a speaker: the same shape."""
        mask = mask_of(num_symbols, embedded.shape[2])
        x = embedded + self._voice(speaker)[:, 0, :, None]
        for block in self.encoder:
            x = block(x, mask)
        return self.encoded(x.transpose(1, 2)).transpose(1, 2)

    def align(
        self,
        embedded: Tensor,
        num_symbols: Tensor,
        content: Tensor,
        mel: Tensor,
        prior: Tensor | None = None,
    ) -> Tensor:
        """Scores (batch, frame, symbol) of :class:`Aligner`; the mel's level does not matter."""
        shape = mel - mel.mean(dim=1, keepdim=True)
        scores: Tensor = self.aligner(
            embedded, num_symbols, torch.cat([content, shape.to(content)], 1), prior
        )
        return scores

    def decode(
        self,
        encoded: Tensor,
        speaker: Tensor,
        durations: Tensor,
        path: Tensor,
        num_frames: Tensor,
        values: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Frames of the symbols.

        Parameters
        ----------
        encoded
            (batch, channel, symbol), of :meth:`encode`.
        durations, path
            (batch, symbol) and (batch, frame); :mod:`speechgen.models.text.frames`.
        values
            (batch, 2, symbol): log-F0 above the speaker's and loudness of the symbols.

        Returns
        -------
        tuple
            Content (batch, feature, frame) in [-1, 1]; (batch, 3, frame): log-F0, loudness and the
            logit of voicing.
        """
        mask = mask_of(num_frames, path.shape[1])
        beside = at_frames(values, path)
        place = torch.cat([places(durations, path), beside], dim=1) * mask
        x = at_frames(encoded, path) + self.place(place) + self._voice(speaker)[:, 1, :, None]
        for block in self.decoder:
            x = block(x, mask)
        out = self.leave(self.norm(x.transpose(1, 2))).transpose(1, 2).float()
        content, rest = out.split([self.content_features, _BESIDE], dim=1)
        return torch.tanh(content), rest + F.pad(beside, (0, 0, 0, 1))

    @torch.inference_mode()
    def generate(
        self,
        symbols: Tensor,
        stress: Tensor,
        speaker: Tensor,
        *,
        rate: Tensor | None = None,
        frames: Tensor | None = None,
        temperature: float = 0.667,
        generator: torch.Generator | None = None,
    ) -> TextTrack:
        """One utterance.

        Parameters
        ----------
        symbols, stress
            (1, symbol) long: places in the alphabet, and 0, 1 or 2.
        speaker
            (1, feature).
        rate
            (1, symbol): how many times as fast; None for 1.
        frames
            (1, symbol) long: durations that are given; -1 for those that are not.
        temperature
            0 for the likeliest melody and durations, 1 for such as were learnt.
        generator
            Of the draws, on the CPU.

        Raises
        ------
        ModelError
            The shapes do not fit, or nothing has a frame.
        """
        if symbols.shape != stress.shape or len(symbols) != 1 or not symbols.shape[1]:
            raise ModelError("symbols and stress need one row of equal length")
        if speaker.shape != (1, self.speaker_features):
            raise ModelError(f"a text model needs a speaker vector of {self.speaker_features}")
        count = torch.full((1,), symbols.shape[1], device=symbols.device)
        encoded = self.encode(self.embedded(symbols, stress, count), count, speaker)
        skippable = self.skippable[symbols]
        values, present = self.prosody.sample(encoded, skippable, temperature, generator)
        wanted = values[:, 0].clamp_max(math.log(_MOST_FRAMES)).exp() * present
        if rate is not None:
            wanted = wanted / rate
        if frames is not None:
            wanted = torch.where(frames >= 0, frames.float(), wanted)
        durations = _whole(wanted, ~skippable)
        length = durations.sum(dim=1)
        if not length.all():
            raise ModelError("there is nothing to say")
        path = path_of(durations)
        content, rest = self.decode(encoded, speaker, durations, path, length, values[:, 1:])
        log_f0, loudness, logit = rest.split(1, dim=1)
        voicing = torch.sigmoid(_SHARPER * logit)
        return TextTrack(durations[0], content, log_f0, voicing, loudness)

    def _voice(self, speaker: Tensor) -> Tensor:
        """(batch, feature) -> (batch, 2, channel), for the two stacks of blocks."""
        entries = F.normalize(speaker, dim=1) * math.sqrt(self.speaker_features)
        return 0.3 * self.voice(entries).unflatten(1, (2, -1))


def _whole(wanted: Tensor, needed: Tensor) -> Tensor:
    """Whole numbers (batch, symbol) whose sums stay near those of ``wanted``; ``needed`` from 1."""
    ends = wanted.cumsum(dim=1).round()
    whole = ends.diff(dim=1, prepend=torch.zeros_like(ends[:, :1])).long()
    return torch.where(needed, whole.clamp_min(1), whole)
