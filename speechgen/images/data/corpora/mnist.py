"""MNIST as it has always been distributed: four gzipped files of bytes with a small header.

Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (CC BY-SA 3.0).
"""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from speechgen.errors import DataError
from speechgen.images.data.dataset import ImageSet

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
_URL = "https://ossci-datasets.s3.amazonaws.com/mnist"
_CHECKSUMS = {
    "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
    "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
    "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
}
_MAX_BYTES = 256 * 2**20
_MOST_AXES = 8


def read_mnist(folder: str | Path, part: str) -> ImageSet:
    """The 60,000 training ("train") or 10,000 test ("test") images, 28x28.

    Raises
    ------
    DataError
        A file is missing, truncated, or not in the format.
    """
    folder = Path(folder)
    pixels, labels = (read_idx(_find(folder, name)) for name in FILES[part])
    if pixels.ndim != 3 or labels.ndim != 1:
        raise DataError(f"{folder}: images or labels of MNIST's {part} part have a wrong shape")
    return ImageSet(pixels[:, None], labels.astype(np.int64))


def _find(folder: Path, name: str) -> Path:
    for candidate in (folder / f"{name}.gz", folder / name, folder / "mnist" / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    raise DataError(f"{folder}: has no {name}.gz; give the folder of MNIST's four files")


def read_idx(path: Path) -> np.ndarray:
    """An array of bytes in the IDX format, gzipped or plain."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({error}); fetch it again") from error
    start = 4 + 4 * data[3] if len(data) >= 4 else 4
    known = data[:3] == b"\x00\x00\x08" and start <= len(data) <= _MAX_BYTES
    if not known or data[3] > _MOST_AXES:
        raise DataError(f"{path}: is not an IDX file of bytes; fetch it again")
    shape = tuple(int(size) for size in np.frombuffer(data[4:start], dtype=">u4"))
    if len(data) != start + math.prod(shape):
        raise DataError(
            f"{path}: has {len(data)} bytes, its header promises {shape}; fetch it again"
        )
    return np.frombuffer(data[start:], dtype=np.uint8).reshape(shape)


def download_mnist(folder: str | Path) -> None:
    """Fetch those of the four files that are not in ``folder``, and check them."""
    from speechgen.data.corpora.download import download, verify

    folder = Path(folder)
    for name, md5 in _CHECKSUMS.items():
        if not (folder / f"{name}.gz").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            verify(download(f"{_URL}/{name}.gz", folder / f"{name}.gz"), md5)
