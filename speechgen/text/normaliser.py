"""Written text to words and marks: numbers, dates, money, units, addresses, symbols, spelling.

Rules go from the special to the general; after the last there are only words of letters and
apostrophes, letters to be spelled, and marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from speechgen.text.abbreviations import with_abbreviations
from speechgen.text.addresses import with_addresses
from speechgen.text.capitals import with_spelling
from speechgen.text.dates import with_dates
from speechgen.text.numbers import cardinal, decade, digits, fraction, number, ordinal
from speechgen.text.quantities import with_quantities
from speechgen.text.spelling import SPELLED, spelled

_TOKEN = re.compile(rf"[{SPELLED}]|[A-Za-z]+(?:'[A-Za-z]+)*|[.,?!]")
_VOWELLESS = re.compile(r"(?<![\w'])[b-df-hj-np-tv-xz]{2,4}(?![\w'])")
_LONGEST = 36  # letters of a word; longer ones are spelled
_NO_INITIALS = {"hm", "hmm", "mm", "mmm", "sh", "shh", "psst", "pst", "brr", "grr", "zzz", "tsk"}
_NUMBERS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"(?<=[A-Za-z])(\d+)(?:\.(\d+))?(?![\d.]*[A-Za-z]*\d)", lambda found: _attached(found)),
    (r"\b(\d+(?:\.\d+){2,})\b", lambda found: _by_dots(found[1])),
    (r"(?<![\w-])\(?(\d{3})\)?[- ](\d{3})-(\d{4})\b", lambda found: _groups(*found.groups())),
    (r"(?<![\w-])(\d{3})-(\d{4})\b", lambda found: _groups(*found.groups())),
    (r"(?i)(\d[\d,]*)(?:st|nd|rd|th)\b", lambda found: f"{ordinal(found[1])} "),
    (r"(?<=\d):(?=\d)", lambda _: " to "),
    (r"\b24/7\b", lambda _: " twenty four seven "),
    (r"(?<![\d/.])(\d+) (\d)/(\d{1,2})(?![\d/])", lambda found: _mixed(*found.groups())),
    (r"(?<![\d/.])(\d{1,2})/(\d{1,2})(?![\d/])", lambda found: _mixed("", *found.groups())),
    (r"(?<=\d)\s*[-/]\s*(?=\d{1,4}\b)(?<=\d-)", lambda _: " to "),
    (r"(?<=\d)\s*[x×*]\s*(?=\d)", lambda _: " times "),
    (r"(?<=[\d)])\s*\+\s*(?=[\d(])", lambda _: " plus "),
    (r"(?<=\d)\s*-\s*(?=\d)", lambda _: " minus "),
    (
        r"(?<![A-Za-z\d])([-+]?(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+)",
        lambda found: f" {number(found[1])} ",
    ),
    (r"(\d+)(?:\.(\d+))?", lambda found: _attached(found)),
)
_SYMBOLS = {
    "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "°": "degrees",
    "<": "less than", ">": "greater than", "^": "caret", "\\": "backslash", "|": "bar",
    "$": "dollars", "£": "pounds", "€": "euros", "¥": "yen", "¢": "cents", "×": "times",
    "÷": "divided by", "±": "plus or minus", "§": "section", "©": "copyright",
    "®": "registered", "™": "trademark", "µ": "micro", "#": "hash",
}  # fmt: skip


def normalised(text: str, is_word: Callable[[str], bool]) -> list[str]:
    """Words and marks of a piece of text.

    Parameters
    ----------
    text
        From :func:`speechgen.text.characters.cleaned`.
    is_word
        Whether a word in small letters is in the dictionary.

    Returns
    -------
    list of str
        Words of letters and apostrophes; single characters of :mod:`speechgen.text.spelling`;
        ``, . ? !``.
    """
    text = with_addresses(text)
    text = with_dates(text)
    text = re.sub(r"(?:\b|')(\d0|[12]\d\d0)'?s\b", lambda found: f" {decade(found[1])} ", text)
    text = with_quantities(text)
    text = with_abbreviations(text)
    text = re.sub(r"#\s?(?=\d)", " number ", text)
    text = re.sub(r"~(?=\s?\d)", " about ", text)
    for pattern, said in _NUMBERS:
        text = re.sub(pattern, said, text)
    text = with_spelling(_separated(text), is_word)
    text = _with_symbols(text)
    text = re.sub(
        r"(?<![\w'])[b-df-hj-np-tv-xz]{2,4}(?![\w'])",
        lambda found: _initials(found[0], is_word),
        text,
    )
    text = re.sub(rf"[A-Za-z']{{{_LONGEST},}}", lambda found: spelled(found[0]), text)
    return _TOKEN.findall(text)


def _separated(text: str) -> str:
    """Words joined by marks apart: ``"and/or"``, ``"file.txt"``, ``"well-known"``."""
    text = re.sub(r"\bC\+\+", "C plus plus", text)
    text = re.sub(r"\b([A-Ga-g])#", r"\1 sharp ", text)
    text = re.sub(r"(?<![\w.])\.(?=[A-Za-z]{2})", " dot ", text)
    text = re.sub(r"(?<=[a-z])_(?=[a-z])", " underscore ", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=[A-Za-z])\.(?=[a-z]{2})", " dot ", text)
    return re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", " ", text)


def _with_symbols(text: str) -> str:
    """Symbols by name where they stand for a word; what only sets words apart as a comma."""
    text = re.sub(rf"(?<=[\w{SPELLED}])\s*/+\s*(?=[\w{SPELLED}])", " slash ", text)
    text = re.sub(rf"#(?=[\w{SPELLED}])", " hashtag ", text)
    text = re.sub(r"(?<!\S)~(?![\w~])", " tilde ", text).replace("~", " ")
    text = re.sub(r"-+>", " to ", text)
    text = "".join(f" {_SYMBOLS[one]} " if one in _SYMBOLS else one for one in text)
    text = re.sub(r"\s-+\s|--+|[;:()\[\]{}]", " , ", text)
    return re.sub(r"\.{2,}(?=\s*\w)", " , ", text)


def _initials(word: str, is_word: Callable[[str], bool]) -> str:
    """``word``, without a vowel, as letters: ``"mp"`` (of ``"mp3"``), ``"html"``."""
    return word if word in _NO_INITIALS or is_word(word) else spelled(word)


def _by_dots(figures: str) -> str:
    return " " + " dot ".join(cardinal(part) for part in figures.split(".")) + " "


def _groups(*parts: str) -> str:
    return " " + ", ".join(digits(part) for part in parts) + " "


def _mixed(whole: str, upper: str, lower: str) -> str:
    if not 1 < int(lower) <= 20 or not 0 < int(upper) < int(lower) or lower.startswith("0"):
        said = f" {cardinal(upper)} slash {cardinal(lower)} "
        return f" {cardinal(whole)}{said}" if whole else said
    said = fraction(upper, lower)
    if whole:
        said = f"{cardinal(whole)} and {'a' + said[3:] if said.startswith('one ') else said}"
    return f" {said} "


def _attached(found: re.Match[str]) -> str:
    """Figures at letters, as in ``"mp3"`` and ``"v2.0"``."""
    said = cardinal(found[1]) if len(found[1]) < 4 else digits(found[1])
    return f" {said} point {digits(found[2])} " if found[2] else f" {said} "
