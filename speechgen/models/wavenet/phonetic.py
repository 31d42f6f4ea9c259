"""A WaveNet's own recogniser: from frames of its features to what is said, loudness and melody.

::

    log-mel --> [recogniser, frozen] --> content --.
           '--> loudness --------------------------+--> local conditions
    log-F0, voicing -------------------------------'

Content, log-F0 and a voice are the conditions of the WaveNet itself, as linguistic features, log-F0
and the speaker are in arXiv:1609.03499, sections 3.1 and 3.2; the content is the bottleneck of a
recogniser of phones, which a voice converter
(:class:`speechgen.models.converter.voice_converter.VoiceConverter`) has, too.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ModelError
from speechgen.features.phonetic_rows import BESIDE_CONTENT, phonetic_rows
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.features.settings import SPEECH_LEVEL_DB
from speechgen.models.recogniser.phone_recogniser import PhoneRecogniser
from speechgen.models.recogniser.within import frozen_recogniser
from speechgen.models.wavenet.conditions import Conditions

_CHUNK_FRAMES = 1024


class HearsPhones(nn.Module):
    """Part of a WaveNet that may have a recogniser, whose weights are not trained with it.

    Attributes
    ----------
    recogniser
        None where the frames are the local conditions as they are.
    local_features
        Rows of the frames.
    """

    recogniser: PhoneRecogniser | None
    sample_rate: int
    hop_samples: int
    local_features: int
    #: parts that take the conditions in: another WaveNet's are of no use to other conditions
    inputs_of_conditions = (
        "recogniser.", "conditioning.convs.0.", "conditioning.speaker_bias.",
        "conditioning.speaker_frames.",
    )  # fmt: skip

    def _add_recogniser(self, arguments: dict[str, Any] | None) -> int:
        """Rows of the local conditions, once there is a recogniser, or None."""
        self.recogniser = None
        if arguments is None:
            return self.local_features
        recogniser = frozen_recogniser(
            arguments, local_features=self.local_features - NUM_ROWS,
            hop_samples=self.hop_samples, sample_rate=self.sample_rate,
        )  # fmt: skip
        self.recogniser = recogniser
        return recogniser.content_features + BESIDE_CONTENT

    def train(self, mode: bool = True) -> HearsPhones:
        """As of any module, but the recogniser stays in evaluation mode."""
        super().train(mode)
        if self.recogniser is not None:
            self.recogniser.eval()
        return self

    @property
    def level_db(self) -> float | None:
        """Active level of the waves it is made for, in dB below full scale.

        None where that is what its features say.
        """
        return None if self.recogniser is None else SPEECH_LEVEL_DB

    @torch.no_grad()
    def from_frames(self, conditions: Conditions) -> Conditions:
        """The conditions that the network takes, from frames of its features and a voice.

        Parameters
        ----------
        conditions
            ``local`` (batch, feature, frame), a mel with log-F0 and voicing, on the network's
            device. Without a recogniser they are given back as they are.

        Returns
        -------
        Conditions
            ``local`` (batch, content feature + 3, frame), and the same voice.

        Raises
        ------
        ModelError
            There are no frames, or they are of other features.
        """
        if self.recogniser is None:
            return conditions
        local = conditions.local
        if local is None or local.shape[1] != self.local_features or not local.shape[2]:
            raise ModelError(f"a WaveNet of phones needs frames of {self.local_features} rows")
        content = self._content(local[:, :-NUM_ROWS], self.recogniser)
        return Conditions(phonetic_rows(content, local), conditions.speaker)

    @staticmethod
    def _content(mel: Tensor, recogniser: PhoneRecogniser) -> Tensor:
        """As of the whole, in pieces, so that memory does not grow with the width times time."""
        ahead = recogniser.look_ahead
        state, found = recogniser.initial_state(len(mel)), []
        mel = torch.cat([mel, mel[:, :, -1:].expand(-1, -1, ahead)], dim=2)
        for chunk in mel.split(_CHUNK_FRAMES, dim=2):
            _, content, state = recogniser.stream(chunk, state)
            found.append(content)
        return torch.cat(found, dim=2)[:, :, ahead:]
