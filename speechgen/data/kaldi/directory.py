"""The Kaldi data directory as a value.

A data directory is a folder of sorted text files: ``wav.scp`` (id, sound file), ``utt2spk`` and
``spk2utt`` (who speaks), and where they apply ``text``, ``phones``, ``segments``, ``noisy.scp``
(id, the noisy version of the same sound) and ``utt2dur``. Sound files are named by absolute paths,
or by paths relative to the directory. Nothing in it is ever executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from speechgen.errors import DataError

Value = TypeVar("Value")


class Segment(NamedTuple):
    """A stretch of a recording: its id in wav.scp, and from when to when (seconds)."""

    recording: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class DataDirectory:
    """A validated data directory; every mapping has the same utterance ids, in byte order.

    Parameters
    ----------
    path
        The folder.
    wavs
        Utterance id to the sound file that holds it (the whole recording, if there are segments).
    speakers
        Utterance id to speaker id.
    texts, phones, noisy, segments, durations
        Words, phones with spaces between them, noisy sound file, stretch of the recording, and
        seconds of each utterance; None where the directory does not say. Words and phones of some
        may be missing.
    """

    path: Path
    wavs: dict[str, Path]
    speakers: dict[str, str]
    texts: dict[str, str] | None = None
    noisy: dict[str, Path] | None = None
    segments: dict[str, Segment] | None = None
    durations: dict[str, float] | None = None
    phones: dict[str, str] | None = None

    @property
    def ids(self) -> list[str]:
        """Utterance ids in byte order."""
        return list(self.wavs)

    @property
    def speaker_names(self) -> list[str]:
        """Speaker ids in byte order."""
        return in_byte_order(set(self.speakers.values()))

    def __len__(self) -> int:
        return len(self.wavs)

    def subset(self, ids: Iterable[str]) -> DataDirectory:
        """The same directory with only the utterances named."""
        keep = set(ids)
        unknown = keep - self.wavs.keys()
        if unknown:
            raise DataError(f"{self.path}: has no utterance {min(unknown)}")

        return DataDirectory(
            self.path,
            wavs=_part(self.wavs, keep),
            speakers=_part(self.speakers, keep),
            texts=self.texts and _part(self.texts, keep),
            noisy=self.noisy and _part(self.noisy, keep),
            segments=self.segments and _part(self.segments, keep),
            durations=self.durations and _part(self.durations, keep),
            phones=self.phones and _part(self.phones, keep),
        )


def _part(table: Mapping[str, Value], keep: set[str]) -> dict[str, Value]:
    return {name: value for name, value in table.items() if name in keep}


def in_byte_order(names: Iterable[str]) -> list[str]:
    """Sort as ``LC_ALL=C sort`` does, which is what Kaldi expects."""
    return sorted(names, key=lambda name: name.encode("utf-8", "surrogateescape"))
