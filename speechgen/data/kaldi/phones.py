"""The ``phones`` file of a data directory, from its ``text``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.said import write_said
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
    phones = write_said(data, "phones", lambda words: " ".join(phonemise(words)))
    return replace(data, phones=phones)
