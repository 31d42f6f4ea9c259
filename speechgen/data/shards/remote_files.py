"""The files of shards behind a URL: tars are read there, small files are kept in a cache."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from speechgen.data.datasets.cache_places import user_cache
from speechgen.data.shards.index_reading import INDEX, ShardFile
from speechgen.data.shards.remote_reads import download, folder_url, read_range, read_whole
from speechgen.errors import DataError
from speechgen.files import atomic_path, file_sha256, scratch_folder

_AHEAD = 32  # files with rows that are fetched together
_PROBE_BYTES = 512


class RemoteFiles:
    """What :class:`speechgen.data.shards.shard_files.ShardFiles` says, behind a URL.

    The cache of the user has a folder for every ``shards.json`` there ever was, which may be
    removed at any time; what it holds is fetched again when it is needed.
    """

    path: Path | str
    at_once = 16

    def __init__(self, url: str) -> None:
        self.path = self._url = folder_url(url)
        self._rows: list[tuple[str, str]] = []  # name and SHA-256
        self._compared: set[str] = set()

    def place(self, name: str) -> str:
        """Its URL."""
        return f"{self._url}/{name}"

    def index(self) -> bytes:
        """``shards.json`` as it is now."""
        data = read_whole(self.place(INDEX), brief=True)
        version = hashlib.sha256(self._url.encode() + b"\0" + data).hexdigest()[:32]
        self._kept = user_cache() / "shards" / version
        return data

    def check(self, shards: list[ShardFile]) -> None:
        """The end of one tar can be read, alone, and is where it should be."""
        self._rows = [(shard.rows_name, shard.rows_sha256) for shard in shards]
        first = shards[0]
        start = max(first.num_bytes - _PROBE_BYTES, 0)
        size = first.num_bytes - start
        found = read_range(self.place(first.name), start, size, first.num_bytes, brief=True)
        if len(found) < size:
            raise DataError(f"{self.place(first.name)}: is cut short; copy it there again")

    def small(self, name: str, sha256: str | None = None) -> Path:
        """A copy in the cache, compared with ``sha256``; the rows of next shards come along."""
        kept = self._kept / name
        if name in self._compared and kept.is_file():
            return kept
        if _is_whole(kept, sha256):
            self._compared.add(name)
            return kept
        wanted = [(name, sha256)]
        if wanted[0] in self._rows:
            place = self._rows.index((name, str(sha256)))
            ahead = self._rows[place + 1 : place + _AHEAD]
            wanted += [one for one in ahead if not (self._kept / one[0]).is_file()]
        with ThreadPoolExecutor(self.at_once) as pool:
            list(pool.map(self._fetch, *zip(*wanted, strict=True)))
        return kept

    def read(self, shard: ShardFile, start: int, size: int) -> bytes:
        """By one request."""
        return read_range(self.place(shard.name), start, size, shard.num_bytes)

    @contextlib.contextmanager
    def whole(self, shard: ShardFile) -> Iterator[Path]:
        """A copy, which is removed afterwards."""
        self._kept.mkdir(parents=True, exist_ok=True)
        with scratch_folder(self._kept) as folder:
            download(self.place(shard.name), folder / shard.name)
            yield folder / shard.name

    def _fetch(self, name: str, sha256: str | None) -> None:
        data = read_whole(self.place(name))
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise DataError(
                f"{self.place(name)}: is not what {INDEX} was written for (SHA-256); copy the "
                "folder there again"
            )
        with atomic_path(self._kept / name, overwrite=True) as temporary:
            temporary.write_bytes(data)
        self._compared.add(name)


def _is_whole(path: Path, sha256: str | None) -> bool:
    if sha256 is None:
        return path.is_file()
    try:
        return file_sha256(path) == sha256
    except OSError:
        return False
