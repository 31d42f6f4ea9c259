"""LJ Speech 1.1 (K. Ito and L. Johnson, 2017): 24 hours of one American voice, public domain.

The archive holds ``LJSpeech-1.1/wavs/LJ001-0001.wav`` (22.05 kHz, 13,100 of them) and
``LJSpeech-1.1/metadata.csv`` with what they say.
"""

from __future__ import annotations

from pathlib import Path

from speechgen.data.corpora.download import Archive, fetch_archives
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.scanning import durations_of, sounds_in
from speechgen.data.kaldi.transcripts import find_words
from speechgen.data.kaldi.writing import write_data_directory
from speechgen.errors import DataError

FOLDER = "LJSpeech-1.1"
SPEAKER = "lj"

# The checksum is the one that the corpus's page states.
ARCHIVES = (
    Archive(
        "https://data.keithito.com/data/speech/LJSpeech-1.1.tar.bz2",
        md5="c4763be9595ddfa79c2fc6eaeb3b6c8e",
    ),
)


def download_ljspeech(root: str | Path) -> Path:
    """Fetch and unpack LJ Speech (2.7 GB) into ``root``; resumes, and does nothing when done.

    Returns
    -------
    Path
        The folder that :func:`prepare_ljspeech` wants.

    Raises
    ------
    DataError
        The server fails, the checksum is wrong, or what was unpacked earlier is gone.
    OutputError
        The disk refuses.
    """
    root = Path(root)
    if find_ljspeech(root) is None:
        fetch_archives(ARCHIVES, root)
        if find_ljspeech(root) is None:
            raise DataError(
                f"{root}: LJ Speech was unpacked here earlier and is gone; remove {root}/"
                ".downloaded to fetch it again"
            )
    return root


def find_ljspeech(root: Path) -> Path | None:
    """The folder with ``metadata.csv`` and ``wavs``: ``root``, or the archive's folder in it."""
    for folder in (root, root / FOLDER):
        if (folder / "metadata.csv").is_file() and (folder / "wavs").is_dir():
            return folder
    return None


def prepare_ljspeech(root: str | Path, out: str | Path) -> DataDirectory:
    """Describe the corpus, or a part of it; the speaker is called ``lj``.

    Parameters
    ----------
    root
        What was unpacked, or the folder it was unpacked into.
    out
        The data directory to write.

    Raises
    ------
    DataError
        No such corpus, or unreadable files.
    """
    folder = find_ljspeech(Path(root))
    if folder is None:
        raise DataError(f"{root}: holds no metadata.csv with a folder wavs; give the corpus's root")
    files = sounds_in(folder / "wavs")
    wavs = {f"{SPEAKER}-{file.stem}": file for file in files}
    words = find_words(folder, files)
    return write_data_directory(
        out,
        wavs,
        dict.fromkeys(wavs, SPEAKER),
        texts={f"{SPEAKER}-{file.stem}": text for file, text in words.items()} or None,
        durations=durations_of(wavs),
    )
