"""Texts as they come: in pieces of bounded length, from a string, lines, a file or a pipe."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from speechgen.errors import ConfigError, DataError

_PIECE = 1 << 14  # bytes or characters that are read at once
_SLOW_PIECE = 1 << 12  # of files that wait until they have all of it
_LONGEST_LINE = 1 << 16  # characters
_OTHERS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class TextStream:
    """A text in UTF-8, of any length, each part of it as soon as it is there.

    Iterating gives its lines; one of more than 65,536 characters in parts, which end where a
    sentence may end.

    Parameters
    ----------
    source
        A file, or an open stream of bytes.
    name
        What errors call it; None for the file's.
    """

    def __init__(self, source: Path | str | BinaryIO, name: str | None = None) -> None:
        self._source = source
        self._name = name or str(source)

    def pieces(self) -> Iterator[str]:
        """The text in parts that end anywhere, with ``\\n`` at the ends of lines.

        Raises
        ------
        DataError
            It cannot be read, or is no UTF-8.
        """
        try:
            if isinstance(self._source, Path | str):
                with Path(self._source).open("rb") as file:
                    yield from self._decoded(file)
            else:
                yield from self._decoded(self._source)
        except OSError as error:
            raise DataError(f"{self._name}: cannot be read ({error.strerror})") from error

    def __iter__(self) -> Iterator[str]:
        held = ""
        for piece in self.pieces():
            held += piece
            begin = 0
            while end := _end_of_line(held, begin):
                yield held[begin:end]
                begin = end
            held = held[begin:]
        if held:
            yield held

    def _decoded(self, stream: BinaryIO) -> Iterator[str]:
        read = getattr(stream, "read1", stream.read)
        decoder = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder("utf-8-sig")(), translate=True
        )
        head, done = b"", 0  # the first bytes, and how many there were before these
        while True:
            data = read(_PIECE)
            head += data[: 4 - len(head)]
            if b"\0" in data:
                raise DataError(
                    f"{self._name}: {_encoding(head)} (NUL at byte {done + data.index(0)}); "
                    "save it as UTF-8"
                )
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                place = done + len(data) - len(error.object) + error.start
                raise DataError(
                    f"{self._name}: {_encoding(head)} ({error.reason} at byte {place}); "
                    "save it as UTF-8"
                ) from error
            done += len(data)
            if text:
                yield text
            if not data:
                return


Text = str | Iterable[str] | TextStream


def check_text(text: object) -> None:
    """Raise :class:`ConfigError` where ``text`` is neither a string nor made of lines."""
    if isinstance(text, bytes | bytearray | memoryview):
        raise ConfigError("the text is bytes; give a str, as from text.decode()")
    if not isinstance(text, str | Iterable):
        raise ConfigError(f"the text must be a str or its lines, not {text!r}")


def text_pieces(text: Text, *, by_item: bool = True) -> Iterator[str]:
    """``text`` in parts that end anywhere, with ``\\n`` at the ends of lines.

    Parameters
    ----------
    text
        As a whole, its lines, or an open file.
    by_item
        Whether a line ends after each item of an iterable, also where that has no ``\\n``.

    Raises
    ------
    ConfigError
        Something is no string.
    DataError
        A file is of another encoding.
    """
    check_text(text)
    if isinstance(text, TextStream):
        yield from text.pieces()
        return
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    for part in _parts(text, by_item):
        yield newlines.decode(part)
    yield newlines.decode("", final=True)


def _parts(text: str | Iterable[str], by_item: bool) -> Iterator[str]:
    if isinstance(text, str):
        for begin in range(0, len(text), _PIECE):
            yield text[begin : begin + _PIECE]
    elif isinstance(text, io.TextIOBase):
        yield from _of_file(text)
    else:
        for line in text:
            if not isinstance(line, str):
                raise ConfigError(f"a line of the text must be a str, not {line!r}")
            yield from _parts(line, by_item)
            if by_item and not line.endswith(("\n", "\r")):
                yield "\n"


def _of_file(file: io.TextIOBase) -> Iterator[str]:
    """What an open file holds; its lines come at once, and long ones before they end."""
    try:
        while part := file.readline(_SLOW_PIECE):
            yield part
    except UnicodeDecodeError as error:
        name = getattr(file, "name", "the text")
        raise DataError(f"{name}: is no {error.encoding} text ({error.reason})") from error


def _encoding(head: bytes) -> str:
    """What is known of the encoding of a text that is no UTF-8, by its first bytes."""
    for mark, name in _OTHERS.items():
        if head.startswith(mark):
            return f"is {name} text"
    return "is UTF-16 or UTF-32 text" if b"\0" in head else "is no UTF-8 text"


def _end_of_line(text: str, begin: int) -> int:
    """Where the line from ``begin`` on, or a part of it, ends; 0 where that is not known."""
    longest = begin + _LONGEST_LINE
    end = text.find("\n", begin, longest) + 1
    if end or len(text) < longest:
        return end
    for marks in ((". ", "? ", "! "), (" ", "\t")):
        place = max(text.rfind(mark, begin, longest) for mark in marks)
        if place > begin:
            return place + 1
    return longest
