"""Files of a data directory that hold what is said in its utterances, made of ``text``."""

from __future__ import annotations

from collections.abc import Callable

from speechgen.data.kaldi.directory import DataDirectory
from speechgen.errors import DataError
from speechgen.files import write_text
from speechgen.progress import track


def write_said(data: DataDirectory, name: str, said_of: Callable[[str], str]) -> dict[str, str]:
    """Write the file ``name``: an utterance id and what ``said_of`` makes of its words a line.

    Utterances without words, or of which ``said_of`` says that they hold nothing to say, get none.

    Returns
    -------
    dict
        What is said, by utterance id.

    Raises
    ------
    DataError
        There are no words at all.
    """
    said = {}
    for utterance, words in track((data.texts or {}).items(), name):
        try:
            said[utterance] = said_of(words)
        except DataError:
            continue
    if not said:
        raise DataError(f"{data.path}: has no words to say; put them into {data.path / 'text'}")
    write_text(data.path / name, "".join(f"{key} {line}\n" for key, line in said.items()))
    return said
