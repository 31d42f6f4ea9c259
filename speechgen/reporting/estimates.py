"""What several folders hold of each utterance of a data directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from speechgen.data import DataDirectory
from speechgen.errors import DataError
from speechgen.evaluation.sources import Source, sources_by_id
from speechgen.evaluation.synthesis import SEPARATOR


@dataclass(frozen=True)
class Estimate:
    """What a system made of an utterance: the folder's name, the voice or nothing, the sound."""

    system: str
    speaker: str
    source: Source


def estimates_of(data: DataDirectory, folders: Sequence[str | Path]) -> dict[str, list[Estimate]]:
    """Utterance id to what the folders hold of it, in their order.

    Files are called ``UTTERANCE`` or ``UTTERANCE__as__SPEAKER``; others are left out.

    Raises
    ------
    DataError
        In some folder no file is called after an utterance.
    """
    found: dict[str, list[Estimate]] = {}
    for folder in folders:
        parts = [(*name.partition(SEPARATOR), one) for name, one in sources_by_id(folder).items()]
        if not any(utterance in data.wavs for utterance, *_ in parts):
            raise DataError(f"{folder}: no file is called after an utterance of {data.path}")
        for utterance, _, speaker, source in parts:
            if utterance in data.wavs:
                one = Estimate(Path(folder).name, speaker, source)
                found.setdefault(utterance, []).append(one)
    return found
