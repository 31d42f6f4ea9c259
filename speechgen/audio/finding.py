"""Finding audio files under a folder, by their names."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from speechgen.audio.ffmpeg import FOREIGN_ENDINGS, has_ffmpeg
from speechgen.errors import AudioError

_CONTAINERS = "wav wave bwf rf64 w64 flac ogg oga opus mp3 aif aiff aifc au snd caf sph nist voc"
EXTENSIONS = frozenset(f".{name}" for name in _CONTAINERS.split(" "))
# of sound too, but rare, or without a header: read where named, or not at all
_RARE = "svx 8svx iff paf pvf ircam sf amb wve mp1 mp2 gsm vox raw pcm ul al"
_RARE_ENDINGS = frozenset(f".{name}" for name in _RARE.split(" "))


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
    return _find(folder, EXTENSIONS | FOREIGN_ENDINGS if has_ffmpeg() else EXTENSIONS)


def left_out(folder: str | Path) -> str:
    """One line on the sound files of ``folder`` that are left out here; empty if none is."""
    said = [_named(folder, _RARE_ENDINGS, "convert them to WAV or FLAC first")]
    if not has_ffmpeg():
        said.insert(0, _named(folder, FOREIGN_ENDINGS, "install the program ffmpeg to read them"))
    return "; ".join(filter(None, said))


def _named(folder: str | Path, endings: frozenset[str], remedy: str) -> str:
    found = Counter(path.suffix.lower() for path in _find(folder, endings))
    if not found:
        return ""
    count = sum(found.values())
    kinds = ", ".join(f"{number} {ending}" for ending, number in sorted(found.items()))
    files = "file is" if count == 1 else "files are"
    return f"{folder}: {count} {files} left out ({kinds}); {remedy}"


def _find(folder: str | Path, endings: frozenset[str]) -> list[Path]:
    folder = Path(folder)
    if not folder.is_dir():
        raise AudioError(f"{folder}: is not a folder; give a folder with sound files")
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(where, name)
            if not name.startswith(".") and path.suffix.lower() in endings and path.is_file():
                found.append(path)
    return sorted(found, key=lambda path: os.fsencode(path.relative_to(folder).as_posix()))
