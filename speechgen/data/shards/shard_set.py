"""A folder of shards as a value: which there are, what they hold, and the bytes of any utterance.

::

    OUT/shards.json            which shards, how many utterances and seconds each, checksums
    OUT/shard-000000.tar       KEY.flac [KEY.noisy.flac] KEY.json, and so on (WebDataset's layout)
    OUT/shard-000000.npz       a row for each utterance: id, speaker, place, length, level, CRC
    OUT/speakers.npy           (shard, row) of all utterances, speaker by speaker

Memory is taken for the list of shards and for the rows of a few of them, whatever their number.
"""

from __future__ import annotations

import os
import re
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data.shards.rows import ShardRows, load_rows
from speechgen.errors import DataError
from speechgen.files import read_json

INDEX, SPEAKERS = "shards.json", "speakers.npy"
VERSION = 1
_NAME = re.compile(r"[\w][\w.-]*\.tar")
_KEPT_ROWS, _KEPT_FILES = 24, 64  # of that many shards at a time


@dataclass(frozen=True)
class ShardFile:
    """A shard: its tar's name, utterances, seconds and bytes, and SHA-256 of tar and rows."""

    name: str
    utterances: int
    seconds: float
    num_bytes: int
    sha256: str
    rows_sha256: str


def is_shards(folder: str | Path) -> bool:
    """Whether a folder holds shards rather than a data directory."""
    return (Path(folder) / INDEX).is_file()


class ShardSet:
    """Shards, by their index alone; which of them is read, and when, is for others to say.

    Parameters
    ----------
    folder
        As ``speechgen prepare shards`` writes it.

    Attributes
    ----------
    shards : list of ShardFile
        In the order of their names.
    speaker_names : list of str
        In byte order.
    speaker_counts : list of int
        Utterances of each.
    phone_names : list of str
        Every phone that is said, sorted.
    has_pairs, has_symbols : bool
        Whether utterances have noisy versions, and symbols.

    Raises
    ------
    DataError
        There is no index, it cannot be trusted, or a shard is missing or has another size.
    """

    def __init__(self, folder: str | Path) -> None:
        self.path = Path(folder)
        self.shards, facts = read_index(self.path)
        self.speaker_names: list[str] = facts["speakers"]
        self.speaker_counts: list[int] = facts["speaker_utterances"]
        self.phone_names: list[str] = facts["phones"]
        self.has_pairs: bool = facts["pairs"]
        self.has_symbols: bool = facts["symbols"]
        for shard in self.shards:
            _check_file(self.path / shard.name, shard.num_bytes)
        self._rows: OrderedDict[int, ShardRows] = OrderedDict()
        self._files: OrderedDict[int, int] = OrderedDict()

    def __len__(self) -> int:
        return sum(shard.utterances for shard in self.shards)

    def __getstate__(self) -> dict[str, Any]:
        # worker processes open the files themselves
        return self.__dict__ | {"_rows": OrderedDict(), "_files": OrderedDict()}

    def __del__(self) -> None:
        for handle in self.__dict__.get("_files", {}).values():
            os.close(handle)

    @property
    def duration_seconds(self) -> float:
        """Of all utterances together."""
        return sum(shard.seconds for shard in self.shards)

    def rows(self, shard: int) -> ShardRows:
        """The rows of a shard; those of a few are kept."""
        rows = self._rows.pop(shard, None)
        if rows is None:
            one = self.shards[shard]
            path = (self.path / one.name).with_suffix(".npz")
            rows = load_rows(path, one.utterances, one.num_bytes)
        self._rows[shard] = rows
        while len(self._rows) > _KEPT_ROWS:
            self._rows.popitem(last=False)
        return rows

    def bytes_at(self, shard: int, start: int, size: int, crc: int | None = None) -> bytes:
        """Bytes of a shard, compared with their CRC-32 where it is given.

        Raises
        ------
        DataError
            They are not there, or not those that were indexed.
        """
        path = self.path / self.shards[shard].name
        try:
            data = os.pread(self._handle(shard, path), size, start)
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); try again") from error
        if len(data) < size or (crc is not None and zlib.crc32(data) != crc):
            what = "is cut short" if len(data) < size else f"has changed at byte {start}"
            raise DataError(f"{path}: {what}; copy it again (speechgen validate {self.path})")
        return data

    def facts(self, shard: int, row: int) -> dict[str, Any]:
        """What the JSON of an utterance says: id, speaker, text, phones, symbols."""
        rows = self.rows(shard)
        start, size = int(rows.facts_start[row]), int(rows.facts_size[row])
        if not size:
            return {}
        path = self.path / self.shards[shard].name
        try:
            said = read_json(self.bytes_at(shard, start, size))
        except ValueError as error:
            raise DataError(f"{path}: holds no JSON at byte {start} ({error})") from error
        if not isinstance(said, dict):
            raise DataError(f"{path}: the JSON at byte {start} is no object; pack it anew")
        return said

    def rows_of_speaker(self, speaker: int) -> np.ndarray:
        """(utterance, 2): shard and row of all utterances of a speaker, by number."""
        first = sum(self.speaker_counts[:speaker])
        file = self.path / SPEAKERS
        try:
            table = np.load(file, mmap_mode="r", allow_pickle=False)
            if table.shape != (len(self), 2) or table.dtype != np.uint32:
                raise ValueError(f"{table.dtype} of shape {table.shape}")
            found = np.array(table[first : first + self.speaker_counts[speaker]], dtype=np.int64)
            if (found[:, 0] >= len(self.shards)).any():
                raise ValueError("names shards that are not there")
        except (OSError, ValueError) as error:
            raise DataError(f"{file}: is missing or damaged ({error}); copy it again") from error
        return found

    def _handle(self, shard: int, path: Path) -> int:
        handle = self._files.pop(shard, None)
        if handle is None:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._files[shard] = handle
        while len(self._files) > _KEPT_FILES:
            os.close(self._files.popitem(last=False)[1])
        return handle


