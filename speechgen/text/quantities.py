"""Sums of money, and numbers with units, to words."""

from __future__ import annotations

import re

from speechgen.text.numbers import cardinal, number
from speechgen.text.spelling import spelled

_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "sen", "sen"),
}
_LARGE = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion", "tn": "trillion"}
_LARGE |= {name: name for name in ("hundred", "thousand", "million", "billion", "trillion")}
_UNITS = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "t": "ton", "lb": "pound", "lbs": "pound",
    "oz": "ounce", "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter",
    "µm": "micrometer", "µg": "microgram", "µs": "microsecond", "µl": "microliter", "ft": "foot",
    "mi": "mile", "yd": "yard", "l": "liter", "ml": "milliliter", "s": "second",
    "sec": "second", "ms": "millisecond", "min": "minute", "h": "hour", "hr": "hour",
    "hrs": "hour", "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
    "dB": "decibel", "V": "volt", "W": "watt", "kW": "kilowatt", "MW": "megawatt", "A": "ampere",
    "B": "byte", "KB": "kilobyte", "kB": "kilobyte", "MB": "megabyte", "GB": "gigabyte",
    "TB": "terabyte", "mph": "mile per hour", "km/h": "kilometer per hour",
    "kph": "kilometer per hour", "m/s": "meter per second", "°C": "degree celsius",
    "°F": "degree fahrenheit", "°": "degree", "cal": "calorie", "kcal": "kilocalorie",
    "px": "pixel", "¢": "cent", "c": "cent", "Kb/s": "kilobit per second",
    "Mb/s": "megabit per second",
}  # fmt: skip
_SAME = {"hertz", "kilohertz", "megahertz", "gigahertz"}
_NAMES = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_UNIT = re.compile(rf"(?<![\w.,])([-+]?{_NUMBER})[ -]?({_NAMES})(?![\w/°])")
_SCALE = rf"(?:\s?({'|'.join(sorted(_LARGE, key=len, reverse=True))})(?![A-Za-z]))?"
_MONEY = re.compile(rf"([-+]?)([$£€¥])\s?({_NUMBER}){_SCALE}", re.IGNORECASE)
_AFTER = re.compile(rf"(?<![\w.,$])({_NUMBER}){_SCALE}\s?([$£€¥])(?!\d)", re.IGNORECASE)
_COUNTRY = re.compile(r"\b(US|CA|AU|NZ|HK)(?=\$\s?\d)")
_HEIGHT = re.compile(r"(?<![\w'])(\d{1,2})'\s?(\d{1,2})\"")


def with_quantities(text: str) -> str:
    """``text`` with sums, units and percentages in words."""
    text = _COUNTRY.sub(lambda found: spelled(found[1]), text)
    text = _HEIGHT.sub(lambda found: f"{cardinal(found[1])} feet {cardinal(found[2])} ", text)
    text = _MONEY.sub(lambda found: _money(found[3], found[2], found[4], found[1]), text)
    text = _AFTER.sub(lambda found: _money(found[1], found[3], found[2]), text)
    text = re.sub(rf"([-+]?{_NUMBER})\s?%", lambda found: f"{_number(found[1])} percent ", text)
    return _UNIT.sub(_measured, text)


def _money(figures: str, sign: str, large: str | None = None, minus: str = "") -> str:
    one, many, small, smalls = _CURRENCIES[sign]
    before = "minus " if minus == "-" else "plus " if minus else ""
    figures = figures.rstrip(",")
    if large:
        return f"{before}{_number(figures)} {_LARGE[large.lower()]} {many} "
    whole, _, part = figures.partition(".")
    if part and len(part) != 2:
        return f"{before}{number(figures)} {many} "
    said = []
    if int(whole.replace(",", "")) or not part.strip("0"):
        amount = cardinal(whole)
        said.append(f"{amount} {one if amount == 'one' else many}")
    if part.strip("0"):
        amount = cardinal(part.lstrip("0"))
        said.append(f"{amount} {small if amount == 'one' else smalls}")
    return f"{before}{' and '.join(said)} "


def _measured(found: re.Match[str]) -> str:
    figures, name = found[1].rstrip(","), _UNITS[found[2]]
    head, *rest = name.split(" ", 1)
    if figures.lstrip("+-") != "1" and head not in _SAME:
        head = "feet" if head == "foot" else f"{head}s"
    return f"{_number(figures)} {' '.join([head, *rest])} "


def _number(figures: str) -> str:
    """A number that is no year."""
    plain = figures.rstrip(",")
    sign = "minus " if plain[0] == "-" else "plus " if plain[0] == "+" else ""
    plain = plain.lstrip("+-")
    return sign + (number(plain) if "." in plain else cardinal(plain))
