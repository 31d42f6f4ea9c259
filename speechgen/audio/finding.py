"""Finding audio files under a folder, by their names."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from speechgen.audio.ffmpeg import FOREIGN_ENDINGS, has_ffmpeg
from speechgen.errors import AudioError

_CONTAINERS = "wav wave bwf rf64 w64 flac ogg oga opus mp3 aif aiff aifc au snd caf sph nist voc"
EXTENSIONS = frozenset(f".{name}" for name in _CONTAINERS.split(" "))
# of sound too, but rare, or without a header: read where named, or not at all
_RARE = "svx 8svx iff paf pvf ircam sf amb wve mp1 mp2 gsm vox raw pcm ul al"
_RARE_ENDINGS = frozenset(f".{name}" for name in _RARE.split(" "))
SOUND_ENDINGS = EXTENSIONS | FOREIGN_ENDINGS | _RARE_ENDINGS


@dataclass(frozen=True)
class Found:
    """What there is of sound under a folder.

    Attributes
    ----------
    names
        Relative paths of the files that were asked for, in byte order.
    count
        Files that can be read, asked for or not.
    left_out
        One line on sound files that cannot be read here; empty if there is none.
    """

    names: list[str]
    count: int
    left_out: str


def find_audio(folder: str | Path) -> list[Path]:
    """List the sound files under ``folder``, at any depth, in byte order of their relative paths.

    Links to files are followed, links to folders are not (they may form circles). Names that
    begin with a dot are skipped. Sound that takes ffmpeg counts where that is installed; else
    :func:`left_out` says what there is of it.

    Parameters
    ----------
    folder
        Where to look.

    Returns
    -------
    list of Path
        ``folder`` joined with each relative path; empty if there is no sound.

    Raises
    ------
    AudioError
        ``folder`` is missing or no folder.
    """
    folder = Path(folder)
    return [folder / name for name in look_for_audio(folder).names]


def left_out(folder: str | Path) -> str:
    """One line on the sound files of ``folder`` that are left out here; empty if none is."""
    return look_for_audio(folder, lambda name: False).left_out


def look_for_audio(folder: str | Path, wanted: Callable[[str], bool] = lambda name: True) -> Found:
    """:func:`find_audio` and :func:`left_out` in one pass, which keeps ``wanted`` names only.

    A folder of a million files takes memory for what is wanted of it.

    Parameters
    ----------
    folder
        Where to look.
    wanted
        Whether a relative path is to be listed.

    Raises
    ------
    AudioError
        ``folder`` is missing or no folder.
    """
    if not os.path.isdir(folder):
        raise AudioError(f"{folder}: is not a folder; give a folder with sound files")
    readable = EXTENSIONS | FOREIGN_ENDINGS if has_ffmpeg() else EXTENSIONS
    names, count, others = [], 0, Counter[str]()
    for name, ending in _sounds_in(os.fspath(folder)):
        if ending not in readable:
            others[ending] += 1
            continue
        count += 1
        if wanted(name):
            names.append(name)
    names.sort(key=os.fsencode)
    return Found(names, count, _told(folder, others))


def _sounds_in(top: str) -> Iterator[tuple[str, str]]:
    """Relative paths of all that has an ending of sound, with that, in the order of the disk."""
    folders = [""]
    while folders:
        inside = folders.pop()
        with contextlib.suppress(OSError), os.scandir(os.path.join(top, inside)) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(os.path.join(inside, entry.name))
                    continue
                ending = os.path.splitext(entry.name)[1].lower()
                if ending in SOUND_ENDINGS and entry.is_file():
                    yield os.path.join(inside, entry.name), ending


def _told(folder: str | Path, others: Counter[str]) -> str:
    said = []
    for endings, remedy in (
        (FOREIGN_ENDINGS, "install the program ffmpeg to read them"),
        (_RARE_ENDINGS, "convert them to WAV or FLAC first"),
    ):
        found = {ending: number for ending, number in others.items() if ending in endings}
        if found:
            count = sum(found.values())
            kinds = ", ".join(f"{number} {ending}" for ending, number in sorted(found.items()))
            files = "file is" if count == 1 else "files are"
            said.append(f"{folder}: {count} {files} left out ({kinds}); {remedy}")
    return "; ".join(said)
