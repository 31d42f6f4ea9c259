"""The header of a safetensors file: names, types and shapes, read without taking memory for them.

Layout: 8 bytes length of the header (little-endian), the header (JSON), the tensors' bytes. See
the format's description in the safetensors project.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechgen.errors import ModelError
from speechgen.files import read_json

MAX_HEADER_BYTES = 4 * 1024 * 1024
_ITEM_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "I32": 4, "I64": 8,
    "F16": 2, "BF16": 2, "F32": 4, "F64": 8,
}  # fmt: skip


@dataclass(frozen=True)
class TensorInfo:
    """What the header says of one tensor; ``dtype`` in the format's words ("F32")."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def num_elements(self) -> int:
        return math.prod(self.shape)


def read_header(path: Path) -> dict[str, TensorInfo]:
    """Name, type and shape of every tensor in ``path``.

    Raises
    ------
    ModelError
        The file is missing, not a safetensors file, or its size is not what its header promises.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 10 or length > min(size - 8, MAX_HEADER_BYTES):
                raise ModelError(f"{path}: is not a safetensors file, or a truncated one")
            text = file.read(length)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        entries = read_json(text.decode("utf-8"))
        entries.pop("__metadata__", None)
        spans = {name: _parse(entry) for name, entry in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path}: its safetensors header is malformed") from error
    _check_spans(path, spans, size - 8 - length)
    return {name: info for name, (info, _, _) in spans.items()}


def _parse(entry: dict[str, Any]) -> tuple[TensorInfo, int, int]:
    shape = tuple(entry["shape"])
    begin, end = entry["data_offsets"]
    if not all(type(number) is int and number >= 0 for number in (*shape, begin, end)):
        raise ValueError("sizes must be whole numbers")
    if entry["dtype"] not in _ITEM_BYTES:
        raise ValueError("unknown type")
    return TensorInfo(entry["dtype"], shape), begin, end


def _check_spans(
    path: Path, spans: dict[str, tuple[TensorInfo, int, int]], data_bytes: int
) -> None:
    """Every tensor's bytes are as many as its shape needs, side by side, up to the file's end."""
    position = 0
    for name, (info, begin, end) in sorted(spans.items(), key=lambda item: item[1][1:]):
        needed = info.num_elements * _ITEM_BYTES[info.dtype]
        if begin != position or end - begin != needed:
            raise ModelError(f"{path}: the bytes of {name!r} do not match its shape")
        position = end
    if position != data_bytes:
        raise ModelError(
            f"{path}: holds {data_bytes} bytes of tensors where its header promises {position};"
            " copy the file again"
        )
