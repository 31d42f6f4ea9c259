"""What makes a wave of what a text model predicts: by a converter's mel, or without one.

::

    content, loudness, log-F0, voice --> [converter] --> mel --> [vocoder] --> wave
                '----------------------> [WaveNet of phones] ----------------> wave
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from speechgen.errors import ConfigError
from speechgen.features.extraction import MEL_SCALE
from speechgen.features.phonetic_rows import loudness
from speechgen.models.converter.spectral_match import matched
from speechgen.models.wavenet.conditions import Conditions
from speechgen.store import LoadedModel
from speechgen.synthesis.conversion import Conversion, takes_voices

_MARGIN_DB = 3.0


def check_speaks(loaded: LoadedModel) -> nn.Module:
    """The model of ``loaded``, if it speaks what a text model predicts (else ConfigError)."""
    if not takes_voices(loaded.model):
        raise ConfigError(
            f"{loaded.directory}: a {loaded.config.name} is no voice_converter, which speaking "
            "takes; such as converter-small (or a WaveNet of experiment wavenet_phonetic)"
        )
    return loaded.model


def generator_of(network: Any) -> Any:
    """What makes the wave of :func:`predicted_conditions`."""
    return network.vocoder if isinstance(network, Conversion) else network


def generator_directory(loaded: LoadedModel) -> Path:
    """Where that comes from."""
    network = loaded.model
    return Path(network.vocoder_directory if isinstance(network, Conversion) else loaded.directory)


def predicted_conditions(
    network: Any, content: Tensor, loud: Tensor, pitch: Tensor, voice: Conditions
) -> Conditions:
    """The conditions of the generator, from predicted frames.

    Parameters
    ----------
    network
        A :class:`Conversion`, or a WaveNet that hears phones.
    content, loud, pitch
        (1, content feature, frame), (1, 1, frame) and (1, 2, frame): what is said, how loud, and
        log-F0 with voicing.
    voice
        ``speaker`` (1, feature) and, for a converter, ``match``.

    Raises
    ------
    ModelError
        They are of other sizes than the network takes.
    """
    if not isinstance(network, Conversion):
        return Conditions(torch.cat([content, loud, pitch], dim=1), voice.speaker)
    assert voice.speaker is not None
    mel = network.converter.spoken(content, pitch, loud, voice.speaker)
    mel = matched(limited(mel, loud), voice.match)
    return Conditions(torch.cat([mel, pitch], dim=1))


def limited(mel: Tensor, asked: Tensor) -> Tensor:
    """A mel (batch, mel, frame), nowhere far louder than what was asked, (batch, 1, frame)."""
    margin = _MARGIN_DB * math.log(10.0) / 20.0 / MEL_SCALE
    return mel - (loudness(mel) - asked - margin).clamp_min(0.0)
