"""What is to be made of a data directory, in blocks, and what has been made before.

``speech.jsonl`` in the folder (:mod:`speechgen.synthesis.speech_manifest`) has a line for each file
that is finished: a hash of all it was made of, and its seconds and those of the work.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data import AudioBank, SpeakerVectors
from speechgen.data.kaldi.directory import DataDirectory, in_byte_order
from speechgen.errors import AudioError, DataError, OutputError
from speechgen.files import check_absent, check_writable, size_and_time
from speechgen.store import LoadedModel
from speechgen.store.weights_hash import weights_hash
from speechgen.synthesis.batch import Job, network_of, waves_of
from speechgen.synthesis.generators import Drawing
from speechgen.synthesis.speech_manifest import SpeechManifest
from speechgen.synthesis.speech_output import sound_file
from speechgen.synthesis.target_voice import TargetVoices
from speechgen.synthesis.voice_identity import digest_of

_BLOCK = 64  # utterances that are in memory at a time
_RECORDINGS = 5  # of a voice


@dataclass(frozen=True)
class Wanted:
    """An utterance in a voice: the number of its noise, ids, and the file to write."""

    number: int
    utterance: str
    speaker: str
    target: Path


@dataclass(frozen=True)
class Making:
    """How all utterances are made, as :func:`speechgen.synthesis.synthesize_data` takes it."""

    drawing: Drawing
    keep_samples: int | None = None
    semitones: float = 0.0
    formants: float = 1.0


class DirectoryJobs:
    """The utterances of a data directory in some voices, made and noted.

    Parameters
    ----------
    data
        The data directory.
    loaded, voices
        A synthesiser, and voices for it.
    table
        Speaker vectors; None embeds some recordings of each speaker.
    manner
        How they are made.
    """

    def __init__(
        self,
        data: DataDirectory,
        loaded: LoadedModel,
        voices: TargetVoices,
        table: SpeakerVectors | None,
        manner: Making,
    ) -> None:
        self._data, self._loaded, self._voices = data, loaded, voices
        self._manner = manner
        network = network_of(loaded)
        self._takes_voice, self._rate = bool(network.speaker_features), int(network.sample_rate)
        self._melodies = voices.melodies
        self._recordings = Recordings(data)
        self._weights = weights_hash(loaded.model)
        self._voice = cache(partial(self._recordings.voice, table=table))
        self._height = cache(self._height_of)
        self._voice_digest = cache(self._digest_of_voice)

    def left(
        self, wanted: Sequence[Wanted], manifest: SpeechManifest, *, overwrite: bool
    ) -> list[Wanted]:
        """Those that are not finished, all of them under ``overwrite``.

        Raises
        ------
        OutputError
            A file is there that was made of something else, or cannot be written.
        """
        left = []
        for one in wanted:
            line = None if overwrite else manifest.of(one.target)
            if line is not None and line.get("digest") == self._digest(one):
                continue
            if line is not None:
                raise OutputError(
                    f"{one.target}: was made of something else (recording, voice, model or "
                    "settings); use --overwrite to redo it"
                )
            check_absent(one.target, overwrite=overwrite)
            left.append(one)
        for folder in {one.target.parent for one in left}:
            check_writable(folder / left[0].target.name)
        return left

    def make(self, wanted: Sequence[Wanted], manifest: SpeechManifest, *, overwrite: bool) -> None:
        """Make ``wanted``, a block at a time, and note each before it has its name."""
        for start in range(0, len(wanted), _BLOCK):
            block = wanted[start : start + _BLOCK]
            for one, wave, seconds in self._made(block):
                line = {
                    "file": one.target.name, "digest": self._digest(one),
                    "seconds": round(len(wave) / self._rate, 4), "work_seconds": round(seconds, 5),
                    "samples": len(wave),
                }  # fmt: skip

                def note(whole: Path, line: dict[str, Any] = line, one: Wanted = one) -> None:
                    manifest.add(line, whole, one.target)

                with sound_file(
                    one.target, self._rate, overwrite=overwrite, when_whole=note
                ) as sink:
                    sink(wave)

    def _made(self, block: Sequence[Wanted]) -> Iterator[tuple[Wanted, np.ndarray, float]]:
        """Each with its wave and its share of the work in seconds."""
        with tempfile.TemporaryDirectory(prefix="speechgen-") as scratch:
            some = self._data.subset({one.utterance for one in block})
            bank = AudioBank(some, self._rate, scratch)
            jobs = [self._job(one, bank) for one in block]
        drawing = replace(self._manner.drawing, streams=tuple(one.number for one in block))
        waves, timing = waves_of(jobs, self._loaded, self._voices, drawing)
        share = timing.seconds / sum(map(len, waves))
        for one, wave in zip(block, waves, strict=True):
            yield one, wave, share * len(wave)

    def _job(self, one: Wanted, bank: AudioBank) -> Job:
        wave = bank.wave(bank.index_of(one.utterance))[: self._manner.keep_samples]
        own = self._data.speakers[one.utterance] == one.speaker
        return Job(
            wave, self._voice(one.speaker) if self._takes_voice else None, one.target,
            f0_hz=(None if own else self._height(one.speaker)) or "source",
            semitones=self._manner.semitones, formants=self._manner.formants,
        )  # fmt: skip

    def _digest(self, one: Wanted) -> str:
        """Of all that decides what comes out; recordings count by size and time of change."""
        manner, data = self._manner, self._data
        segment = None if data.segments is None else data.segments[one.utterance]
        tracker = self._loaded.config.features.get("f0_tracker")  # where it is not the usual one
        drawing = [getattr(manner.drawing, key) for key in ("seed", "temperature", "engine")]
        return digest_of(
            [
                self._weights, self._voice_digest(one.speaker), one.number, one.utterance,
                data.speakers[one.utterance] == one.speaker, _stamp(data.wavs[one.utterance]),
                segment, *drawing, manner.drawing.postfilter, manner.keep_samples,
                manner.semitones, manner.formants,
                *([tracker] if tracker else []),
            ]
        )  # fmt: skip

    def _digest_of_voice(self, speaker: str) -> list[Any]:
        known = speaker in self._recordings
        heard = [_stamp(path) for path in self._recordings.of(speaker)] if known else []
        voice = self._voice(speaker) if self._takes_voice else None
        return [heard, None if voice is None else self._voices.identity(voice).digest]

    def _height_of(self, speaker: str) -> float | None:
        """Mean F0 in Hz: as the model knows it, or that of some recordings."""
        known = self._melodies.named(speaker)
        return known or self._melodies.mean_height(self._recordings.of(speaker))


class Recordings:
    """Some recordings of each speaker of a data directory, found in one pass."""

    def __init__(self, data: DataDirectory) -> None:
        self._path = data.path
        self._of: dict[str, list[Path]] = {}
        for utterance, speaker in data.speakers.items():
            some = self._of.setdefault(speaker, [])
            if len(some) < _RECORDINGS:
                some.append(data.wavs[utterance])

    def __contains__(self, speaker: str) -> bool:
        return speaker in self._of

    def of(self, speaker: str) -> list[Path]:
        """Those of a speaker (DataError where there is none)."""
        if speaker not in self._of:
            known = ", ".join(in_byte_order(self._of))
            raise DataError(f"{self._path}: has no speaker {speaker!r}; speakers are: {known}")
        return self._of[speaker]

    def voice(self, speaker: str, table: SpeakerVectors | None) -> list[Path] | np.ndarray:
        """The mean vector of a speaker, or without vectors the recordings (DataError)."""
        return self.of(speaker) if table is None else table.mean_of(speaker)


def _stamp(path: Path) -> list[int]:
    try:
        return size_and_time(path)
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror})") from error
