"""Writing pairs of a clean and another side as a data directory, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from speechgen.audio import write
from speechgen.data.kaldi.directory import DataDirectory, in_byte_order
from speechgen.data.kaldi.writing import write_data_directory
from speechgen.data.shards.shard_set import is_shards
from speechgen.errors import OutputError
from speechgen.files import synced_together, write_text


class Pair(NamedTuple):
    """Both sides (time,) of one pair.

    ``name`` is that of the pair, ``utterance`` the one it was made of, and ``facts`` stand in its
    line of ``pairs.tsv``.
    """

    name: str
    utterance: str
    clean: np.ndarray
    noisy: np.ndarray
    sample_rate: int
    facts: Sequence[str]


def write_pairs(
    source: DataDirectory, out_dir: str | Path, pairs: Iterable[Pair], columns: Sequence[str]
) -> DataDirectory:
    """Write ``clean/NAME.wav``, ``noisy/NAME.wav`` (16 bit), what joins them, and ``pairs.tsv``.

    Parameters
    ----------
    source
        Where the utterances are from: pairs keep their speakers, texts and phones.
    out_dir
        Folder.
    pairs
        Taken one by one, so that they need not fit into memory.
    columns
        What the facts of the pairs are.

    Raises
    ------
    OutputError
        The folder is a data directory or shards of something else, which this would replace, or
        the pairs are made of what is in it.
    """
    out = Path(out_dir)
    sides = {(out / side).resolve() for side in ("clean", "noisy")}
    if any(file.resolve().parent in sides for file in source.wavs.values()):
        raise OutputError(f"{out}: holds what is to be read; give another folder")
    if is_shards(out) or ((out / "wav.scp").exists() and not (out / "pairs.tsv").exists()):
        raise OutputError(
            f"{out}: is a data directory already, not one of such pairs; give another folder"
        )
    files: dict[str, tuple[Path, Path]] = {}
    speakers, texts, phones, durations, rows = {}, {}, {}, {}, {}
    with synced_together():
        for pair in pairs:
            name, utterance = pair.name, pair.utterance
            files[name] = (out / "clean" / f"{name}.wav", out / "noisy" / f"{name}.wav")
            for file, side in zip(files[name], (pair.clean, pair.noisy), strict=True):
                write(file, side, pair.sample_rate, overwrite=True)
            speakers[name] = source.speakers[utterance]
            durations[name] = len(pair.clean) / pair.sample_rate
            if source.texts and utterance in source.texts:
                texts[name] = source.texts[utterance]
            if source.phones and utterance in source.phones:
                phones[name] = source.phones[utterance]
            rows[name] = (utterance, *pair.facts)
    head = "\t".join(("id", "utterance", *columns)) + "\n"
    lines = ("\t".join((name, *rows[name])) + "\n" for name in in_byte_order(rows))
    write_text(out / "pairs.tsv", head + "".join(lines))
    return write_data_directory(
        out,
        {name: pair[0] for name, pair in files.items()},
        speakers,
        texts=texts or None,
        noisy={name: pair[1] for name, pair in files.items()},
        durations=durations,
        phones=phones or None,
    )
