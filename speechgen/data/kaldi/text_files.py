"""Reading text as editors and systems of all kinds write it: UTF-8, with or without a mark."""

from __future__ import annotations

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from speechgen.errors import DataError


def read_text(file: Path) -> str:
    """The text of ``file``, its lines ended by ``\\n``, without byte-order marks.

    Raises
    ------
    DataError
        It cannot be read, or is not UTF-8; the line is named.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror})") from error
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in data:
        raise DataError(f"{file}: is UTF-16 or no text; save it as UTF-8")
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    # a mark begins a file, and each file that was joined to another one
    lines = [line.removeprefix(BOM_UTF8) for line in lines]
    try:
        return b"\n".join(lines).decode("utf-8")
    except UnicodeDecodeError as error:
        number = b"\n".join(lines).count(b"\n", 0, error.start) + 1
        raise DataError(f"{file}:{number}: is not UTF-8 text; save the file as UTF-8") from error
