"""Values of SSML's attributes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from speechgen.errors import DataError
from speechgen.text.pieces import Pause, Style
from speechgen.text.symbols import PHRASE, WORD

ALPHABETS = ("ipa", "x-kirshenbaum", "cmu-arpabet")
#: of stretches within stretches, together
MOST_RATE, MOST_SEMITONES, MOST_DB = 4.0, 24.0, 40.0
#: seconds of a pause, and of all between two words
LONGEST_PAUSE = 60.0
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.75}
_PITCHES = {"x-low": -6.0, "low": -3.0, "medium": 0.0, "default": 0.0, "high": 3.0, "x-high": 6.0}
_VOLUMES = {
    "silent": -MOST_DB,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 4.0,
    "x-loud": 8.0,
}
_STRENGTHS = {
    "none": Pause(WORD),
    "x-weak": Pause(PHRASE),
    "weak": Pause(PHRASE),
    "medium": Pause(PHRASE, 0.3),
    "strong": Pause(PHRASE, 0.6),
    "x-strong": Pause(PHRASE, 1.0),
}


def styled(style: Style, attributes: dict[str, str]) -> Style:
    """``style`` within a ``prosody`` of these attributes (DataError)."""
    rate = style.rate * _value(attributes, "rate", _rate, 1.0)
    semitones = style.semitones + _value(attributes, "pitch", _semitones, 0.0)
    volume_db = style.volume_db + _value(attributes, "volume", _decibels, 0.0)
    if attributes.get("volume", "").strip() in _VOLUMES:  # "soft" within "silent" is silent
        volume_db = max(volume_db, -MOST_DB)
    if not 1 / MOST_RATE <= rate <= MOST_RATE:
        raise DataError(f"a rate of {rate:g} is out of range, {1 / MOST_RATE:g} to {MOST_RATE:g}")
    if abs(semitones) > MOST_SEMITONES:
        raise DataError(f"a pitch is moved by at most {MOST_SEMITONES:g} st, not {semitones:g}")
    if abs(volume_db) > MOST_DB:
        raise DataError(f"a volume is moved by at most {MOST_DB:g} dB, not {volume_db:g}")
    return Style(rate, semitones, volume_db)


def pause(attributes: dict[str, str]) -> Pause:
    """What a ``break`` asks for: ``time`` (``"500ms"``, ``"1.5s"``) or ``strength``."""
    if "time" in attributes:
        found = re.fullmatch(r"\+?(\d+(?:\.\d*)?|\.\d+)(m?s)", attributes["time"].strip())
        if found is None:
            raise DataError(f"time {attributes['time']!r} of <break>: write it as 500ms or 1.5s")
        seconds = float(found[1]) / (1000 if found[2] == "ms" else 1)
        if seconds > LONGEST_PAUSE:
            raise DataError(f"a break lasts at most {LONGEST_PAUSE:g} s, not {seconds:g}")
        return Pause(PHRASE, seconds) if seconds else _STRENGTHS["none"]
    strength = attributes.get("strength", "medium")
    if strength not in _STRENGTHS:
        raise DataError(f"strength {strength!r} is none of: {', '.join(_STRENGTHS)}")
    return _STRENGTHS[strength]


def _value(
    attributes: dict[str, str], name: str, parse: Callable[[str], float | None], default: float
) -> float:
    if name not in attributes:
        return default
    value = parse(attributes[name].strip())
    if value is None:
        raise DataError(f"{name} {attributes[name]!r} of <prosody> is not understood")
    return value


def _rate(text: str) -> float | None:
    """``slow``, ``80%``, ``+10%`` (of the rate around it) or ``1.2``."""
    if text in _RATES:
        return _RATES[text]
    found = re.fullmatch(r"([+-]?)(\d+(?:\.\d*)?|\.\d+)(%?)", text)
    if found is None or (found[1] and not found[3]):
        return None
    value = float(found[2]) / (100 if found[3] else 1)
    return 1 + value if found[1] == "+" else 1 - value if found[1] == "-" else value


def _semitones(text: str) -> float | None:
    """``high``, ``+2st`` or ``+10%``."""
    if text in _PITCHES:
        return _PITCHES[text]
    found = re.fullmatch(r"([+-]\d+(?:\.\d*)?)(st|%)", text)
    if found is None:
        return None
    value = float(found[1])
    if found[2] == "st":
        return value
    return 12 * math.log2(1 + value / 100) if value > -100 else None


def _decibels(text: str) -> float | None:
    """``loud`` or ``+6dB``, in letters of either case."""
    if text in _VOLUMES:
        return _VOLUMES[text]
    found = re.fullmatch(r"(?i)([+-]?\d+(?:\.\d*)?)\s*dB", text)
    return float(found[1]) if found else None
