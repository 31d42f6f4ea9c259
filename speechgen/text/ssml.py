"""The part of SSML that is done: speak, p, s, break, prosody, phoneme, say-as and sub.

What is not done is refused by name. Definitions of types and entities are refused, too, so that a
document means what it shows. W3C, "Speech Synthesis Markup Language 1.1", 2010, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar
from xml.parsers import expat

from speechgen.errors import DataError
from speechgen.text.pieces import PLAIN, End, Fixed, Piece, Style, Words, fixed_word, written
from speechgen.text.reading import Text, text_pieces
from speechgen.text.ssml_values import ALPHABETS, pause, styled
from speechgen.text.verbalised import verbalised

_ATTRIBUTES = {
    "speak": {"version", "xmlns", "xmlns:xsi", "xsi:schemaLocation", "xml:lang"},
    "p": {"xml:lang"},
    "s": {"xml:lang"},
    "break": {"time", "strength"},
    "prosody": {"rate", "pitch", "volume"},
    "phoneme": {"alphabet", "ph"},
    "say-as": {"interpret-as", "format", "detail"},
    "sub": {"alias"},
}
_OF_TEXT = {"phoneme", "say-as", "sub"}  # hold text and no tags
_DEEPEST = 64
_ENGLISH = re.compile("en(-[a-z0-9]+)*", re.IGNORECASE)
_Made = TypeVar("_Made")


def ssml_pieces(text: Text) -> Iterator[Piece]:
    """The pieces of an SSML document, given as a whole or in parts.

    Raises
    ------
    DataError
        It is no well-formed XML, or has a tag, an attribute or a value that is not done; with the
        number of the line.
    """
    reader = _Reader()
    for piece in text_pieces(text, by_item=False):
        for line in piece.splitlines(keepends=True):
            yield from reader.feed(line)
    yield from reader.feed("", last=True)


class _Reader:
    """Events of an XML parser to pieces."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._refuse_types
        self._parser.EntityDeclHandler = self._refuse_types
        self._open: list[tuple[str, dict[str, str], Style]] = []
        self._words = Words()
        self._text = ""  # of a tag that is said as a whole
        self._ended = False  # a sentence, unless a pause that goes with it comes next
        self._made: list[Piece] = []

    def feed(self, text: str, *, last: bool = False) -> list[Piece]:
        """The pieces that are known with some more text."""
        try:
            self._parser.Parse(text.encode("utf-8", "surrogatepass"), last)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise DataError(
                f"SSML, line {error.lineno}: is no well-formed XML ({reason})"
            ) from error
        made, self._made = self._made, []
        return made

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._open and self._open[-1][0] not in _OF_TEXT:
            self._write("", last=True)
        if tag not in _ATTRIBUTES:
            raise self._error(f"<{tag}> is not done; these are: {', '.join(_ATTRIBUTES)}")
        if (tag == "speak") == bool(self._open):
            raise self._error(f"<{tag}> in a wrong place; <speak> is around all, once")
        if self._open and self._open[-1][0] in _OF_TEXT:
            raise self._error(f"<{tag}> within <{self._open[-1][0]}>, which holds text alone")
        if len(self._open) >= _DEEPEST:
            raise self._error(f"tags are nested more than {_DEEPEST} deep")
        self._check(tag, attributes)
        style = self._open[-1][2] if self._open else PLAIN
        if tag == "prosody":
            style = self._tried(lambda: styled(style, attributes))
        elif tag == "break":
            self._made.append(self._tried(lambda: pause(attributes)))
        elif tag in ("p", "s"):
            self._ended = True
        self._open.append((tag, attributes, style))

    def _end(self, tag: str) -> None:
        if tag not in _OF_TEXT:
            self._write("", last=True)
        _, attributes, style = self._open.pop()
        if tag in ("p", "s", "speak"):
            self._ended = True
        elif tag in _OF_TEXT:
            held, self._text = self._text, ""
            self._say(lambda: _said(tag, attributes, held, style))

    def _characters(self, text: str) -> None:
        if self._open[-1][0] == "break" and text.strip():
            raise self._error("<break> holds no text; write <break/>")
        if self._open[-1][0] in _OF_TEXT:
            self._text += text
        else:
            self._write(text)

    def _write(self, text: str, *, last: bool = False) -> None:
        style = self._open[-1][2]
        self._say(lambda: list(self._words.feed(text, style, last=last)))

    def _say(self, make: Callable[[], list[Piece]]) -> None:
        pieces = self._tried(make)
        if pieces and self._ended:
            self._made.append(End())
            self._ended = False
        self._made += pieces

    def _check(self, tag: str, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            if name not in _ATTRIBUTES[tag]:
                raise self._error(f"{name} of <{tag}> is not done")
            if name == "xml:lang" and not _ENGLISH.fullmatch(value.strip()):
                raise self._error(f"xml:lang {value!r}: English alone is spoken; write en or en-US")
        needed = {"phoneme": "ph", "say-as": "interpret-as", "sub": "alias"}.get(tag)
        if needed and needed not in attributes:
            raise self._error(f"<{tag}> needs {needed}")

    def _tried(self, make: Callable[[], _Made]) -> _Made:
        try:
            return make()
        except DataError as error:
            raise self._error(str(error)) from error

    def _refuse_types(self, *_: object) -> None:
        raise self._error("a DOCTYPE or ENTITY is refused; leave it out")

    def _error(self, what: str) -> DataError:
        return DataError(f"SSML, line {self._parser.CurrentLineNumber}: {what}")


def _said(tag: str, attributes: dict[str, str], text: str, style: Style) -> list[Piece]:
    if tag == "sub":
        return list(written(attributes["alias"], style))
    if tag == "say-as":
        return list(verbalised(text, attributes["interpret-as"], attributes.get("format"), style))
    alphabet = attributes.get("alphabet", "ipa")
    if alphabet not in ALPHABETS:
        raise DataError(f"alphabet {alphabet!r} is not done; these are: {', '.join(ALPHABETS)}")
    return [Fixed(fixed_word(" ".join(text.split()) or attributes["ph"], attributes["ph"], style))]
