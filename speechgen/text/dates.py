"""Dates and times of day to words."""

from __future__ import annotations

import re

from speechgen.text.numbers import cardinal, ordinal, year
from speechgen.text.spelling import spelled

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_MONTH = r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_NAMED = rf"(?:{'|'.join(MONTHS)}|{_MONTH}\b\.?)"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT_DAY = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
_ANY = rf"({'|'.join((*_DAYS, *MONTHS))}|{_SHORT_DAY}|{_MONTH[1:-1]})\b\.?"
_SPAN = re.compile(rf"\b{_ANY}\s?[–-]\s?{_ANY}")
#: "Sat" and "Sun" are words that end sentences, too
_SHORT = re.compile(rf"\b((?!Sat|Sun){_SHORT_DAY}|{_MONTH[1:-1]})\.(?!\w)")
_HALF = r"(?:\s*([ap])(?:\.m\.|m\b))"


def with_dates(text: str) -> str:
    """``text`` with its dates and times in words."""
    text = re.sub(r"\b(\d{1,2})h(\d\d)\b", r"\1:\2", text)
    text = _SPAN.sub(lambda found: f"{_name(found[1])} to {_name(found[2])}", text)
    text = _SHORT.sub(_spelled_out, text)
    text = _with_numbers(text)
    text = re.sub(
        rf"\b({_NAMED})\s+(\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(\d{{4}}))?\b(?![.:]\d|/)",
        lambda found: _said(_month(found[1]), found[3], found[4]),
        text,
    )
    text = re.sub(
        rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_NAMED})(?:,?\s+(\d{{4}}))?(?!\w)",
        lambda found: _said(_month(found[2]), found[1], found[4]),
        text,
    )
    text = re.sub(rf"(?i)\b(\d{{1,2}}):(\d\d)(?::(\d\d))?{_HALF}?(?![\d:])", _time, text)
    return re.sub(rf"(?i)\b(\d{{1,2}}){_HALF}", _hour, text)


def _with_numbers(text: str) -> str:
    text = re.sub(r"\b(\d{4})([-/.])(\d{1,2})\2(\d{1,2})\b", _iso, text)
    return re.sub(r"\b(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})\b", _slashed, text)


def _month(name: str) -> str | None:
    return next((month for month in MONTHS if month[:3].lower() == name[:3].lower()), None)


def _name(short: str) -> str:
    """Of a day or a month."""
    return next(name for name in (*_DAYS, *MONTHS) if name.startswith(short[:3]))


def _spelled_out(found: re.Match[str]) -> str:
    at_end = not found.string[found.end() :].strip("\"')] ")
    return _name(found[1]) + ("." if at_end else "")


def _said(month: str | None, day: str, of_year: str | None) -> str:
    said = f"{month} {ordinal(day)}"
    return f"{said}, {year(of_year)} " if of_year else said


def _iso(found: re.Match[str]) -> str:
    return _of_numbers(found[0], int(found[3]), found[4], found[1])


def _slashed(found: re.Match[str]) -> str:
    first, second = found[1], found[3]
    if int(first) > 12 or found[2] == ".":  # the day before the month
        first, second = second, first
    of_year = found[4] if len(found[4]) == 4 else f"20{found[4]}"
    return _of_numbers(found[0], int(first), second, of_year)


def _of_numbers(written: str, month: int, day: str, of_year: str) -> str:
    if not 1 <= month <= 12 or not 1 <= int(day) <= 31:
        return written
    return _said(MONTHS[month - 1], day, of_year)


def _time(found: re.Match[str]) -> str:
    hour, minute, second, half = found.groups()
    if int(hour) > 24 or int(minute) > 59:
        return f"{cardinal(str(int(hour)))} to {cardinal(str(int(minute)))} "  # a ratio, a score
    said = [cardinal(str(int(hour)))]
    if minute != "00":
        said.append(f"oh {cardinal(minute[1])}" if minute[0] == "0" else cardinal(minute))
    elif not half:
        said.append("hundred" if len(hour) == 2 and int(hour) in (0, *range(13, 25)) else "o'clock")
    if second:
        said.append(f"and {cardinal(str(int(second)))} seconds")
    return f"{' '.join(said)} {_half(half)} "


def _hour(found: re.Match[str]) -> str:
    return f"{cardinal(str(int(found[1])))} {_half(found[2])} "


def _half(letter: str | None) -> str:
    return spelled(f"{letter}m") if letter else ""


def date_in_words(text: str, order: str | None = None) -> str | None:
    """A date of numbers in an order such as ``"dmy"``; as it is where it has letters.

    Without an order it is said as within a text, or is month, day and year.
    """
    if re.search("[A-Za-z]", text):
        return text
    if order is None:
        said = _with_numbers(text)
        return said if said != text else date_in_words(text, "mdy")
    figures = re.findall(r"\d+", text)
    if len(figures) != len(order) or not set(order) <= set("dmy"):
        return None
    parts = dict(zip(order, figures, strict=True))
    month = int(parts.get("m", "1"))
    if not 1 <= month <= 12 or not 1 <= int(parts.get("d", "1")) <= 31:
        return None
    name = MONTHS[month - 1] if "m" in parts else ""
    said = f"{name} {ordinal(parts['d'])}" if "d" in parts else name
    return f"{said} {year(parts['y'])}".strip() if "y" in parts else said
