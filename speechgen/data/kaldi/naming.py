"""Utterance and speaker ids out of file names: unique, without white space, in Kaldi's order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from speechgen.data.kaldi.directory import in_byte_order
from speechgen.errors import DataError

_DIGIT_SPEAKER_INDEX = re.compile(r"\d+_([A-Za-z]+)_\d+")


def clean_name(name: str) -> str:
    """A name with nothing but letters, digits, ``.``, ``_`` and ``-``; others become ``_``."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("_") or "_"


def speaker_name(name: str) -> str:
    """A speaker id: as :func:`clean_name`, without ``-``.

    The hyphen sorts before all else allowed, so ids of the form ``speaker-rest`` sort by speaker
    even where one speaker's name begins with another's.
    """
    return clean_name(name).replace("-", "_")


def speakers_by_name(files: list[Path]) -> list[str]:
    """Speakers of files that lie in one folder, from their names.

    The first field of a name up to ``-`` or ``_`` is the speaker (``19-198-0022``, ``p225_016``);
    in names of the form ``digit_speaker_index`` throughout it is the second.
    """
    matches = [_DIGIT_SPEAKER_INDEX.fullmatch(file.stem) for file in files]
    if all(matches):
        return [speaker_name(match[1]) for match in matches if match]
    return [speaker_name(re.split(r"[-_]", file.stem, maxsplit=1)[0]) for file in files]


def utterance_ids(speakers: list[str], names: list[str], files: Iterable[Path]) -> list[str]:
    """Ids for utterances, from their speakers and their names within the speaker.

    A name that begins with its speaker already is kept, if all that are kept sort by speaker.

    Raises
    ------
    DataError
        Two files would get one id.
    """
    kept = [clean_name(name) for name in names]
    pairs = list(zip(speakers, kept, strict=True))
    if not (all(_begins_with(name, who) for who, name in pairs) and _in_order(pairs)):
        kept = [name if name.startswith(f"{who}-") else f"{who}-{name}" for who, name in pairs]
    seen: dict[str, Path] = {}
    for name, file in zip(kept, files, strict=True):
        if name in seen:
            raise DataError(f"{seen[name]} and {file} would both be utterance {name}; rename one")
        seen[name] = file
    return kept


def _begins_with(name: str, speaker: str) -> bool:
    return name.startswith((f"{speaker}-", f"{speaker}_"))


def _in_order(pairs: list[tuple[str, str]]) -> bool:
    speaker_of = {name: who for who, name in pairs}
    speakers = [speaker_of[name] for name in in_byte_order(speaker_of)]
    return speakers == in_byte_order(speakers)
