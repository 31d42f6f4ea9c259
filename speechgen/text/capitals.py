"""Words in capitals: spelled, as "FBI", or said as words, as "NASA"; and Roman numerals."""

from __future__ import annotations

import re
from collections.abc import Callable

from speechgen.text.numbers import cardinal, ordinal
from speechgen.text.spelling import spelled

_SPELLED = {"US", "UK", "EU", "UN", "TV", "PC", "CD", "ID", "AI", "AM", "PM", "ER", "WHO", "IT"}
_SAID = {
    *("NO", "SO", "GO", "IN", "ON", "AT", "TO", "OF", "IS", "HE", "WE", "ME", "MY", "BY", "DO"),
    *("UP", "AN", "AS", "BE", "IF", "OR", "OK", "OH", "HI"),
}
_SHORTEST_SENTENCE = 3  # words in capitals that are no abbreviations but a heading, or shouted
_STOPPED = re.compile(r"\b(?:[A-Za-z]\.){2,}(?![A-Za-z0-9])")
_CAPITALS = re.compile(r"(?<![A-Za-z])([A-Z]{2,})('?s)?(?![A-Za-z])")
_SINGLE = re.compile(r"(?<![\w'])([B-HJ-Zb-hj-z]|[a-z][A-Z])(?![\w'])")
_COUNTED = {
    *("chapter", "part", "volume", "book", "act", "scene", "section", "war", "phase", "type"),
    *("figure", "article"),
}
_ROMAN = re.compile(
    rf"\b([A-Z][a-z]+|{'|'.join(_COUNTED)})\s+((?=[IVXL])(?:X[LC]|L?X{{0,3}})(?:I[XV]|V?I{{0,3}}))\b(?!'(?!s\b)|\.\w)"
)


def with_spelling(text: str, is_word: Callable[[str], bool]) -> str:
    """``text`` with what is spelled out marked so (:mod:`speechgen.text.spelling`).

    Parameters
    ----------
    is_word
        Whether a word in small letters is in the dictionary.
    """
    if _is_shouted(text, is_word):
        text = text.lower()
    text = _STOPPED.sub(_letters, text)
    text = _ROMAN.sub(_numeral, text)
    text = _CAPITALS.sub(lambda found: _capitals(found, is_word), text)
    text = re.sub(r"(?<![\w'])A(?=[+-](?!\w)|[.)](?=\s*$))", spelled("A"), text)
    return _SINGLE.sub(lambda found: spelled(found[1]), text)


def _is_shouted(text: str, is_word: Callable[[str], bool]) -> bool:
    """Whether all of it is in capitals, and most of it words of the dictionary."""
    words = re.findall(r"[A-Za-z']+", text)
    if len(words) < _SHORTEST_SENTENCE or any(character.islower() for character in text):
        return False
    known = sum(is_word(word.lower()) for word in words)
    return 2 * known >= len(words)


def _letters(found: re.Match[str]) -> str:
    at_end = not found.string[found.end() :].strip("\"')] ")
    return spelled(found[0]) + ("." if at_end else "")


def _capitals(found: re.Match[str], is_word: Callable[[str], bool]) -> str:
    word, plural = found[1], found[2] or ""
    if word not in _SPELLED and (word in _SAID or _is_said(word, is_word)):
        return word.lower() + plural
    return spelled(word) + ("s " if plural else "")


def _is_said(word: str, is_word: Callable[[str], bool]) -> bool:
    """Whether a word of capitals is said as one: it is in the dictionary, or sounds like one."""
    if len(word) > 2 and is_word(word.lower()):
        return True
    vowels = len(re.findall("[AEIOUY]", word))
    return len(word) > 3 and 3 * vowels >= len(word) and not re.search("[^AEIOU]{3}", word)


def _numeral(found: re.Match[str]) -> str:
    name, numeral = found[1], found[2]
    counted = name.lower() in _COUNTED
    alone = "IXVL" if name[0].islower() else "" if counted else "IXL"
    if not numeral or numeral in alone:
        return found[0]
    figures = str(_value(numeral))
    return f"{name} {cardinal(figures) if counted else 'the ' + ordinal(figures)}"


def _value(numeral: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[letter] for letter in numeral]
    after = [*values[1:], 0]
    return sum(
        -one if one < following else one for one, following in zip(values, after, strict=True)
    )
