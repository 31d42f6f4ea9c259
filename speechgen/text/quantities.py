"""Sums of money, and numbers with units, to words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from speechgen.text.numbers import cardinal, mixed, number
from speechgen.text.spelling import spelled

_NUMBER = r"\d(?:[\d,]*\d)?(?:\.\d+)?"
_AMOUNT = rf"(?:\d+ )?(?<![\d/])\d{{1,2}}/\d{{1,2}}(?![\d/])|[-+]?{_NUMBER}"
_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "sen", "sen"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
    "₩": ("won", "won", "", ""),
    "₿": ("bitcoin", "bitcoins", "", ""),
}
_SIGNS = f"[{''.join(_CURRENCIES)}]"
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
    "TB": "terabyte", "mph": "mile per hour", "mpg": "mile per gallon",
    "kph": "kilometer per hour", "rpm": "revolution per minute", "°C": "degree celsius",
    "°F": "degree fahrenheit", "°": "degree", "cal": "calorie", "kcal": "kilocalorie",
    "px": "pixel", "¢": "cent", "c": "cent", "Kb": "kilobit", "Mb": "megabit", "Gb": "gigabit",
    "kbps": "kilobit per second", "Mbps": "megabit per second", "Gbps": "gigabit per second",
    "fps": "frame per second", "dpi": "dot per inch", "ppm": "part per million",
    "kWh": "kilowatt-hour", "kJ": "kilojoule", "Pa": "pascal", "hPa": "hectopascal",
    "kPa": "kilopascal", "mA": "milliampere", "mV": "millivolt", "kV": "kilovolt", "mol": "mole",
    "ha": "hectare", "sq ft": "square-foot", "in.": "inch", "′": "foot", "″": "inch",
}  # fmt: skip
_PLURALS = {"foot": "feet", "square-foot": "square-feet", "inch": "inches"}
_PLURALS |= {name: name for name in ("hertz", "kilohertz", "megahertz", "gigahertz")}
_COMPASS = {"N": "north", "S": "south", "E": "east", "W": "west"}
_NAMES = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
#: within a sentence a stop after a unit is part of it
_UNIT = re.compile(
    rf"(?<![\w.,])({_AMOUNT})[ -]?({_NAMES})(?:/({_NAMES}))?(?![\w/°]|\.\w)"
    r"(?:\.(?=\s+[a-z\d]|[,;:)]))?"
)
_ANGLE = re.compile(
    rf"([-+]?{_NUMBER})\s?°(?:\s?({_NUMBER})['′](?:\s?({_NUMBER})(?:''|′′|[\"″]))?)?"
    rf"(?:\s?([NSEW])\b)?"
)
_LASTING = re.compile(r"\b(?:(\d+)h\s?)?(\d+)m(?:in)?(?:\s?(\d+)s)?\b")
_SCALE = rf"(?:\s?({'|'.join(sorted(_LARGE, key=len, reverse=True))})(?![A-Za-z]))?"
_MONEY = re.compile(rf"([-+]?)({_SIGNS})\s?({_NUMBER}){_SCALE}", re.IGNORECASE)
_AFTER = re.compile(rf"(?<![\w.,$])({_NUMBER}){_SCALE}\s?({_SIGNS})(?!\d)", re.IGNORECASE)
_COUNTRY = re.compile(r"\b(US|CA|AU|NZ|HK)(?=\$\s?\d)")
_HEIGHT = re.compile(r"(?<![\w'])(\d{1,2})['′]\s?(\d{1,2})[\"″]")
_INCHES = re.compile(r"(?<![\w.,\"])(\d{1,3}(?:\.\d+)?)\"(?=\s+[a-z×])")
_FEET = re.compile(r"(?<![\w.,'])(\d{1,2})'(?=\s+[a-z×])")


def with_quantities(text: str) -> str:
    """``text`` with sums, units and percentages in words."""
    text = _COUNTRY.sub(lambda found: spelled(found[1]), text)
    text = _ANGLE.sub(_angle, text)
    text = _LASTING.sub(_lasting, text)
    text = _HEIGHT.sub(lambda found: f"{cardinal(found[1])} feet {cardinal(found[2])} ", text)
    if text.count('"') % 2:
        text = _INCHES.sub(r"\1″", text)
    if not re.search(r"(?<!\w)'", text):
        text = _FEET.sub(r"\1′", text)
    text = _MONEY.sub(lambda found: _money(found[3], found[2], found[4], found[1]), text)
    text = _AFTER.sub(lambda found: _money(found[1], found[3], found[2]), text)
    text = re.sub(rf"({_AMOUNT})\s?%", lambda found: f"{_number(found[1])} percent ", text)
    return _UNIT.sub(_measured, text)


def _money(figures: str, sign: str, large: str | None = None, minus: str = "") -> str:
    one, many, small, smalls = _CURRENCIES[sign]
    before = "minus " if minus == "-" else "plus " if minus else ""
    if large:
        return f"{before}{_number(figures)} {_LARGE[large.lower()]} {many} "
    whole, _, part = figures.partition(".")
    if part and (len(part) != 2 or not small):
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
    over = f"per {_UNITS[found[3]]} " if found[3] else ""
    return _with_unit(found[1], _UNITS[found[2]]) + over


def _with_unit(figures: str, name: str) -> str:
    """A number and the name of a unit, of which the first word takes the plural."""
    head, *rest = name.split(" ", 1)
    if figures.lstrip("+-") != "1" and not re.fullmatch(r"\d+/\d+", figures):
        head = _PLURALS.get(head, f"{head}s")
    return f"{_number(figures)} {' '.join([head, *rest])} "


def _angle(found: re.Match[str]) -> str:
    """Degrees with minutes, or of a compass; those of a temperature as they are."""
    *parts, towards = found.groups()
    if not parts[1] and not towards:
        return found[0]
    return _together(parts, ("degree", "minute", "second")) + _COMPASS.get(towards, "")


def _lasting(found: re.Match[str]) -> str:
    """``"1h 30m"``, ``"2m30s"``; what may be meters as it is."""
    if not found[1] and not found[3]:
        return found[0]
    return _together(found.groups(), ("hour", "minute", "second"))


def _together(parts: Sequence[str | None], names: Sequence[str]) -> str:
    return "".join(_with_unit(part, name) for part, name in zip(parts, names, strict=True) if part)


def _number(figures: str) -> str:
    """A number that is no year."""
    fraction = re.fullmatch(r"(?:(\d+) )?(\d+)/(\d+)", figures)
    if fraction:
        return mixed(fraction[1] or "", fraction[2], fraction[3])
    sign = "minus " if figures[0] == "-" else "plus " if figures[0] == "+" else ""
    plain = figures.lstrip("+-")
    return sign + (number(plain) if "." in plain else cardinal(plain))
