"""Finding audio files under a folder, by their names."""

from __future__ import annotations

import os
from pathlib import Path

from speechgen.errors import AudioError

_CONTAINERS = "wav wave bwf rf64 w64 flac ogg oga opus mp3 aif aiff aifc au snd caf sph nist voc"
EXTENSIONS = frozenset(f".{name}" for name in _CONTAINERS.split(" "))


def find_audio(folder: str | Path) -> list[Path]:
    """List the sound files under ``folder``, at any depth, in byte order of their relative paths.

    Links to files are followed, links to folders are not (they may form circles). Names that
    begin with a dot are skipped.

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
    if not folder.is_dir():
        raise AudioError(f"{folder}: is not a folder; give a folder with sound files")
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(where, name)
            if not name.startswith(".") and path.suffix.lower() in EXTENSIONS and path.is_file():
                found.append(path)
    return sorted(found, key=lambda path: os.fsencode(path.relative_to(folder).as_posix()))
