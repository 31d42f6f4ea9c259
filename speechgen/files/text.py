"""Text and JSON as whole files; names of files in text.

A name is bytes, and Python keeps what is not UTF-8 in it as lone surrogates, which no encoder
takes: so each kind of text says what becomes of them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from speechgen.errors import OutputError
from speechgen.files.atomic import atomic_path

_UNPRINTABLE = re.compile("[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")


def write_text(
    target: str | Path, text: str, *, overwrite: bool = True, errors: str = "backslashreplace"
) -> None:
    """Write UTF-8 ``text`` to ``target`` as a whole or not at all.

    ``errors`` is what becomes of names that are not UTF-8: ``backslashreplace`` for readers (in
    JSON it is an escape that gives the name back), ``surrogateescape`` for the very bytes.
    """
    with atomic_path(target, overwrite=overwrite) as temporary:
        temporary.write_text(text, encoding="utf-8", errors=errors)


def printable(text: str) -> str:
    """``text`` as one line that any terminal takes: bytes that are no text stand as ``\\xe9``."""
    return _UNPRINTABLE.sub(_escaped, " ".join(text.splitlines()))


def counted(number: int, noun: str) -> str:
    """``1, "file"`` -> ``"1 file"``, ``2, "file"`` -> ``"2 files"``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def write_json(target: str | Path, value: Any, *, overwrite: bool = True) -> None:
    """Write ``value`` as indented JSON with sorted keys; NaN and infinity become ``null``.

    Raises
    ------
    OutputError
        It cannot be written, or there is a file of something else than JSON, which stays.
    """
    if _holds_something_else(Path(target)):
        raise OutputError(f"{target}: is a file, but not of JSON, and is kept; choose another name")
    text = json.dumps(_finite(value), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(target, text + "\n", overwrite=overwrite)


def _holds_something_else(path: Path) -> bool:
    """Whether a file begins as no object and no list does."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            begin = file.read(64).lstrip()
    except OSError:
        return False  # the writer will say what is wrong
    return bool(begin) and begin[:1] not in (b"{", b"[")


def read_json(text: str | bytes) -> Any:
    """What JSON ``text`` holds; ValueError where it is none, or is nested too deep."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("is nested too deep") from error


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The mappings in a file with JSON in every line; a line that was cut short is passed over."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            with contextlib.suppress(ValueError):
                value = read_json(line)
                if isinstance(value, dict):
                    yield value


def portable(text: str) -> str:
    """``text`` with ``$SPEECHGEN_CORPORA`` and ``~`` for their folders, and relative paths."""
    root = os.environ.get("SPEECHGEN_CORPORA", "")
    if root:
        for name in (root, str(Path(root).resolve())):
            text = text.replace(name.rstrip("/"), "$SPEECHGEN_CORPORA")
    for folder, short in ((Path.cwd(), ""), (Path.home(), "~/")):
        if folder != Path("/"):
            text = text.replace(f"{folder}/", short)
    return text


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how Python keeps the byte of a name
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value
