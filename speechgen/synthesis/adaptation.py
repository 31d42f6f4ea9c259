"""A voice from a minute of recordings, fitted to one converter: a file to keep.

Nothing is trained: the vector is the mean of what the encoder hears in all of it, and the average
spectrum is measured on all of it. A fifth of the recordings is held out to see what that brings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.audio import read_mono, resample
from speechgen.data import Evidence, SpeakerVectors
from speechgen.errors import ConfigError, DataError, NoVoiceError, OutputError
from speechgen.features.extraction import MEL_SCALE
from speechgen.features.pitch import mean_f0
from speechgen.files import check_absent, check_writable
from speechgen.models.wavenet.conditions import Conditions
from speechgen.progress import track
from speechgen.store import LoadedModel
from speechgen.synthesis.conversion import Conversion, converter_of
from speechgen.synthesis.heard_phones import warn_of_no_speech
from speechgen.synthesis.hearing import Heard, hear, rate_of, recordings_of, together
from speechgen.synthesis.voice_file import VOICE_SUFFIX, check_name, save_voice
from speechgen.synthesis.voice_spectrum import frames_of, measured_fit, measured_match

LEAST_SECONDS = 10.0  # of speech
PIECE_FRAMES = 256
_LEAST_PIECES = 3  # of which one is held out
_MOST_SECONDS = 180.0  # of sound that the spectrum is measured on
_EDGE_FRAMES = 16  # of a piece, at either end, of which the converter hears too little
_DB = 20.0 * MEL_SCALE / math.log(10.0)


@dataclass(frozen=True)
class AdaptReport:
    """What was done.

    Attributes
    ----------
    seconds
        Of speech.
    before_db, after_db
        Mean absolute difference between the mel of held-out pieces and what the converter makes of
        them in the voice's vector, without and with a match that was measured on the others.
    """

    seconds: float
    before_db: float
    after_db: float

    @property
    def is_better(self) -> bool:
        """Whether the match brings held-out pieces nearer; only then it is kept."""
        return self.after_db < self.before_db

    def __str__(self) -> str:
        change = f"held-out mel difference {self.before_db:.2f} -> {self.after_db:.2f} dB"
        return change if self.is_better else f"{change}, so the vector is kept without a match"


def adapt_voice(
    recordings: Sequence[Path | str],
    output: Path | str,
    *,
    converter: LoadedModel,
    encoder: nn.Module,
    encoder_name: str = "",
    name: str | None = None,
    overwrite: bool = False,
) -> AdaptReport:
    """Write the voice of about a minute of recordings, fitted to a converter, to a file.

    Parameters
    ----------
    recordings
        Sound files, and folders of them, of one voice.
    output
        A .safetensors.
    converter
        A converter before its vocoder.
    encoder
        The speaker encoder that the converter was trained with.
    encoder_name
        What the card calls it.
    name
        Of the voice; None for that of the file.
    overwrite
        Whether ``output`` may be replaced.

    Raises
    ------
    AudioError
        A recording cannot be read, has no voice in it, or there is too little speech in all.
    ConfigError, OutputError
        The model is no converter of the encoder's vectors, or the output cannot be written.
    """
    output = Path(output)
    if output.suffix != VOICE_SUFFIX:
        raise OutputError(f"{output}: a voice is written as {VOICE_SUFFIX}; choose such a name")
    check_name(name)
    conversion, settings = converter_of(converter)
    check_absent(output, overwrite=overwrite)
    check_writable(output)
    files = [file for path in recordings for file in recordings_of(Path(path))]
    if not files:
        raise ConfigError("no recordings to adapt to; give --speaker WAV or DIR")
    if len({file.resolve() for file in files}) < len(files):
        raise DataError("a recording is given twice; give each once")
    rate = rate_of(encoder)
    waves = {file: read_mono(file, rate) for file in files}
    table, heard = _embedded(waves, encoder, name or output.stem)
    if len(heard.vector) != conversion.converter.speaker_features:
        raise ConfigError(
            f"{converter.directory.name} takes vectors of {conversion.converter.speaker_features} "
            f"numbers and the encoder's have {len(heard.vector)}; name the one it was trained with"
        )
    sounds = (resample(wave, rate, settings.sample_rate) for wave in waves.values())
    frames = frames_of(sounds, settings, _MOST_SECONDS)
    if (
        heard.seconds < LEAST_SECONDS
        or sum(one.shape[1] for one in frames) < _LEAST_PIECES * PIECE_FRAMES
    ):
        raise NoVoiceError(
            f"{name or output.stem}: {heard.seconds:.1f} s of speech are too little to adapt to; "
            f"give {LEAST_SECONDS:.0f} s at least, better a minute, or take speechgen embed"
        )
    warn_of_no_speech(conversion, frames, name or output.stem)
    vector = torch.from_numpy(table.mean_of(table.speakers[0]))[None]
    report = AdaptReport(heard.seconds, *_differences(conversion, vector, frames))
    fit = measured_fit(conversion, converter.directory.name, frames, vector)
    save_voice(
        output, table, agreement=heard.agreement, encoder=encoder_name,
        fit=fit if report.is_better else None, done=str(report), overwrite=overwrite,
    )  # fmt: skip
    return report


def pieces_of(frames: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """Pieces (feature, :data:`PIECE_FRAMES`) to measure on, and every fifth, to test on.

    Recordings (feature, frame) are one after another; what is left of the last piece is not used.
    """
    whole = torch.cat(list(frames), dim=1)
    pieces = whole[:, : whole.shape[1] // PIECE_FRAMES * PIECE_FRAMES].split(PIECE_FRAMES, dim=1)
    return [piece for place, piece in enumerate(pieces) if place % 5 != 2], list(pieces[2::5])


def _embedded(
    waves: Mapping[Path, np.ndarray], encoder: nn.Module, name: str
) -> tuple[SpeakerVectors, Heard]:
    """The vectors of the recordings of one voice, and what was heard of it in all."""
    heard, rate = [], rate_of(encoder)
    for file, wave in track(list(waves.items()), "embedding"):
        heard.append(hear(wave, encoder, str(file)))
    evidence = Evidence(
        np.array([one.seconds for one in heard]),
        np.array([one.agreement for one in heard]),
        np.array([mean_f0(wave, rate) or 0.0 for wave in waves.values()]),
    )
    ids = tuple(f"{name}-{place}" for place in range(len(heard)))
    vectors = np.stack([one.vector for one in heard])
    return SpeakerVectors(ids, (name,) * len(ids), vectors, None, evidence), together(heard)


@torch.inference_mode()
def _differences(
    conversion: Conversion, vector: Tensor, frames: Sequence[Tensor]
) -> tuple[float, float]:
    """The mean absolute mel difference (dB) of held-out pieces, without and with their match."""
    measured, tested = pieces_of(frames)
    match = measured_match(conversion, measured, vector)
    num_mels, found = conversion.converter.num_mels, []
    for one in (None, match):
        far = []
        for piece in tested:
            made = conversion.converted(Conditions(piece[None], vector, one)).local
            assert made is not None
            difference = (made[0].cpu() - piece)[:num_mels, _EDGE_FRAMES:-_EDGE_FRAMES]
            far.append(float(difference.abs().mean()))
        found.append(_DB * sum(far) / len(far))
    return found[0], found[1]
