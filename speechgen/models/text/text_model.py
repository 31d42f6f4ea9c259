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

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.models.text.aligner import Aligner
from speechgen.models.text.decoder import FrameDecoder
from speechgen.models.text.encoder import SymbolEncoder
from speechgen.models.text.frames import path_of
from speechgen.models.text.prosody import SymbolProsody
from speechgen.models.text.text_track import TextTrack
from speechgen.text import MARKS, SYMBOLS

MOST_FRAMES = 500  # of a symbol, 8 s
SHARPER = 3.0  # voicing is nearly always all or nothing


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

    skippable: Tensor

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
        aligner_channels: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if min(content_features, speaker_features) < 1 or local_features <= NUM_ROWS:
            raise ConfigError(
                "content_features and speaker_features must be 1 and local_features 3 or more, not "
                f"{content_features}, {speaker_features} and {local_features}"
            )
        self.symbols = tuple(symbols)
        self.sample_rate, self.hop_samples = sample_rate, hop_samples
        self.local_features, self.content_features = local_features, content_features
        self.speaker_features = speaker_features
        skippable = torch.tensor([symbol in MARKS for symbol in self.symbols])
        self.register_buffer("skippable", skippable, persistent=False)
        blocks = {"kernel_size": kernel_size, "dropout": dropout}
        self.encoder = SymbolEncoder(
            len(self.symbols), speaker_features, channels, hidden_channels,
            blocks=encoder_blocks, **blocks,  # type: ignore[arg-type]
        )  # fmt: skip
        self.aligner = Aligner(
            channels, content_features + local_features - NUM_ROWS, aligner_channels
        )
        self.prosody = SymbolProsody(channels, recurrent_channels)
        self.decoder = FrameDecoder(
            content_features, speaker_features, channels, hidden_channels,
            blocks=decoder_blocks, **blocks,  # type: ignore[arg-type]
        )  # fmt: skip

    def align(
        self,
        embedded: Tensor,
        num_symbols: Tensor,
        content: Tensor,
        mel: Tensor,
        prior: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """What :class:`Aligner` gives; the level of the mel (batch, band, frame) counts nothing."""
        shape = (mel - mel.mean(dim=1, keepdim=True)).to(content.dtype)
        found: tuple[Tensor, Tensor] = self.aligner(
            embedded, num_symbols, torch.cat([content, shape], dim=1), prior
        )
        return found

    def voice(self, speaker: Tensor) -> Tensor:
        """Speaker vectors (batch, feature) with entries of about 1, as the parts need them."""
        told = speaker[:, : self.speaker_features]
        return F.normalize(told, dim=1) * math.sqrt(self.speaker_features)

    @torch.inference_mode()
    def generate(
        self,
        symbols: Tensor,
        stress: Tensor,
        speaker: Tensor,
        *,
        rate: Tensor | None = None,
        frames: Tensor | None = None,
        temperature: float = 0.2,
        generator: torch.Generator | None = None,
    ) -> TextTrack:
        """One utterance.

        Parameters
        ----------
        symbols, stress
            (1, symbol) long: places in the alphabet, and 0, 1 or 2.
        speaker
            (1, feature); of longer ones the first entries count.
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
        if len(speaker) != 1 or speaker.shape[1] < self.speaker_features:
            raise ModelError(f"a text model needs a speaker vector of {self.speaker_features}")
        count, voice = torch.full((1,), symbols.shape[1]).to(symbols), self.voice(speaker)
        encoded = self.encoder(self.encoder.embedded(symbols, stress, count), count, voice)
        skippable = self.skippable[symbols]
        values, present = self.prosody.sample(encoded, skippable, temperature, generator)
        wanted = values[:, 0].clamp_max(math.log(MOST_FRAMES)).exp() * present
        if rate is not None:
            wanted = wanted / rate
        if frames is not None:
            wanted = torch.where(frames >= 0, frames.float(), wanted)
        durations = _whole(wanted, ~skippable)
        length = durations.sum(dim=1)
        if not length.all():
            raise ModelError("there is nothing to say")
        path = path_of(durations)
        content, rest = self.decoder(encoded, voice, durations, path, length, values[:, 1:])
        log_f0, loudness, logit = rest.split(1, dim=1)
        return TextTrack(durations[0], content, log_f0, torch.sigmoid(SHARPER * logit), loudness)


def _whole(wanted: Tensor, needed: Tensor) -> Tensor:
    """Whole numbers (batch, symbol) whose sums stay near those of ``wanted``; ``needed`` from 1."""
    ends = wanted.cumsum(dim=1).round()
    whole = ends.diff(dim=1, prepend=torch.zeros_like(ends[:, :1])).long()
    return torch.where(needed, whole.clamp_min(1), whole)
