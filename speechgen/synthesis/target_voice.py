"""What is known of a voice that is to speak: its vector, its height, its average spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.audio import resample
from speechgen.features import FeatureSettings
from speechgen.models.converter.spectral_match import check_strength, weakened
from speechgen.models.wavenet.conditions import Conditions
from speechgen.store import resolve_model
from speechgen.store.weights_hash import stored_weights_hash, weights_hash
from speechgen.synthesis.hearing import embed_wave, rate_of
from speechgen.synthesis.melody import Melodies
from speechgen.synthesis.voice_identity import VoiceIdentity, identity_of
from speechgen.synthesis.voice_spectrum import voice_match
from speechgen.synthesis.voices import Voice, loaded_encoder, needs_encoder, speaker_vector


@dataclass(frozen=True)
class TargetVoice:
    """A voice.

    Attributes
    ----------
    vector
        (feature,) float32.
    f0_hz
        Mean F0, or None where it is not known.
    match
        (1, 2, mel): what takes a converter's mel to the average spectrum of recordings; or None.
    """

    vector: np.ndarray
    f0_hz: float | None = None
    match: Tensor | None = None

    def conditions(self, local: Tensor | None = None, warp: Tensor | None = None) -> Conditions:
        """Those of one utterance: ``local`` (1, feature, frame) in this voice."""
        return Conditions(local, torch.from_numpy(self.vector)[None], self.match, warp)


class TargetVoices:
    """Finds voices for a synthesiser; loads the speaker encoder when it is first needed.

    Parameters
    ----------
    network, settings
        The synthesiser and its features, if it has any.
    encoder
        Speaker encoder, or the model directory or shipped name of one; None for the default.
    device
        Where an encoder is loaded.
    spectral_match
        How much of the average spectrum of recordings of a voice is taken on, 0 to 1.

    Attributes
    ----------
    melodies
        The heights of voices.
    """

    def __init__(
        self,
        network: Any,
        settings: FeatureSettings | None,
        encoder: Path | str | nn.Module | None,
        device: str,
        spectral_match: float = 1.0,
    ) -> None:
        self._strength = check_strength(spectral_match)
        self._network, self._settings = network, settings
        self._encoder, self._device = encoder, device
        self._known: dict[str, TargetVoice] = {}
        self.melodies = Melodies(network, settings)

    def of(self, voice: Voice) -> TargetVoice:
        """``voice``, as :func:`speechgen.synthesis.speaker_vector` takes it.

        Raises
        ------
        SpeechgenError
            As that function does.
        """
        name = "" if isinstance(voice, np.ndarray | Tensor) else str(voice)
        if name and name in self._known:
            return self._known[name]
        listener = self._loaded() if needs_encoder(voice, self._network) else None
        vector = speaker_vector(voice, self._network, listener)
        match = None
        if self._strength:
            measured = voice_match(
                voice, torch.from_numpy(vector)[None], self._network, self._settings
            )
            match = weakened(measured, self._strength)
        found = TargetVoice(vector, self.melodies.height_of(voice), match)
        if name:
            self._known[name] = found
        return found

    def identity(self, voice: Voice) -> VoiceIdentity:
        """What :meth:`of` goes by, hashed; nothing is listened to, nor the encoder loaded."""
        return identity_of(voice, self._network, self._strength, self._encoder_hash)

    def heard(self, wave: np.ndarray, name: str) -> TargetVoice:
        """The voice of a wave (time,) at the network's rate, which messages call ``name``."""
        encoder = self._loaded()
        wave = resample(wave, self._network.sample_rate, rate_of(encoder))
        vector = embed_wave(wave, encoder, name)
        return TargetVoice(speaker_vector(vector, self._network, encoder))

    def _encoder_hash(self) -> str:
        if isinstance(self._encoder, nn.Module):
            return weights_hash(self._encoder)
        return stored_weights_hash(resolve_model(self._encoder, "embed"))

    def _loaded(self) -> nn.Module:
        self._encoder = loaded_encoder(self._encoder, self._device)
        return self._encoder
