"""The index of a folder of shards: which there are, and who speaks where."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data.kaldi.directory import in_byte_order
from speechgen.data.shards.index_reading import INDEX, SPEAKERS, VERSION
from speechgen.data.shards.indexing import index_shard
from speechgen.data.shards.remote_reads import is_url
from speechgen.data.shards.rows import ShardRows, load_rows, save_rows
from speechgen.data.shards.shard_set import ShardSet
from speechgen.errors import DataError
from speechgen.files import atomic_path, file_sha256, write_json
from speechgen.progress import track


def index_folder(folder: str | Path) -> ShardSet:
    """Write the index of a folder of tar shards, whoever packed them; the tars stay as they are.

    An utterance is what shares a name up to its first dot: a sound (``.flac .wav .ogg .opus
    .mp3``), on request ``.noisy.flac`` or the like, and ``.json`` with ``speaker``, ``text``,
    ``phones``, ``symbols`` or some of them. Without one the speaker is the name up to its first
    ``-`` or ``_``.

    Raises
    ------
    DataError
        It is a URL, there is no tar, one cannot be trusted, or two utterances have one id.
    """
    if is_url(folder):
        raise DataError(f"{folder}: is a URL; index the tars on a disk, then copy the folder there")
    folder = Path(folder)
    tars = sorted(folder.glob("*.tar"))
    if not tars:
        raise DataError(f"{folder}: has no .tar; write shards with: speechgen prepare shards")
    for tar in track(tars, "indexing"):
        save_rows(tar.with_suffix(".npz"), index_shard(tar))
    return write_index(folder, tars)


def write_index(folder: Path, tars: list[Path]) -> ShardSet:
    """Write ``shards.json`` and ``speakers.npy`` for tars whose rows are there; read them again.

    Raises
    ------
    DataError
        Two utterances have one id, or some shards have noisy versions and others have not.
    """
    shards: list[dict[str, Any]] = []
    who: list[np.ndarray] = []
    seen: dict[bytes, Path] = {}
    phones: set[bytes] = set()
    pairs, symbols = set(), False
    for tar in tars:
        file = tar.with_suffix(".npz")
        rows = load_rows(file, None, tar.stat().st_size)
        for name in rows.ids.tolist():
            if name in seen:
                where = "twice in it" if seen[name] == tar else f"in {seen[name].name} too"
                raise DataError(f"{tar}: {name.decode()!r} is {where}; ids must be unique")
            seen[name] = tar
        who.append(rows.speakers)
        shards.append(_entry(tar, file, rows))
        phones.update(rows.phone_names.tolist())
        pairs.add(rows.noisy is not None)
        symbols = symbols or bool(rows.symbol_places.any())
    if len(pairs) > 1:
        raise DataError(f"{folder}: some shards have noisy versions, others have not")
    counts = Counter(name.decode() for part in who for name in part.tolist())
    with atomic_path(folder / SPEAKERS, overwrite=True) as place, place.open("wb") as out:
        np.save(out, speaker_table(who))
    index = {
        "version": VERSION,
        "shards": shards,
        "speakers": {name: counts[name] for name in in_byte_order(counts)},
        "phones": sorted(phone.decode() for phone in phones),
        "pairs": pairs == {True},
        "symbols": symbols,
        "speakers_sha256": file_sha256(folder / SPEAKERS),
    }
    write_json(folder / INDEX, index)
    return ShardSet(folder)


def _entry(tar: Path, file: Path, rows: ShardRows) -> dict[str, Any]:
    return {
        "name": tar.name,
        "utterances": len(rows),
        "seconds": rows.seconds,
        "bytes": tar.stat().st_size,
        "sha256": file_sha256(tar),
        "rows_sha256": file_sha256(file),
    }


def speaker_table(who: list[np.ndarray]) -> np.ndarray:
    """(utterance, 2) uint32: shard and row, speaker by speaker in byte order; ``who`` by shards."""
    names = np.concatenate(who)
    shard = np.repeat(np.arange(len(who), dtype=np.uint32), [len(part) for part in who])
    row = np.concatenate([np.arange(len(part), dtype=np.uint32) for part in who])
    order = np.argsort(names, kind="stable")
    return np.stack([shard, row], axis=1)[order]
