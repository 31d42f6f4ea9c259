"""What of a text cannot be said, by name, with the text around it."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass

_AROUND = 24  # characters on either side
_MOST_NAMED = 3


@dataclass(frozen=True)
class Unsaid:
    """A part of a text that is left out.

    Attributes
    ----------
    text
        The part.
    around
        A piece of the text that it stands in.
    """

    text: str
    around: str

    def __str__(self) -> str:
        names = [_name(character) for character in self.text[:_MOST_NAMED]]
        more = f" and {len(self.text) - _MOST_NAMED} more" if len(self.text) > _MOST_NAMED else ""
        return f"left out what cannot be said: {', '.join(names)}{more}, in '{self.around}'"


Report = Callable[[Unsaid], None]


def warn(unsaid: Unsaid) -> None:
    """A :class:`UserWarning` of it."""
    warnings.warn(str(unsaid), stacklevel=2)


def around(text: str, begin: int, end: int) -> str:
    """The text near ``text[begin:end]``, on one line, with control characters as escapes."""
    piece = " ".join(text[max(0, begin - _AROUND) : end + _AROUND].split())
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in piece)


def _name(character: str) -> str:
    number = f"U+{ord(character):04X}"
    name = unicodedata.name(character, number)
    return f"{character} ({name})" if character.isprintable() else name
