"""How far a converter is off the average spectrum of a voice, from recordings of it.

::

    recordings --> [converter, in the voice's own vector] --> mel'      mel of the recordings
                                                               '-- averages of bands ---'
                                                                          |
    source -----> [converter] --> mel ---------------------------> * factor + offset --> mel

A speaker vector of a few seconds tells a converter roughly where a voice lies that it never heard.
What comes out when the recordings themselves are converted to it says how far it is off, band by
band, over the same words; the rest of what is converted to that voice is off in the same way.

The colour of the microphone and of the room of the recordings is part of that spectrum. A voice
file holds the correction that was measured when it was written, for the converter of then.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.audio import read_mono, without_offset
from speechgen.data import recording_features
from speechgen.errors import DataError, SpeechgenWarning
from speechgen.features import FeatureSettings
from speechgen.models.converter.spectral_match import match_between, neutral
from speechgen.models.wavenet.conditions import Conditions
from speechgen.synthesis.conversion import LEVEL_DB, Conversion
from speechgen.synthesis.converter_fit import ConverterFit
from speechgen.synthesis.heard_phones import warn_of_no_speech
from speechgen.synthesis.hearing import recordings_of
from speechgen.synthesis.mixtures import parts_of
from speechgen.synthesis.vector_files import split_key
from speechgen.synthesis.voice_file import VOICE_SUFFIX, load_fit
from speechgen.synthesis.voices import Reference, Voice, is_recording

MATCH_SECONDS = 30.0  # of recordings that are converted


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
        Factor and offset of each band; None where no recording is in the voice, nor a file with a
        match for this converter, or the network is no :class:`Conversion`.

    Raises
    ------
    AudioError
        A recording cannot be read.
    """
    if voice is None or settings is None or not isinstance(network, Conversion):
        return None
    parts, known = parts_of(voice, network.speakers), 0.0
    match = torch.zeros(1, 2, network.converter.num_mels)
    for part, weight in parts:
        if is_recording(part, network):
            waves = _waves_of(recordings_of(Path(str(part))), settings.sample_rate)
            frames = frames_of(waves, settings)
            warn_of_no_speech(network, frames, part)
            own = measured_match(network, frames, vector)
        else:
            fit = fit_for(part, network)
            if fit is None:
                continue
            own = torch.from_numpy(fit.match)[None]
        match, known = match + weight * own, known + weight
    return match + (1.0 - known) * neutral(match.shape[2]) if known else None


def fit_for(part: Reference, network: Any) -> ConverterFit | None:
    """What a voice says for the converter of ``network``: a file written for it; None otherwise.

    A file that was written for another converter is told of by a :class:`SpeechgenWarning`.

    Raises
    ------
    DataError
        The file cannot be read, or does not fit the converter that it says it is of.
    """
    if not isinstance(network, Conversion) or not isinstance(part, str | os.PathLike):
        return None
    path, _ = split_key(part)
    if str(part) in network.speakers or path.suffix.lower() != VOICE_SUFFIX:
        return None
    fit = load_fit(path)
    if fit is None:
        return None
    if fit.weights != network.weights_hash:
        warnings.warn(
            f"{path}: is fitted to {fit.converter} with other weights than the converter's here; "
            "only its vector is used",
            SpeechgenWarning,
            stacklevel=2,
        )
        return None
    if fit.match.shape[1] != network.converter.num_mels:
        raise DataError(f"{path}: its match is not of the converter's bands; embed the voice again")
    return fit


def measured_fit(
    conversion: Conversion, name: str, frames: Sequence[Tensor], vector: Tensor
) -> ConverterFit:
    """What is to be kept beside the vector of a voice.

    Parameters
    ----------
    name
        Of the converter, for messages.
    frames
        (feature, frame) of recordings.
    vector
        (1, feature).
    """
    match = measured_match(conversion, frames, vector)[0].numpy().astype(np.float32)
    return ConverterFit(name, conversion.weights_hash, match)


def measured_match(conversion: Conversion, frames: Sequence[Tensor], vector: Tensor) -> Tensor:
    """The match (1, 2, mel) of a voice with the frames (feature, frame) of its recordings."""
    num_mels = conversion.converter.num_mels
    made = []
    for local in frames:
        converted = conversion.converted(Conditions(local[None], vector)).local
        assert converted is not None
        made.append(converted[0, :num_mels].cpu())
    return match_between(made, [local[:num_mels] for local in frames])


def frames_of(
    waves: Iterable[np.ndarray], settings: FeatureSettings, seconds: float = MATCH_SECONDS
) -> list[Tensor]:
    """Features (feature, frame) of the first ``seconds`` of waves, at a converter's level."""
    left, frames = round(seconds * settings.sample_rate), []
    for wave in waves:
        kept = without_offset(np.ascontiguousarray(wave[:left]))
        frames.append(recording_features(settings, kept, LEVEL_DB))
        left -= len(kept)
        if left < settings.hop_samples:
            break
    return frames


def _waves_of(files: Iterable[Path], sample_rate: int) -> Iterator[np.ndarray]:
    return (read_mono(file, sample_rate) for file in files)
