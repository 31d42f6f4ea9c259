"""How far a converter is off the average spectrum of a voice, from recordings of it.

::

    recordings --> [converter, in the voice's own vector] --> mel'      mel of the recordings
                                                               '-- averages of bands ---'
                                                                          |
    source -----> [converter] --> mel ---------------------------> * factor + offset --> mel

A speaker vector of a few seconds tells a converter roughly where a voice lies that it never heard.
What comes out when the recordings themselves are converted to it says how far it is off, band by
band, over the same words; the rest of what is converted to that voice is off in the same way.

The colour of the microphone and of the room of the recordings is part of that spectrum.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from speechgen.audio import read_mono
from speechgen.data import recording_features
from speechgen.features import FeatureSettings
from speechgen.models.converter.spectral_match import match_between, neutral
from speechgen.models.wavenet.conditions import Conditions
from speechgen.synthesis.conversion import LEVEL_DB, Conversion
from speechgen.synthesis.hearing import recordings_of
from speechgen.synthesis.mixtures import parts_of
from speechgen.synthesis.voices import Voice, is_recording

_MOST_SECONDS = 30.0  # of recordings that are converted


def voice_match(
    voice: Voice | None, vector: Tensor, network: Any, settings: FeatureSettings | None
) -> Tensor | None:
    """What takes a converter's mel to the average spectrum of ``voice``: (1, 2, mel).

    Parameters
    ----------
    voice
        As :func:`speechgen.synthesis.speaker_vector` takes it. Names and vectors of a mixture take
        part in it by their weight, as voices of which the spectrum is right.
    vector
        (1, feature), what it was heard as.
    network, settings
        The synthesiser and its features.

    Returns
    -------
    Tensor or None
        Factor and offset of each band; None where no recording is in the voice, or the network is
        no :class:`Conversion`.

    Raises
    ------
    AudioError
        A recording cannot be read.
    """
    if voice is None or settings is None or not isinstance(network, Conversion):
        return None
    parts = parts_of(voice, network.speakers)
    recorded = [(part, weight) for part, weight in parts if is_recording(part, network)]
    if not recorded:
        return None
    match = neutral(network.converter.num_mels) * (1.0 - sum(weight for _, weight in recorded))
    for part, weight in recorded:
        frames = _frames_of(recordings_of(Path(str(part))), settings)
        match = match + weight * measured_match(network, frames, vector)
    return match


def measured_match(conversion: Conversion, frames: list[Tensor], vector: Tensor) -> Tensor:
    """The match (1, 2, mel) of a voice with the frames (feature, frame) of its recordings."""
    num_mels = conversion.converter.num_mels
    made = []
    for local in frames:
        converted = conversion.converted(Conditions(local[None], vector)).local
        assert converted is not None
        made.append(converted[0, :num_mels].cpu())
    return match_between(made, [local[:num_mels] for local in frames])


def _frames_of(files: Iterable[Path], settings: FeatureSettings) -> list[Tensor]:
    """Features of recordings, at the level of a converter's source, of so many seconds at most."""
    left, frames = round(_MOST_SECONDS * settings.sample_rate), []
    for file in files:
        wave = read_mono(file, settings.sample_rate)[:left]
        frames.append(recording_features(settings, np.ascontiguousarray(wave), LEVEL_DB))
        left -= len(wave)
        if left < settings.hop_samples:
            break
    return frames
