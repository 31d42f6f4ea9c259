"""Numbers in figures to words."""

from __future__ import annotations

import re

_MOST_DIGITS = 15  # of a number that is said as one; longer ones are read digit by digit
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def digits(figures: str) -> str:
    """``"007"`` -> ``"zero zero seven"``; what is no digit is left out."""
    return " ".join(_DIGITS[int(figure)] for figure in figures if figure in "0123456789")


def cardinal(figures: str) -> str:
    """``"1,234"`` -> ``"one thousand two hundred and thirty four"``."""
    plain = figures.replace(",", "")
    if len(plain) > _MOST_DIGITS or (len(plain) > 1 and plain.startswith("0")):
        return digits(plain)
    return _spell(int(plain), "cardinal")


def ordinal(figures: str) -> str:
    """``"21"`` -> ``"twenty first"``."""
    plain = figures.replace(",", "")
    if len(plain) > _MOST_DIGITS:
        return f"{digits(plain)}th"
    return _spell(int(plain), "ordinal")


def year(figures: str) -> str:
    """``"1984"`` -> ``"nineteen eighty four"``, ``"2005"`` -> ``"two thousand and five"``."""
    value = int(figures)
    if not 1000 <= value <= 9999 or 2000 <= value <= 2009 or value % 1000 == 0:
        return cardinal(figures)
    century, rest = divmod(value, 100)
    if rest == 0:
        return f"{cardinal(str(century))} hundred"
    small = f"oh {_DIGITS[rest]}" if rest < 10 else cardinal(str(rest))
    return f"{cardinal(str(century))} {small}"


def number(figures: str) -> str:
    """An integer or a decimal, with a sign or not, as ``"-1,234.50"``; a year as such."""
    sign = "minus " if figures[:1] == "-" else "plus " if figures[:1] == "+" else ""
    plain = figures.lstrip("+-")
    if "." in plain:
        whole, _, part = plain.partition(".")
        return f"{sign}{cardinal(whole) if whole else 'zero'} point {digits(part)}"
    if re.fullmatch("1[1-9][0-9]{2}|20[1-9][0-9]", plain):
        return sign + year(plain)
    return sign + cardinal(plain)


def fraction(upper: str, lower: str) -> str:
    """``"3", "4"`` -> ``"three quarters"``."""
    names = {"2": ("half", "halves"), "4": ("quarter", "quarters")}
    one, many = names.get(lower, (ordinal(lower), f"{ordinal(lower)}s"))
    return f"{cardinal(upper)} {one if upper == '1' else many}"


def mixed(whole: str, upper: str, lower: str) -> str:
    """``"2", "1", "2"`` -> ``"two and a half"``; what is no part of one with a slash."""
    if not 1 < int(lower) <= 20 or not 0 < int(upper) < int(lower) or lower.startswith("0"):
        said = f"{cardinal(upper)} slash {cardinal(lower)}"
        return f"{cardinal(whole)} {said}" if whole else said
    said = fraction(upper, lower)
    if whole:
        said = f"{cardinal(whole)} and {'a' + said[3:] if said.startswith('one ') else said}"
    return said


def decade(figures: str) -> str:
    """``"1990"`` -> ``"nineteen nineties"``, ``"80"`` -> ``"eighties"``."""
    said = year(figures) if len(figures) == 4 else cardinal(figures)
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _spell(value: int, kind: str) -> str:
    from num2words import num2words

    words: str = num2words(value, to=kind)
    return words.replace(",", "").replace("-", " ")
