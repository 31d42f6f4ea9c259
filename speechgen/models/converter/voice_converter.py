"""A mel spectrum in another voice, from what is said, melody, loudness and a speaker vector.

::

    log-mel --> [recogniser, frozen] --> content --.
            '-> loudness ------------------------->+--> conv --> [ConvNeXt] x n --> log-mel
    log-F0, voicing ------------------------------>'                  ^
    speaker vector --> scale and shift of every block's channels -----'

The source's spectrum passes by a recogniser of phones and by nothing else but one row of loudness,
so its voice stays behind: L. Sun et al., "Phonetic posteriorgrams for many-to-one voice conversion
without parallel data training", ICME 2016, here for any voice that a speaker encoder hears.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.errors import ConfigError, ModelError
from speechgen.features.phonetic_rows import loudness
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.models.converter.beside_content import PITCH_FEATURES, pitch_features
from speechgen.models.converter.converter_state import ConverterState
from speechgen.models.converter.mel_network import MelNetwork
from speechgen.models.recogniser.within import frozen_recogniser
from speechgen.models.wavenet.conditions import Conditions


class VoiceConverter(MelNetwork):
    """Mel frames to mel frames of the same scale, in the voice of the speaker vector.

    Parameters
    ----------
    recogniser
        Arguments of the :class:`PhoneRecogniser`, whose weights are part of this model's and are
        not trained with it.
    sample_rate
        Hz.
    local_features, hop_samples
        Rows of the frames, the last two of which are log-F0 and voicing
        (:func:`speechgen.features.pitch_rows.pitch_rows`), and their hop.
    speaker_features
        Entries of a speaker vector; its length does not matter.
    told_features
        The first so many of them count; None for all
        (:class:`speechgen.models.converter.speaker_modulation.SpeakerModulation`).
    speakers, speaker_f0_hz
        Names of the training voices, and their mean F0 (:class:`Voices`).
    channels, hidden_channels, blocks, kernel_size
        Of the ConvNeXt blocks.
    look_ahead
        Frames after a frame, of content and melody, that the frame depends on.
    """

    def __init__(
        self,
        *,
        recogniser: dict[str, Any] | None = None,
        sample_rate: int = 16000,
        local_features: int = 82,
        hop_samples: int = 256,
        speaker_features: int = 192,
        told_features: int | None = None,
        speakers: Sequence[str] = (),
        speaker_f0_hz: Sequence[float] = (),
        channels: int = 256,
        hidden_channels: int = 768,
        blocks: int = 7,
        kernel_size: int = 7,
        look_ahead: int = 4,
    ) -> None:
        super().__init__()
        if local_features <= NUM_ROWS or min(speaker_features, blocks) < 1 or look_ahead < 0:
            raise ConfigError(
                "local_features must be 3, speaker_features and blocks 1 and look_ahead 0 or more, "
                f"not {local_features}, {speaker_features}, {blocks} and {look_ahead}"
            )
        self.sample_rate, self.look_ahead = sample_rate, look_ahead
        self.local_features, self.hop_samples = local_features, hop_samples
        self.num_mels = local_features - NUM_ROWS
        self.recogniser = frozen_recogniser(
            recogniser or {}, local_features=self.num_mels, hop_samples=hop_samples
        )
        self.speaker_features = speaker_features
        self._add_speaker_table(list(speakers), speaker_f0_hz, trainable=False)
        rows = self.recogniser.content_features + PITCH_FEATURES + 1
        self._add_network(
            rows, self.num_mels, channels=channels, hidden_channels=hidden_channels, blocks=blocks,
            kernel_size=kernel_size, told_features=told_features,
        )  # fmt: skip

    def train(self, mode: bool = True) -> VoiceConverter:
        """As of any module, but the recogniser stays in evaluation mode."""
        super().train(mode)
        self.recogniser.eval()
        return self

    @property
    def delay_frames(self) -> int:
        """Frames of :meth:`stream` by which the mel comes after its source."""
        return self.recogniser.look_ahead + self.look_ahead

    def check(self, conditions: Conditions) -> None:
        """Raise :class:`ModelError` unless there are frames and a speaker vector that fit."""
        local, speaker = conditions.local, conditions.speaker
        if local is None or local.shape[1] != self.local_features or not local.shape[2]:
            raise ModelError(f"a converter needs frames of {self.local_features} rows")
        if speaker is None or speaker.shape != (len(local), self.speaker_features):
            raise ModelError(
                f"a converter needs a speaker vector of {self.speaker_features} numbers"
            )

    def forward(self, conditions: Conditions, heard: Tensor | None = None) -> Tensor:
        """The mel (batch, mel, frame) of the source's words and melody in the speaker's voice.

        Parameters
        ----------
        conditions
            ``local`` (batch, feature, frame) of the source, ``speaker`` (batch, feature).
        heard
            (batch, mel, frame): what the recogniser hears in place of the source's own mel.
        """
        self.check(conditions)
        local, speaker = conditions.local, conditions.speaker
        assert local is not None and speaker is not None
        after = (0, self.delay_frames)  # the last frame goes on
        frames = F.pad(local, after, mode="replicate")
        if heard is not None:
            heard = F.pad(heard, after, mode="replicate")
        mel, _ = self.stream(frames, speaker, self.initial_state(len(local)), heard)
        return mel[:, :, self.delay_frames :]

    def initial_state(self, batch: int) -> ConverterState:
        """The state before the first frame."""
        waiting = (batch, PITCH_FEATURES + 1, self.recogniser.look_ahead)
        like = self.leave.weight
        return ConverterState(
            self.recogniser.initial_state(batch),
            torch.zeros(waiting, dtype=like.dtype, device=like.device),
            self._network_state(batch),
        )

    def stream(
        self,
        frames: Tensor,
        speaker: Tensor,
        state: ConverterState,
        heard: Tensor | None = None,
        melody: Tensor | None = None,
    ) -> tuple[Tensor, ConverterState]:
        """The mel that follows from the next frames, and the state after them.

        Parameters
        ----------
        frames
            (batch, feature, frame), of any number.
        speaker
            (batch, feature).
        heard
            As in :meth:`forward`.
        melody
            (batch, 2, frame): log-F0 and voicing of the frames that came the recogniser's
            look-ahead before these, in place of what those said; nothing needs it earlier.

        Returns
        -------
        tuple
            (batch, mel, frame), as many frames as came, :attr:`delay_frames` behind them; the
            state.
        """
        mel, count = frames[:, : self.num_mels], frames.shape[2]
        with torch.no_grad():
            _, content, recogniser = self.recogniser.stream(
                mel if heard is None else heard, state.recogniser
            )
        beside = torch.cat([pitch_features(frames[:, self.num_mels :]), loudness(mel)], dim=1)
        waiting = torch.cat([state.waiting, beside], dim=2)
        now = waiting[:, :, :count]
        if melody is not None:
            now = torch.cat([pitch_features(melody), now[:, PITCH_FEATURES:]], dim=1)
        x = torch.cat([content.to(waiting.dtype), now], dim=1)
        made, network = self._made(x, speaker, state.network)
        return made, ConverterState(recogniser, waiting[:, :, count:], network)
