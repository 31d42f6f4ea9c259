"""A folder of shards as a value: which there are, what they hold, and the bytes of any utterance.

::

    OUT/shards.json            which shards, how many utterances and seconds each, checksums
    OUT/shard-000000.tar       KEY.flac [KEY.noisy.flac] KEY.json, and so on (WebDataset's layout)
    OUT/shard-000000.npz       a row for each utterance: id, speaker, place, length, level, CRC
    OUT/speakers.npy           (shard, row) of all utterances, speaker by speaker

Memory is taken for the list of shards and for the rows of a few of them, whatever their number. OUT
may be the URL of such a folder.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data.shards.index_reading import INDEX, SPEAKERS, parse_index
from speechgen.data.shards.remote_reads import is_url
from speechgen.data.shards.rows import ShardRows, load_rows
from speechgen.data.shards.shard_files import files_of
from speechgen.errors import DataError
from speechgen.files import read_json

_KEPT_ROWS = 24  # of that many shards


def is_shards(folder: str | Path) -> bool:
    """Whether a folder holds shards rather than a data directory, as all URLs do."""
    return is_url(folder) or (Path(folder) / INDEX).is_file()


class ShardSet:
    """Shards, by their index alone; which of them is read, and when, is for others to say.

    Parameters
    ----------
    folder
        As ``speechgen prepare shards`` writes it, or its URL.

    Attributes
    ----------
    path : Path or str
        The folder, or its URL.
    files : ShardFiles
        What is in it.
    shards : list of ShardFile
        In the order of their names.
    speaker_names : list of str
        In byte order.
    speaker_counts : list of int
        Utterances of each.
    phone_names : list of str
        Every phone that is said, sorted.
    speakers_sha256 : str or None
        Of ``speakers.npy``; indices of earlier versions lack it.
    has_pairs, has_symbols : bool
        Whether utterances have noisy versions, and symbols.

    Raises
    ------
    DataError
        There is no index, it cannot be trusted, or a shard is missing or has another size; of a
        URL, the server cannot be reached or has no parts of files.
    """

    def __init__(self, folder: str | Path) -> None:
        self.files = files_of(folder)
        self.path = self.files.path
        self.shards, facts = parse_index(self.files.index(), self.files.place(INDEX))
        self.speaker_names: list[str] = facts["speakers"]
        self.speaker_counts: list[int] = facts["speaker_utterances"]
        self.phone_names: list[str] = facts["phones"]
        self.has_pairs: bool = facts["pairs"]
        self.has_symbols: bool = facts["symbols"]
        self.speakers_sha256: str | None = facts["speakers_sha256"]
        self.files.check(self.shards)
        self._rows: OrderedDict[int, ShardRows] = OrderedDict()

    def __len__(self) -> int:
        return sum(shard.utterances for shard in self.shards)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_rows": OrderedDict()}

    @property
    def duration_seconds(self) -> float:
        """Of all utterances together."""
        return sum(shard.seconds for shard in self.shards)

    def rows(self, shard: int) -> ShardRows:
        """The rows of a shard; those of a few are kept."""
        rows = self._rows.pop(shard, None)
        if rows is None:
            one = self.shards[shard]
            path = self.files.small(one.rows_name, one.rows_sha256)
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
        data = self.files.read(self.shards[shard], start, size)
        if len(data) < size or (crc is not None and zlib.crc32(data) != crc):
            what = "is cut short" if len(data) < size else f"has changed at byte {start}"
            place = self.files.place(self.shards[shard].name)
            raise DataError(f"{place}: {what}; copy it again (speechgen validate {self.path})")
        return data

    def facts(self, places: np.ndarray) -> list[dict[str, Any]]:
        """What the JSON of utterances says: id, speaker, text, phones, symbols; {} without one.

        Parameters
        ----------
        places
            (utterance, 2): shard and row of each. Those behind a URL are asked for together.
        """
        spans = []
        for shard, row in places.tolist():
            rows = self.rows(shard)
            spans.append((shard, int(rows.facts_start[row]), int(rows.facts_size[row])))
        if self.files.at_once == 1:
            return [self._facts_at(span) for span in spans]
        with ThreadPoolExecutor(self.files.at_once) as pool:
            return list(pool.map(self._facts_at, spans))

    def _facts_at(self, span: tuple[int, int, int]) -> dict[str, Any]:
        shard, start, size = span
        if not size:
            return {}
        place = self.files.place(self.shards[shard].name)
        try:
            said = read_json(self.bytes_at(shard, start, size))
        except ValueError as error:
            raise DataError(f"{place}: holds no JSON at byte {start} ({error})") from error
        if not isinstance(said, dict):
            raise DataError(f"{place}: the JSON at byte {start} is no object; pack it anew")
        return said

    def rows_of_speaker(self, speaker: int) -> np.ndarray:
        """(utterance, 2): shard and row of all utterances of a speaker, by number."""
        first = sum(self.speaker_counts[:speaker])
        file = self.files.small(SPEAKERS, self.speakers_sha256)
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
