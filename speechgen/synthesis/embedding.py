"""Speech to speaker vectors, for one recording or for many."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from speechgen.audio import as_mono, read_mono
from speechgen.data import (
    AudioBank,
    SpeakerVectors,
    load_data_directory,
    save_vectors,
)
from speechgen.errors import AudioError, ConfigError, DataError, NoVoiceError, OutputError
from speechgen.features import check_voice
from speechgen.files import check_absent, is_stream
from speechgen.progress import track
from speechgen.synthesis.excerpts import embed_excerpts


@dataclass(frozen=True)
class EmbedReport:
    """How many vectors were written, and what was left out: a name and the reason for each.

    Attributes
    ----------
    written
        Vectors in the file.
    failed
        Files without a vector; of a data directory what cannot be read.
    spared
        Utterances of a data directory without a voice, whose speakers have vectors of others.
    """

    written: int
    failed: list[tuple[str, str]]
    spared: list[tuple[str, str]] = field(default_factory=list)


def embed_wave(wave: Any, encoder: nn.Module, name: str = "the recording") -> np.ndarray:
    """Speaker vector (feature,) float32 of a waveform (time,) at the encoder's sample rate.

    Raises
    ------
    AudioError
        There is no voice in it (:func:`speechgen.features.check_voice`), or it is no waveform.
    """
    wave = as_mono(wave, name)
    check_voice(wave, rate_of(encoder), name)
    device = next(encoder.parameters()).device
    with torch.inference_mode():
        batch = torch.from_numpy(np.require(wave, np.float32, ["C", "W"])).to(device)
        vector = encoder(batch.unsqueeze(0))[0].float().cpu().numpy()
    if not np.isfinite(vector).all():
        raise AudioError(f"{name}: the speaker encoder gave NaN or infinity")
    return vector.copy()


def rate_of(encoder: nn.Module) -> int:
    """The sample rate (Hz) that an encoder expects."""
    rate = encoder.sample_rate
    assert isinstance(rate, int)
    return rate


def embed_paths(
    source: Path | str | Sequence[Path | str],
    encoder: nn.Module,
    output: Path | str,
    *,
    overwrite: bool = False,
) -> EmbedReport:
    """Write the speaker vectors of sound files, or of a data directory, to an .npz.

    What cannot be read, or has no voice in it, is left out and reported; the others are written. A
    silent utterance among others of its speaker is no failure: the speaker has a vector. Where a
    data directory has one utterance of a speaker, excerpts of it are embedded as well, so that
    training has a vector that does not hear what it goes with.

    Parameters
    ----------
    source
        Sound files, each a speaker of its own named after the file (files of one name after their
        folders too, as in ``monday/anna`` and ``tuesday/anna``); or one data directory.
    encoder
        A speaker encoder in evaluation mode, with ``sample_rate`` (Hz).
    output
        File for :func:`speechgen.data.load_vectors`: arrays ``ids``, ``speakers``, ``vectors``.
    overwrite
        Whether ``output`` may be replaced.

    Returns
    -------
    EmbedReport
        Number of vectors, and what was left out.

    Raises
    ------
    AudioError, DataError, OutputError
        None of it can be embedded, or the output cannot be written; nothing is then written.
    """
    output = Path(output)
    if output.suffix != ".npz" and not is_stream(output):
        raise OutputError(f"{output}: speaker vectors are written as .npz; choose such a name")
    check_absent(output, overwrite=overwrite)
    if isinstance(source, str | os.PathLike):
        items = _from_directory(Path(source), encoder)
    else:
        items = _from_files([Path(path) for path in source], encoder)
    vectors: list[np.ndarray] = []
    done: list[_Item] = []
    left_out: list[tuple[_Item, AudioError]] = []
    for item in track(items, "embedding"):
        try:
            vectors.append(embed_wave(item.read(), encoder, item.name))
            done.append(item)
        except AudioError as error:
            left_out.append((item, error))
    known = {item.speaker for item in done}
    failed: list[tuple[str, str]] = []
    spared: list[tuple[str, str]] = []
    for item, problem in left_out:
        mute = isinstance(problem, NoVoiceError) and item.speaker in known
        reason = str(problem).removeprefix(f"{item.name}: ")
        (spared if mute else failed).append((item.name, reason))
    if not done:
        raise AudioError(f"no voice in any of {len(failed)} recordings; {': '.join(failed[0])}")
    ids, speakers = tuple(item.id for item in done), tuple(item.speaker for item in done)
    excerpts = None
    if isinstance(source, str | os.PathLike):
        singles = {name for name, count in Counter(speakers).items() if count == 1}
        waves = {item.id: item.read for item in done if item.speaker in singles}
        excerpts = embed_excerpts(waves, partial(embed_wave, encoder=encoder), rate_of(encoder))
    table = SpeakerVectors(ids, speakers, np.stack(vectors), excerpts)
    save_vectors(output, table, overwrite=overwrite)
    return EmbedReport(len(done), failed, spared)


@dataclass(frozen=True)
class _Item:
    """A recording to embed: what messages call it, its id and speaker, and how to read it."""

    name: str
    id: str
    speaker: str
    read: Callable[[], np.ndarray]


def _from_directory(path: Path, encoder: nn.Module) -> list[_Item]:
    bank = AudioBank(load_data_directory(path), rate_of(encoder))
    return [
        _Item(f"{path}: utterance {name}", name, speaker, partial(bank.wave, index))
        for index, (name, speaker) in enumerate(zip(bank.ids, bank.speakers, strict=True))
    ]


def _from_files(paths: list[Path], encoder: nn.Module) -> list[_Item]:
    if not paths:
        raise ConfigError("no recordings to embed")
    names = name_files(paths)
    rate = rate_of(encoder)
    return [
        _Item(str(path), name, name, partial(read_mono, path, rate))
        for path, name in zip(paths, names, strict=True)
    ]


def name_files(paths: Sequence[Path]) -> list[str]:
    """A name for each file: its own without suffix, and as much before it as tells them apart.

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
    stems = [path.stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    parents = [path.absolute().parent for path in paths]
    common = Path(os.path.commonpath(parents))
    whole = [path.absolute().relative_to(common) for path in paths]
    count = Counter(path.with_suffix("") for path in whole)
    return [(p if count[p.with_suffix("")] > 1 else p.with_suffix("")).as_posix() for p in whole]
