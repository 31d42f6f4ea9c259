"""Arrays in ``.npy`` and ``.npz`` files: read without pickles, and in bounds where a file lies."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from speechgen.errors import DataError

_MOST_GROWTH, _FREE_BYTES = 100, 1 << 26  # unpacked, an .npz is at most so many times as large


class ArrayFile:
    """An open ``.npz``, or an ``.npy``, whose only array has the name "".

    Parameters
    ----------
    path
        The file, for messages.
    loaded
        What :func:`numpy.load` made of it.
    """

    def __init__(self, path: Path, loaded: np.ndarray | np.lib.npyio.NpzFile) -> None:
        self._path, self._loaded = path, loaded

    @property
    def names(self) -> list[str]:
        """Of its arrays."""
        return [""] if isinstance(self._loaded, np.ndarray) else list(self._loaded.files)

    def __getitem__(self, name: str) -> np.ndarray:
        """One array.

        Raises
        ------
        DataError
            There is none of that name, or it holds pickles or is damaged.
        """
        if name not in self.names:
            raise DataError(f"{self._path}: has no array {name!r}; it has: {_few(self.names)}")
        if isinstance(self._loaded, np.ndarray):
            return self._loaded
        with _refusals_of(self._path, f"array {name!r} "):
            array = self._loaded[name]
            if not isinstance(array, np.ndarray):
                raise ValueError("it is no array")
        return array


@contextlib.contextmanager
def open_arrays(path: str | Path) -> Iterator[ArrayFile]:
    """Open the arrays of a file, for use in a ``with`` block.

    Raises
    ------
    DataError
        The file is missing, no such file, holds pickles, is damaged, or would unpack to a hundred
        times its size.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file; check the name")
    with _refusals_of(path):
        _check_growth(path)
        loaded = np.load(path, allow_pickle=False)
    try:
        yield ArrayFile(path, loaded)
    finally:
        if not isinstance(loaded, np.ndarray):
            loaded.close()


@contextlib.contextmanager
def _refusals_of(path: Path, what: str = "") -> Iterator[None]:
    try:
        yield
    except Exception as error:  # zipfile, zlib and numpy raise many kinds over damaged files
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: {what}cannot be trusted as arrays ({reason[:200]})") from error


def _check_growth(path: Path) -> None:
    """Refuse sizes that the file cannot hold, before memory is taken for them."""
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > _MOST_GROWTH * size + _FREE_BYTES:
            raise ValueError(f"{size} bytes that would unpack to {unpacked}")
        return
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        reader = {(1, 0): "read_array_header_1_0", (2, 0): "read_array_header_2_0"}.get(version)
        if reader is not None:
            shape, _, dtype = getattr(np.lib.format, reader)(file)
            count = int(np.prod(shape, dtype=object))
            if count < 0 or count * dtype.itemsize > size:
                raise ValueError(f"{size} bytes that promise an array of shape {shape}")


def _few(names: list[str]) -> str:
    return ", ".join(names[:12]) or "none"
