"""A converter and a vocoder as one synthesiser: frames to another voice's frames to a wave.

::

    frames of the source --> [converter] --> mel --(+)--> [vocoder] --> wave
    log-F0, voicing ---------------------------------'
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.features import FeatureSettings
from speechgen.features.formants import with_formants
from speechgen.features.pitch_rows import NUM_ROWS
from speechgen.features.settings import SPEECH_LEVEL_DB
from speechgen.models.converter.spectral_match import matched
from speechgen.models.converter.voice_converter import VoiceConverter
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.progress import track
from speechgen.store import LoadedModel, load_model, resolve_model
from speechgen.store.weights_hash import weights_hash

#: active level, in dB below full scale, at which a source is converted, whatever its own
LEVEL_DB = SPEECH_LEVEL_DB
VOCODER = "vocoder-small"
_CHUNK_FRAMES = 1024


class Conversion(nn.Module):
    """A :class:`VoiceConverter` before a vocoder of mel frames with absolute pitch.

    Attributes
    ----------
    converter, vocoder
        Both in evaluation mode, of the same rate, hop and features.
    vocoder_directory
        Where the vocoder comes from.
    """

    def __init__(self, converter: VoiceConverter, vocoder: Any, vocoder_directory: Path) -> None:
        super().__init__()
        self.converter, self.vocoder = converter, vocoder
        self.vocoder_directory = vocoder_directory
        for name in ("sample_rate", "hop_samples", "local_features", "speaker_features"):
            setattr(self, name, getattr(converter, name))
        self.speakers: list[str] = converter.speakers

    def speaker_vector(self, name: str) -> Tensor:
        """Of a voice of the converter's, (feature,)."""
        return self.converter.speaker_vector(name)

    def f0_of(self, name: str) -> float | None:
        """Mean F0 (Hz) of a voice of the converter's; None if it is not known."""
        return self.converter.f0_of(name)

    @cached_property
    def weights_hash(self) -> str:
        """Of the converter, by which what was measured with it is known."""
        return weights_hash(self.converter)

    @torch.inference_mode()
    def converted(self, conditions: Conditions) -> Conditions:
        """The vocoder's conditions, of one utterance: on the device of the model."""
        conditions = conditions.to(next(self.parameters()).device)
        self.converter.check(conditions)
        assert conditions.local is not None and conditions.speaker is not None
        steps = -(-(conditions.local.shape[2] + self.converter.delay_frames) // _CHUNK_FRAMES)
        chunks = self._chunks(conditions.local, conditions.speaker)
        mel = torch.cat(list(track(chunks, "converting", steps)), dim=2)
        mel = finished(mel[:, :, self.converter.delay_frames :], conditions)
        return Conditions(torch.cat([mel, conditions.local[:, -NUM_ROWS:]], dim=1))

    def _chunks(self, local: Tensor, speaker: Tensor) -> Iterator[Tensor]:
        """What the converter streams, so that memory does not grow with its width times time."""
        state = self.converter.initial_state(len(local))
        after = local[:, :, -1:].expand(-1, -1, self.converter.delay_frames)
        for chunk in torch.cat([local, after], dim=2).split(_CHUNK_FRAMES, dim=2):
            mel, state = self.converter.stream(chunk, speaker, state)
            yield mel


def takes_voices(network: Any) -> bool:
    """Whether of the frames' mel it hears what is said alone, so that the voice is another."""
    heard = isinstance(network, WaveNet) and network.recogniser is not None
    return heard or isinstance(network, Conversion)


def finished(mel: Tensor, voice: Conditions) -> Tensor:
    """A converter's mel (batch, mel, frame) with the ``match`` and the ``warp`` of ``voice``."""
    return with_formants(matched(mel, voice.match), voice.warp)


def with_vocoder(loaded: LoadedModel, vocoder: Path | str | None, device: str) -> LoadedModel:
    """``loaded`` as it is, or as a :class:`Conversion` where it is a converter.

    Parameters
    ----------
    vocoder
        Model directory or name of a shipped model; None for :data:`VOCODER`.

    Raises
    ------
    ConfigError
        There is a ``vocoder`` but no converter.
    ModelError
        The vocoder is none, or its features are others.
    """
    if not isinstance(loaded.model, VoiceConverter):
        if vocoder is not None and not isinstance(loaded.model, Conversion):
            raise ConfigError(
                f"a vocoder goes with a voice_converter, not with a {loaded.config.name}; leave "
                "--vocoder out"
            )
        return loaded
    second = load_model(resolve_model(vocoder or VOCODER, "synthesize"), device=device)
    ours, theirs = _settings_of(loaded), _settings_of(second)
    other = isinstance(second.model, VoiceConverter) or takes_voices(second.model)
    if other or second.model.speaker_features:
        raise ModelError(f"{second.directory}: a {second.config.name} is no vocoder of mel frames")
    ours.check_same(theirs)
    model = Conversion(loaded.model, second.model, second.directory)
    return LoadedModel(model.eval(), loaded.config, loaded.directory)


def converter_of(loaded: LoadedModel) -> tuple[Conversion, FeatureSettings]:
    """A converter before its vocoder, and its features.

    Raises
    ------
    ConfigError
        It is none.
    """
    if not isinstance(loaded.model, Conversion):
        raise ConfigError(
            f"{loaded.directory}: a {loaded.config.name} is no voice_converter; take one, such as "
            "converter-small"
        )
    return loaded.model, _settings_of(loaded)


def _settings_of(loaded: LoadedModel) -> FeatureSettings:
    settings = loaded.config.feature_settings()
    if settings is None:
        raise ModelError(f"{loaded.directory}: config.yaml lacks the feature settings it needs")
    return settings
