"""The ``phones`` file of a data directory, from its ``text``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.errors import DataError
from speechgen.files import write_text
from speechgen.progress import track
from speechgen.text import phonemise


def write_phones(data_dir: str | Path) -> DataDirectory:
    """Write ``phones`` into ``data_dir``: an utterance id and its phones a line.

    Utterances without words, or whose text holds nothing to say, get no line.

    Parameters
    ----------
    data_dir
        A data directory with ``text``.

    Returns
    -------
    DataDirectory
        The directory with :attr:`~DataDirectory.phones`.

    Raises
    ------
    DataError
        It has no words at all.
    SpeechgenError
        gruut is not installed.
    """
    data = load_data_directory(data_dir)
    phones = {}
    for name, words in track((data.texts or {}).items(), "phones"):
        try:
            phones[name] = " ".join(phonemise(words))
        except DataError:
            continue
    if not phones:
        raise DataError(f"{data.path}: has no words to say; put them into {data.path / 'text'}")
    write_text(data.path / "phones", "".join(f"{name} {said}\n" for name, said in phones.items()))
    return replace(data, phones=phones)
