"""Where the files of shards are: in a folder of a disk, or behind a URL."""

from __future__ import annotations

import contextlib
import os
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from speechgen.data.shards.index_reading import INDEX, ShardFile
from speechgen.data.shards.remote_files import RemoteFiles
from speechgen.data.shards.remote_reads import is_url
from speechgen.errors import DataError

_KEPT_FILES = 64  # tars that are open


class ShardFiles(Protocol):
    """The files of a folder of shards.

    Attributes
    ----------
    path
        The folder, or its URL.
    at_once
        Reads that are worth being made at a time.
    """

    path: Path | str
    at_once: int

    def place(self, name: str) -> str:
        """What a file is called in messages."""

    def index(self) -> bytes:
        """``shards.json``."""

    def check(self, shards: list[ShardFile]) -> None:
        """Take notice of what there should be; :class:`DataError` where that cannot be read."""

    def small(self, name: str, sha256: str | None = None) -> Path:
        """A file beside the tars, as one of a disk."""

    def read(self, shard: ShardFile, start: int, size: int) -> bytes:
        """Bytes of a tar, fewer at its end."""

    def whole(self, shard: ShardFile) -> contextlib.AbstractContextManager[Path]:
        """A tar as a file of a disk, for the time of a ``with`` block."""


def files_of(folder: str | Path) -> ShardFiles:
    """The files of a folder or behind a URL; nothing is read yet."""
    return RemoteFiles(str(folder)) if is_url(folder) else LocalFiles(folder)


class LocalFiles:
    """In a folder of a disk."""

    path: Path | str
    at_once = 1

    def __init__(self, folder: str | Path) -> None:
        self.path = self._folder = Path(folder)
        self._open: OrderedDict[str, int] = OrderedDict()

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_open": OrderedDict()}  # other processes open them themselves

    def __del__(self) -> None:
        for handle in self.__dict__.get("_open", {}).values():
            os.close(handle)

    def place(self, name: str) -> str:
        """Its path."""
        return str(self._folder / name)

    def index(self) -> bytes:
        """``shards.json``; :class:`DataError` says how to write a missing one."""
        try:
            return (self._folder / INDEX).read_bytes()
        except OSError as error:
            how = "write shards with: speechgen prepare shards"
            if next(self._folder.glob("*.tar"), None) is not None:
                how = f"index its tars with: speechgen prepare index {self._folder}"
            raise DataError(f"{self._folder}: has no {INDEX}; {how}") from error

    def check(self, shards: list[ShardFile]) -> None:
        """All tars are there and as large as they should be."""
        for shard in shards:
            path = self._folder / shard.name
            try:
                size = os.path.getsize(path)
            except OSError as error:
                raise DataError(f"{path}: is missing; the index names it, copy it again") from error
            if size != shard.num_bytes:
                raise DataError(
                    f"{path}: has {size} bytes, the index says {shard.num_bytes}; copy it again, "
                    "or write the shards anew"
                )

    def small(self, name: str, sha256: str | None = None) -> Path:
        """The file itself; ``speechgen validate`` compares checksums."""
        return self._folder / name

    def read(self, shard: ShardFile, start: int, size: int) -> bytes:
        """By one system call."""
        path = self._folder / shard.name
        try:
            return os.pread(self._handle(path), size, start)
        except OSError as error:
            raise DataError(f"{path}: cannot be read ({error.strerror}); try again") from error

    @contextlib.contextmanager
    def whole(self, shard: ShardFile) -> Iterator[Path]:
        """The file itself."""
        yield self._folder / shard.name

    def _handle(self, path: Path) -> int:
        handle = self._open.pop(path.name, None)
        if handle is None:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._open[path.name] = handle
        while len(self._open) > _KEPT_FILES:
            os.close(self._open.popitem(last=False)[1])
        return handle
