"""Utterance and speaker ids out of file names: unique, without white space, in Kaldi's order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from speechgen.data.kaldi.directory import in_byte_order
from speechgen.errors import DataError
from speechgen.files import printable

_LETTERS = r"(?:[A-Za-z]|[^\x00-\x7f])+"  # of any script
_DIGIT_SPEAKER_INDEX = re.compile(rf"(\d+)_({_LETTERS})_\d+")
_PLAIN = "._-"


def composed(name: str) -> str:
    """``name`` in Unicode's composed form (NFC): as it looks, however a disk spells it."""
    return unicodedata.normalize("NFC", name)


def clean_name(name: str) -> str:
    """A name with nothing but letters, digits, ``.``, ``_`` and ``-``; others become ``_``.

    Letters and digits are those of all scripts, with the marks that belong to them, in composed
    form; so one name has one spelling. White space, signs and what is not UTF-8 become ``_``.
    """
    kept = (
        char if char in _PLAIN or unicodedata.category(char)[0] in "LNM" else " "
        for char in composed(name)
    )
    return re.sub(" +", "_", "".join(kept)).strip("_") or "_"


def speaker_name(name: str) -> str:
    """A speaker id: as :func:`clean_name`, without ``-``.

    The hyphen sorts before all else allowed, so ids of the form ``speaker-rest`` sort by speaker
    even where one speaker's name begins with another's.
    """
    return clean_name(name).replace("-", "_")


def speaker_ids(names: Iterable[str | Sequence[str]]) -> list[str]:
    """Speaker ids of speakers by their names, or of classes by the names of their folders.

    The ids of folders within folders are joined by ``.``. Names that differ only in how Unicode
    spells them are one name.

    Raises
    ------
    DataError
        Two different names would get one id; both are named.
    """
    first: dict[str, str] = {}
    ids = []
    for name in names:
        parts = [name] if isinstance(name, str) else name
        speaker = ".".join(speaker_name(part) for part in parts)
        shown = composed("/".join(parts))
        if first.setdefault(speaker, shown) != shown:
            raise DataError(
                f"'{printable(first[speaker])}' and '{printable(shown)}' would both be speaker "
                f"or class {speaker}; rename one"
            )
        ids.append(speaker)
    return ids


def names_in(files: list[Path]) -> list[str]:
    """What speakers are called in the names of files that lie in one folder.

    The first field of a name up to ``-`` or ``_`` is the speaker (``19-198-0022``, ``p225_016``);
    in names of the form ``digit_speaker_index`` throughout it is the second.
    """
    names = [composed(file.stem) for file in files]
    matches = [digit_speaker(name) for name in names]
    if all(matches):
        return [match[1] for match in matches if match]
    return [re.split(r"[-_]", name, maxsplit=1)[0] for name in names]


def digit_speaker(name: str) -> tuple[str, str] | None:
    """The digits and the speaker of a name of the form ``digit_speaker_index``."""
    match = _DIGIT_SPEAKER_INDEX.fullmatch(composed(name))
    return (match[1], match[2]) if match else None


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
            shown = printable(str(seen[name])), printable(str(file))
            same = composed(shown[0]) == composed(shown[1])
            alike = " (Unicode spells them in two ways)" if same else ""
            raise DataError(
                f"{shown[0]} and {shown[1]} would both be utterance {name}{alike}; rename one"
            )
        seen[name] = file
    return kept


def is_utf8(name: str) -> bool:
    """Whether a name is text, which the bytes that disks take for names need not be."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _begins_with(name: str, speaker: str) -> bool:
    return name.startswith((f"{speaker}-", f"{speaker}_"))


def _in_order(pairs: list[tuple[str, str]]) -> bool:
    speaker_of = {name: who for who, name in pairs}
    speakers = [speaker_of[name] for name in in_byte_order(speaker_of)]
    return speakers == in_byte_order(speakers)
