"""Text that is to be said as something: SSML's ``say-as``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

from speechgen.errors import DataError
from speechgen.files import printable
from speechgen.text.characters import cleaned
from speechgen.text.dates import date_in_words
from speechgen.text.numbers import cardinal, digits, ordinal
from speechgen.text.pieces import Fixed, Piece, Style, styled_word, written
from speechgen.text.spelling import letter_word, spelled

_Part = TypeVar("_Part")
_SPELLED = ("characters", "spell-out", "verbatim")
_AS_WRITTEN = ("time", "currency", "unit", "number", "fraction", "address")
KINDS = (*_SPELLED, "cardinal", "ordinal", "digits", "telephone", "date", *_AS_WRITTEN)


def verbalised(text: str, kind: str, form: str | None, style: Style) -> Iterator[Piece]:
    """The pieces of ``text`` as what ``kind`` names.

    Raises
    ------
    DataError
        The kind is none of :data:`KINDS`, or the text cannot be said so.
    """
    if kind not in KINDS:
        raise DataError(f"interpret-as {kind!r} is not done; these are: {', '.join(KINDS)}")
    text = text.strip()
    if kind in _SPELLED:
        yield from _characters(text, style)
    elif kind in ("digits", "telephone"):
        parts = [digits(part) for part in re.findall(r"\d+", text)]
        yield from written(", ".join(_some(parts, text, kind)), style)
    elif kind in ("cardinal", "ordinal"):
        found = re.fullmatch(r"([+-]?)(\d[\d,]*)", text)
        _some([found] if found else [], text, kind)
        assert found is not None
        sign = {"-": "minus ", "+": "plus "}.get(found[1], "")
        yield from written(sign + (cardinal if kind == "cardinal" else ordinal)(found[2]), style)
    elif kind == "date":
        said = date_in_words(text, form)
        yield from written(_some([said] if said else [], text, kind)[0], style)
    else:
        yield from written(text, style)


def _characters(text: str, style: Style) -> Iterator[Piece]:
    for character in text:
        for plain in cleaned(character, lambda _: None) or character:
            letters = spelled(plain).split()
            if letters:
                yield Fixed(styled_word(letter_word(letters[0]), style))
            else:
                yield from written(_NAMES.get(plain, plain), style)


_NAMES = {
    ".": "dot", ",": "comma", "-": "dash", "_": "underscore", "/": "slash", ":": "colon",
    ";": "semicolon", "!": "exclamation mark", "?": "question mark", "*": "star", "'": "apostrophe",
    '"': "quote", "(": "bracket", ")": "bracket", "#": "hash",
}  # fmt: skip


def _some(parts: list[_Part], text: str, kind: str) -> list[_Part]:
    if not parts:
        raise DataError(f"{printable(text[:40])!r} cannot be said as {kind}")
    return parts
