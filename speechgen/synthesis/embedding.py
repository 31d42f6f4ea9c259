"""Speaker vectors of many recordings, in a file."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from speechgen.audio import read_mono, resample
from speechgen.data import (
    AudioBank,
    Evidence,
    SpeakerVectors,
    load_data_directory,
    save_vectors,
)
from speechgen.errors import (
    AudioError,
    ConfigError,
    DataError,
    NoVoiceError,
    OutputError,
    SpeechgenWarning,
)
from speechgen.features.activity import check_enough
from speechgen.features.pitch import mean_f0
from speechgen.files import check_absent, counted, is_stream
from speechgen.progress import track
from speechgen.store import LoadedModel
from speechgen.synthesis.conversion import converter_of
from speechgen.synthesis.converter_fit import ConverterFit
from speechgen.synthesis.excerpts import embed_excerpts
from speechgen.synthesis.heard_phones import warn_of_no_speech
from speechgen.synthesis.hearing import Heard, embed_wave, hear, rate_of, recordings_of, together
from speechgen.synthesis.voice_file import VOICE_SUFFIX, check_name, name_of_one, save_voice
from speechgen.synthesis.voice_spectrum import frames_of, measured_fit


@dataclass(frozen=True)
class EmbedReport:
    """How many vectors were written, of whom, and what was left out: a name and the reason.

    Attributes
    ----------
    written
        Vectors in the file.
    failed
        Files without a vector; of a data directory what cannot be read.
    spared
        Utterances of a data directory without a voice, whose speakers have vectors of others.
    voices
        Each speaker's name, number of recordings, and what was heard of them together.
    unsure
        Speakers of a data directory who have vectors though they say too little for a voice.
    """

    written: int
    failed: list[tuple[str, str]]
    spared: list[tuple[str, str]] = field(default_factory=list)
    voices: list[tuple[str, int, Heard]] = field(default_factory=list)
    unsure: list[tuple[str, str]] = field(default_factory=list)


def embed_paths(
    source: Path | str | Sequence[Path | str],
    encoder: nn.Module,
    output: Path | str,
    *,
    name: str | None = None,
    encoder_name: str = "",
    converter: LoadedModel | None = None,
    overwrite: bool = False,
) -> EmbedReport:
    """Write the speaker vectors of recordings, or of a data directory, to a file.

    What cannot be read, or has no voice in it, is left out and reported; the others are written. So
    are all recordings of a speaker who says too little in them; of a data directory they are
    written and reported, since training takes a vector of every speaker. A silent utterance among
    others of its speaker is no failure: the speaker has a vector. Where a data directory has one
    utterance of a speaker, excerpts of it are embedded as well, so that training has a vector that
    does not hear what it goes with.

    Parameters
    ----------
    source
        Sound files, each a speaker of its own named after the file (files of one name after their
        folders too, as in ``monday/anna`` and ``tuesday/anna``), and folders of sound files, each a
        speaker named after the folder; or one data directory.
    encoder
        A speaker encoder in evaluation mode, with ``sample_rate`` (Hz).
    output
        An .npz for :func:`speechgen.data.load_vectors`: arrays ``ids``, ``speakers``, ``vectors``,
        and those of :class:`speechgen.data.Evidence`; or a .safetensors, which takes one speaker
        (:func:`speechgen.synthesis.voice_file.save_voice`).
    name
        Of the one speaker of all files and folders.
    encoder_name
        What the card of a .safetensors calls the encoder.
    converter
        For which a .safetensors is to hold the match of the voice, too: a converter before its
        vocoder, of vectors of this encoder (others are left without, with a
        :class:`SpeechgenWarning`).
    overwrite
        Whether ``output`` may be replaced.

    Returns
    -------
    EmbedReport
        Number of vectors, whose they are, and what was left out.

    Raises
    ------
    AudioError, DataError, OutputError
        None of it can be embedded, or the output cannot be written; nothing is then written.
    """
    output = Path(output)
    is_voice = output.suffix == VOICE_SUFFIX
    if output.suffix != ".npz" and not is_voice and not is_stream(output):
        raise OutputError(
            f"{output}: speaker vectors are written as .npz, and one voice as {VOICE_SUFFIX};"
            " choose such a name"
        )
    if converter is not None:
        converter_of(converter)
    check_name(name)
    check_absent(output, overwrite=overwrite)
    is_directory = isinstance(source, str | os.PathLike)
    if isinstance(source, str | os.PathLike):
        items = _from_directory(Path(source), encoder)
    else:
        items = _from_files([Path(path) for path in source], encoder, name)
    embedded, left_out = _embed(items, encoder)
    brief = _brief(embedded)
    everybody = is_directory and not is_voice
    if not everybody:
        left_out += [(item, brief[item.speaker]) for item in embedded if item.speaker in brief]
        embedded = {item: one for item, one in embedded.items() if item.speaker not in brief}
    failed: list[tuple[str, str]] = []
    spared: list[tuple[str, str]] = []
    known = {item.speaker for item in embedded}
    for item, problem in left_out:
        mute = isinstance(problem, NoVoiceError) and item.speaker in known
        reason = str(problem).removeprefix(f"{item.name}: ")
        (spared if mute else failed).append((item.name, reason))
    if not embedded:
        raise AudioError(
            f"no voice in any of {counted(len(failed), 'recording')}; {': '.join(failed[0])}"
        )
    speakers = tuple(item.speaker for item in embedded)
    excerpts = None
    if everybody:
        singles = {name for name, count in Counter(speakers).items() if count == 1}
        waves = {item.id: item.read for item in embedded if item.speaker in singles}
        excerpts = embed_excerpts(waves, partial(embed_wave, encoder=encoder), rate_of(encoder))
    rows = list(embedded.values())
    table = SpeakerVectors(
        tuple(item.id for item in embedded),
        speakers,
        np.stack([heard.vector for heard, _ in rows]),
        excerpts,
        Evidence(
            np.array([heard.seconds for heard, _ in rows]),
            np.array([heard.agreement for heard, _ in rows]),
            np.array([f0_hz for _, f0_hz in rows]),
        ),
    )
    voices = _voices(embedded)
    if is_voice:
        vector = table.mean_of(name_of_one(table, output))
        fit = None if converter is None else _fit(converter, vector, embedded, rate_of(encoder))
        save_voice(
            output, table, agreement=voices[0][2].agreement, encoder=encoder_name, fit=fit,
            overwrite=overwrite,
        )  # fmt: skip
    else:
        save_vectors(output, table, overwrite=overwrite)
    unsure = [
        (speaker, str(problem).removeprefix(f"speaker {speaker}: "))
        for speaker, problem in brief.items()
        if everybody
    ]
    return EmbedReport(len(table.ids), failed, spared, voices, unsure)


@dataclass(frozen=True)
class _Item:
    """A recording to embed: what messages call it, its id and speaker, and how to read it."""

    name: str
    id: str
    speaker: str
    read: Callable[[], np.ndarray]


_Embedded = dict[_Item, tuple[Heard, float]]


def _embed(
    items: list[_Item], encoder: nn.Module
) -> tuple[_Embedded, list[tuple[_Item, AudioError]]]:
    """What was heard in each recording and its mean F0 (Hz), and what is wrong with the others."""
    rate = rate_of(encoder)
    embedded: _Embedded = {}
    left_out: list[tuple[_Item, AudioError]] = []
    for item in track(items, "embedding"):
        try:
            wave = item.read()
            embedded[item] = hear(wave, encoder, item.name), mean_f0(wave, rate) or 0.0
        except AudioError as error:
            left_out.append((item, error))
    return embedded, left_out


def _brief(embedded: _Embedded) -> dict[str, NoVoiceError]:
    """What is to be said of each speaker with too little speech for a voice."""
    found = {}
    for speaker, _, voice in _voices(embedded):
        try:
            check_enough(voice.seconds, f"speaker {speaker}")
        except NoVoiceError as error:
            found[speaker] = error
    return found


def _fit(
    converter: LoadedModel, vector: np.ndarray, embedded: _Embedded, sample_rate: int
) -> ConverterFit | None:
    """The match of one voice for a converter that takes such vectors."""
    network, settings = converter_of(converter)
    if network.converter.speaker_features != len(vector):
        warnings.warn(
            f"{converter.directory.name} takes vectors of {network.converter.speaker_features}"
            f" numbers and these have {len(vector)}; the file is without a match for it",
            SpeechgenWarning,
            stacklevel=3,
        )
        return None
    waves = (resample(item.read(), sample_rate, settings.sample_rate) for item in embedded)
    frames = frames_of(waves, settings)
    warn_of_no_speech(network, frames, next(iter(embedded)).speaker)
    return measured_fit(network, converter.directory.name, frames, torch.from_numpy(vector)[None])


def _voices(embedded: _Embedded) -> list[tuple[str, int, Heard]]:
    """Each speaker in the order of the first recording."""
    heard: dict[str, list[Heard]] = {}
    for item, (one, _) in embedded.items():
        heard.setdefault(item.speaker, []).append(one)
    return [(speaker, len(parts), together(parts)) for speaker, parts in heard.items()]


def _from_directory(path: Path, encoder: nn.Module) -> list[_Item]:
    bank = AudioBank(load_data_directory(path), rate_of(encoder))
    return [
        _Item(f"{path}: utterance {name}", name, speaker, partial(bank.wave, index))
        for index, (name, speaker) in enumerate(zip(bank.ids, bank.speakers, strict=True))
    ]


def _from_files(paths: list[Path], encoder: nn.Module, speaker: str | None) -> list[_Item]:
    if not paths:
        raise ConfigError("no recordings to embed")
    rate = rate_of(encoder)
    items = []
    for path, name in zip(paths, name_files(paths), strict=True):
        files = recordings_of(path)
        ids = [f"{name}-{inner}" for inner in name_files(files)] if path.is_dir() else [name]
        items += [
            _Item(str(file), id_, speaker or name, partial(read_mono, file, rate))
            for file, id_ in zip(files, ids, strict=True)
        ]
    return items


def name_files(paths: Sequence[Path]) -> list[str]:
    """A name for each path: its own without suffix, and as much before it as tells them apart.

    Where two have one name, all are named by their paths from the folder they have in common; where
    even these differ in the suffix alone, those keep it.

    Raises
    ------
    DataError
        A file is given twice.
    """
    twice = [path for path, count in Counter(p.absolute() for p in paths).items() if count > 1]
    if twice:
        raise DataError(f"{twice[0]}: is given twice; give each recording once")
    stems = [path.stem or path.absolute().name for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    parents = [path.absolute().parent for path in paths]
    common = Path(os.path.commonpath(parents))
    whole = [path.absolute().relative_to(common) for path in paths]
    count = Counter(path.with_suffix("") for path in whole)
    return [(p if count[p.with_suffix("")] > 1 else p.with_suffix("")).as_posix() for p in whole]