def read_index(folder: Path) -> tuple[list[ShardFile], dict[str, Any]]:
    """The shards of a folder and what else its ``shards.json`` says; :class:`DataError`."""
    file = folder / INDEX
    try:
        index = read_json(file.read_text(encoding="utf-8"))
        if index["version"] != VERSION:
            raise ValueError(f"is of version {index['version']}, not {VERSION}")
        shards = [
            ShardFile(
                str(one["name"]), int(one["utterances"]), float(one["seconds"]),
                int(one["bytes"]), str(one["sha256"]), str(one["rows_sha256"]),
            )
            for one in index["shards"]
        ]  # fmt: skip
        facts: dict[str, Any] = {
            "speakers": [str(name) for name in index["speakers"]],
            "speaker_utterances": [int(count) for count in index["speakers"].values()],
            "phones": [str(name) for name in index["phones"]],
            "pairs": bool(index["pairs"]),
            "symbols": bool(index["symbols"]),
        }
        if any(not _NAME.fullmatch(shard.name) or shard.utterances < 1 for shard in shards):
            raise ValueError("names what can be no shard")
        total = sum(shard.utterances for shard in shards)
        if not shards or total != sum(facts["speaker_utterances"]):
            raise ValueError(f"counts {total} utterances, but other ones of its speakers")
    except OSError as error:
        raise DataError(f"{folder}: has no {INDEX}; {_missing_index(folder)}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{file}: cannot be trusted ({reason}); write the shards anew") from error
    return shards, facts


def _missing_index(folder: Path) -> str:
    if next(folder.glob("*.tar"), None) is not None:
        return f"index its tars with: speechgen prepare index {folder}"
    return "write shards with: speechgen prepare shards"


def _check_file(path: Path, num_bytes: int) -> None:
    try:
        size = os.path.getsize(path)
    except OSError as error:
        raise DataError(f"{path}: is missing; the index names it, copy it again") from error
    if size != num_bytes:
        raise DataError(
            f"{path}: has {size} bytes, the index says {num_bytes}; copy it again, or write the "
            "shards anew"
        )
