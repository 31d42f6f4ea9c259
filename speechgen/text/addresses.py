"""Addresses of pages and of mail to words."""

from __future__ import annotations

import re

from speechgen.text.numbers import digits

_NAMES = {
    ".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", ":": "colon",
    "?": "question mark", "=": "equals", "&": "and", "#": "hash", "%": "percent", "~": "tilde",
    "+": "plus", "!": "exclamation mark", "*": "star", "$": "dollar", ",": "comma",
    ";": "semicolon",
}  # fmt: skip
_ENDS = "com|org|net|edu|gov|info|io|ai|dev|eu|uk|de|fr|es|it|nl|us|ca|au|jp|ch|at|co|tv|me"
_MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_PAGE = r"(?:(?:https?|ftp|file)://|www\.)[^\s<>\"]+"
_BARE = rf"\b(?:[a-z0-9-]+\.)+(?:{_ENDS})\b(?:/[^\s<>\"]*)?(?![\w@])"
_ADDRESS = re.compile(f"({_MAIL})|({_PAGE})|({_BARE})")
_AFTER = ".,;:!?)]}'\""


def with_addresses(text: str) -> str:
    """``text`` with its addresses in words: ``"a@b.org"`` -> ``"a at b dot org"``."""
    return _ADDRESS.sub(_said, text)


def is_address(text: str) -> bool:
    """Whether a written word holds an address."""
    return _ADDRESS.search(text) is not None


def _said(found: re.Match[str]) -> str:
    written = found[0].rstrip(_AFTER)
    rest = found[0][len(written) :]
    words = []
    for part in re.findall(r"://|[A-Za-z]+|\d+|.", written):
        if part.isdigit():
            words.append(digits(part))
        elif part != "://":
            words.append(_NAMES.get(part, part))
    return f" {' '.join(words)} {rest}"
