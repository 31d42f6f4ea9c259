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
from speechgen.text.figures import with_figures
from speechgen.text.numbers import cardinal, decade, digits, mixed, number, ordinal
from speechgen.text.quantities import with_quantities
from speechgen.text.spelling import SPELLED, spelled

_TOKEN = re.compile(rf"[{SPELLED}]|[A-Za-z]+(?:'[A-Za-z]+)*|[.,?!]")
_VOWELLESS = re.compile(r"(?<![\w'])[b-df-hj-np-tv-xz]{2,4}(?![\w'])")
_LONGEST = 36  # letters of a word; longer ones are spelled
_NO_INITIALS = {"hm", "hmm", "mm", "mmm", "sh", "shh", "psst", "pst", "brr", "grr", "zzz", "tsk"}
_NUMBERS: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"(?<![\d.])(\d+(?:\.\d+){2,})(?!\d)", lambda found: _by_dots(found[1])),
    (r"(?<=[A-Za-z])(\d+)(?:\.(\d+))?(?![\d.]*[A-Za-z]*\d)", lambda found: _attached(found)),
    (r"(?i)(\d[\d,]*)(?:st|nd|rd|th)\b", lambda found: f"{ordinal(found[1])} "),
    (r"(?<=\d):(?=\d)", lambda _: " to "),
    (r"(?<![\d/.])(\d+) (\d)/(\d{1,2})(?![\d/])", lambda found: f" {mixed(*found.groups())} "),
    (
        r"(?<![\d/.])(\d{1,2})/(\d{1,2})(?![\d/])",
        lambda found: f" {mixed('', *found.groups())} ",
    ),
    (r"(?<=\d)-(?=\d{1,4}\b(?!-|\s?=))", lambda _: " to "),
    (r"(?<=\d)\s*[x×*·]\s*(?=\d)", lambda _: " times "),
    (r"(?<=[\d)])\s*\+\s*(?=[\d(])", lambda _: " plus "),
    (r"(?<=\d)(?:\s+-\s+|-(?=[\d.,]+\s?=))(?=\d)", lambda _: " minus "),
    (
        r"(?<![A-Za-z\d])([-+]?(?:\d+(?:,\d{3})+|\d+)(?:\.\d+)?|[-+]?\.\d+)",
        lambda found: f" {number(found[1])} ",
    ),
    (r"(\d+)(?:\.(\d+))?", lambda found: _attached(found)),
)
_SYMBOLS = {
    "&": "and", "+": "plus", "=": "equals", "@": "at", "%": "percent", "°": "degrees",
    "<": "less than", ">": "greater than", "^": "caret", "\\": "backslash", "|": "bar",
    "$": "dollars", "£": "pounds", "€": "euros", "¥": "yen", "₹": "rupees", "₽": "rubles",
    "₩": "won", "₿": "bitcoin", "¢": "cents", "×": "times", "·": "",
    "÷": "divided by", "±": "plus or minus", "§": "section", "©": "copyright",
    "®": "registered", "™": "trademark", "µ": "micro", "#": "hash",
}  # fmt: skip

_WITH_SLASHES = {
    "w/o": "without", "w/": "with", "c/o": "care of", "n/a": "not applicable",
    "24/7": "twenty four seven", "50/50": "fifty fifty", "9/11": "nine eleven",
}  # fmt: skip
_SLASHED = re.compile(rf"(?<![\w/])(?:{'|'.join(_WITH_SLASHES)})(?![\w/])", re.IGNORECASE)


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
    text = _SLASHED.sub(lambda found: _WITH_SLASHES[found[0].lower()], text)
    text = with_figures(text)
    text = with_dates(text)
    text = re.sub(r"(?:\b|')(\d0|[12]\d\d0)'?s\b", lambda found: f" {decade(found[1])} ", text)
    text = with_quantities(text)
    text = with_abbreviations(text)
    text = re.sub(r"#\s?(?=\d)", " number ", text)
    text = re.sub(r"~(?=\s?\d)", " about ", text)
    for pattern, said in _NUMBERS:
        text = re.sub(pattern, said, text)
    text = with_spelling(_parted(_separated(text), is_word), is_word)
    text = _with_symbols(text)
    text = _VOWELLESS.sub(lambda found: _initials(found[0], is_word), text)
    text = re.sub(rf"[A-Za-z']{{{_LONGEST},}}", lambda found: spelled(found[0]), text)
    return _TOKEN.findall(text)


def _separated(text: str) -> str:
    """Words joined by marks apart: ``"and/or"``, ``"file.txt"``, ``"well-known"``."""
    text = re.sub(r"\bC\+\+", "C plus plus", text).replace("!=", " is not equal to ")
    text = re.sub(r"\b([A-Za-z])′(?![A-Za-z])", r"\1 prime ", text).replace("′", "'")
    text = re.sub(r"\b([A-Za-z])″", r"\1 double prime ", text)
    text = re.sub(r"\b([A-Ga-g])#", r"\1 sharp ", text)
    text = re.sub(r"(?<![\w.])\.(?=[A-Za-z]{2})", " dot ", text)
    text = re.sub(r"(?<=[a-z])_(?=[a-z])", " underscore ", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=[A-Za-z])\.(?=[a-z]{2})", " dot ", text)
    return re.sub(r"(?<=[A-Za-z])-(?=[A-Za-z])", " ", text)


def _parted(text: str, is_word: Callable[[str], bool]) -> str:
    """Words written together, as ``"getUserName"``, apart, where each is a word of its own."""

    def parted(found: re.Match[str]) -> str:
        parts = re.findall("[A-Z]?[a-z]+", found[0])
        known = all(len(one) > 1 and is_word(one.lower()) for one in parts)
        return " ".join(parts) if known and not is_word(found[0].lower()) else found[0]

    return re.sub(r"\b[A-Za-z][a-z]+(?:[A-Z][a-z]+)+\b", parted, text)


def _with_symbols(text: str) -> str:
    """Symbols by name where they stand for a word; what only sets words apart as a comma."""
    text = re.sub(rf"(?<=[\w{SPELLED}])\s*/+\s*(?=[\w{SPELLED}])", " slash ", text)
    text = re.sub(rf"#(?=[\w{SPELLED}])", " hashtag ", text)
    text = re.sub(r"(?<!\S)~(?![\w~])", " tilde ", text).replace("~", " ")
    text = re.sub(r"-+>", " to ", text)
    text = "".join(f" {_SYMBOLS[one]} " if one in _SYMBOLS else one for one in text)
    text = re.sub(r"\s-+\s|--+|[–;:()\[\]{}]", " , ", text)
    return re.sub(r"\.{2,}(?=\s*\w)", " , ", text)


def _initials(word: str, is_word: Callable[[str], bool]) -> str:
    """``word``, without a vowel, as letters: ``"mp"`` (of ``"mp3"``), ``"html"``."""
    return word if word in _NO_INITIALS or is_word(word) else spelled(word)


def _by_dots(figures: str) -> str:
    return " " + " dot ".join(cardinal(part) for part in figures.split(".")) + " "


def _attached(found: re.Match[str]) -> str:
    """Figures at letters, as in ``"mp3"`` and ``"v2.0"``."""
    said = cardinal(found[1]) if len(found[1]) < 4 else digits(found[1])
    return f" {said} point {digits(found[2])} " if found[2] else f" {said} "
