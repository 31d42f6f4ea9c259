"""Checking shards: that every tar is whole, safe, and what the index says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from speechgen.data.shards.index_files import speaker_table
from speechgen.data.shards.index_reading import SPEAKERS, ShardFile
from speechgen.data.shards.rows import ShardRows
from speechgen.data.shards.shard_set import ShardSet
from speechgen.data.shards.tar_headers import members_of
from speechgen.errors import DataError
from speechgen.files import file_sha256
from speechgen.progress import track


def check_shards(folder: str | Path) -> list[str]:
    """List what is wrong with a folder of shards, or a URL of one, whose bytes are all read.

    Returns
    -------
    list of str
        ``file: what is wrong``, one for each shard; an empty list means that it is good.
    """
    try:
        shards = ShardSet(folder)
    except DataError as error:
        return [str(error)]
    found = list(_unlisted(shards))
    for number in track(range(len(shards.shards)), "checking shards"):
        try:
            found += list(_problems(shards, number))
        except DataError as error:
            found.append(str(error))
    try:
        return found or list(_speakers(shards))
    except DataError as error:  # of a server
        return [str(error)]


def _unlisted(shards: ShardSet) -> Iterator[str]:
    """Tars that came after the index, which no training would read."""
    listed = {shard.name for shard in shards.shards}
    if not isinstance(shards.path, Path):
        return  # servers do not list what they have
    for tar in sorted(shards.path.glob("*.tar")):
        if tar.name not in listed:
            yield f"{tar}: is not in the index; write it anew: speechgen prepare index {tar.parent}"


def _speakers(shards: ShardSet) -> Iterator[str]:
    """Whether the table of speakers is the one that follows from the rows of all shards."""
    file = shards.files.place(SPEAKERS)
    table = speaker_table([shards.rows(number).speakers for number in range(len(shards.shards))])
    try:
        kept = shards.files.small(SPEAKERS, shards.speakers_sha256)
        found = np.load(kept, mmap_mode="r", allow_pickle=False)
        if found.dtype != table.dtype or not np.array_equal(found, table):
            raise ValueError("is not that of the shards")
    except (OSError, ValueError, EOFError) as error:
        yield (
            f"{file}: is missing or damaged ({error}); write it anew: speechgen prepare index "
            f"{shards.path}"
        )


def _problems(shards: ShardSet, number: int) -> Iterator[str]:
    shard = shards.shards[number]
    place = shards.files.place(shard.name)
    with shards.files.whole(shard) as tar:
        places = {(member.start, member.size) for member in members_of(tar, place)}
        same = file_sha256(tar) == shard.sha256
    rows = shards.rows(number)
    same = same and file_sha256(shards.files.small(shard.rows_name)) == shard.rows_sha256
    if not same:
        yield f"{place}: is not what the index was written for (SHA-256); copy it again"
    elif strange := _strange(rows, places):
        yield f"{place}: {strange}; write the index anew: speechgen prepare index {shards.path}"
    elif not _agree(rows, shard):
        yield f"{place}: has another duration than the index says; write the index anew"


def _strange(rows: ShardRows, places: set[tuple[int, int]]) -> str:
    """The first utterance whose bytes are no member."""
    sides = [(rows.clean.start, rows.clean.size), (rows.facts_start, rows.facts_size)]
    if rows.noisy is not None:
        sides.append((rows.noisy.start, rows.noisy.size))
    for starts, sizes in sides:
        for name, *place in zip(rows.ids.tolist(), starts.tolist(), sizes.tolist(), strict=True):
            if place[1] and tuple(place) not in places:
                return f"{name.decode()} is at byte {place[0]} by the index, where no file is"
    return ""


def _agree(rows: ShardRows, shard: ShardFile) -> bool:
    return abs(rows.seconds - shard.seconds) < 1e-3
