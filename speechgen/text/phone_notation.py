"""Phones as people write them: IPA, Kirshenbaum's ASCII as espeak uses it, or ARPABET."""

from __future__ import annotations

import re

from speechgen.errors import DataError
from speechgen.files import printable
from speechgen.text.phonemiser import ENGLISH_PHONES
from speechgen.text.symbols import NO_STRESS, PRIMARY, SECONDARY

VOWELS = frozenset(
    ["aɪ", "aʊ", "eɪ", "i", "oʊ", "u", "æ", "ɑ", "ɔ", "ɔɪ", "ə", "ɚ", "ɛ", "ɪ", "ʊ", "ʌ"]
)
_ARPABET = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AX": "ə", "AY": "aɪ", "B": "b",
    "CH": "t͡ʃ", "D": "d", "DH": "ð", "EH": "ɛ", "ER": "ɚ", "EY": "eɪ", "F": "f", "G": "ɡ",
    "HH": "h", "IH": "ɪ", "IY": "i", "JH": "d͡ʒ", "K": "k", "L": "l", "M": "m", "N": "n",
    "NG": "ŋ", "OW": "oʊ", "OY": "ɔɪ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t",
    "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
_OTHERS = {
    "aI": "aɪ", "aU": "aʊ", "eI": "eɪ", "oU": "oʊ", "OI": "ɔɪ", "tS": "t͡ʃ", "dZ": "d͡ʒ", "tʃ": "t͡ʃ",
    "dʒ": "d͡ʒ", "ʧ": "t͡ʃ", "ʤ": "d͡ʒ", "@": "ə", "3": "ɚ", "3:": "ɚ", "ɝ": "ɚ", "ɜ": "ɚ",
    "ɜɹ": "ɚ", "əɹ": "ɚ", "@r": "ɚ", "a": "æ", "&": "æ", "A": "ɑ", "A:": "ɑ", "O": "ɔ",
    "O:": "ɔ", "E": "ɛ", "e": "ɛ", "I": "ɪ", "i:": "i", "u:": "u", "U": "ʊ", "V": "ʌ", "T": "θ",
    "D": "ð", "S": "ʃ", "Z": "ʒ", "N": "ŋ", "g": "ɡ", "r": "ɹ", "ɐ": "ə", "ɒ": "ɑ", "o": "oʊ",
    "ɫ": "l", "ɾ": "t",
}  # fmt: skip
_PHONES = {**{phone: phone for phone in ENGLISH_PHONES}, **_OTHERS}
_STRESS = {"ˈ": PRIMARY, "'": PRIMARY, "ˌ": SECONDARY, ",": SECONDARY}
_SKIPPED = "ː.‿-|"
_LONGEST = max(map(len, _PHONES))


def parse_phones(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Phones of :data:`ENGLISH_PHONES`, and the stress of each.

    Parameters
    ----------
    text
        ``"hɛlˈoʊ"``, ``"h@l'oU"``, with or without spaces, or ``"HH AH0 L OW1"``. A mark of stress
        goes with the next vowel.

    Raises
    ------
    DataError
        A symbol is unknown, or there is none.
    """
    parsed = _arpabet(text.split()) or _scanned(text)
    if not parsed:
        raise DataError(
            f"phones {printable(text)!r}: there are none; write them as in [[h @ l oU]]"
        )
    phones, stress = zip(*parsed, strict=True)
    return phones, stress


def _arpabet(names: list[str]) -> list[tuple[str, int]] | None:
    """What they mean where all are names of ARPABET, and one could be no other notation's."""
    found = [re.fullmatch(r"([A-Z]{1,2})([012]?)", name) for name in names]
    matched = [match for match in found if match is not None and match[1] in _ARPABET]
    if len(matched) < len(names) or not any(len(match[0]) > 1 for match in matched):
        return None
    return [
        ("ə" if match[0] == "AH0" else _ARPABET[match[1]], int(match[2] or NO_STRESS))
        for match in matched
    ]


def _scanned(text: str) -> list[tuple[str, int]]:
    parsed, stress = [], NO_STRESS
    for part in text.replace("͡", "").split():
        place = 0
        while place < len(part):
            if part[place] in _STRESS:
                stress, place = _STRESS[part[place]], place + 1
                continue
            if part[place] in _SKIPPED:
                place += 1
                continue
            symbol = _longest(part, place)
            phone = _PHONES[symbol]
            parsed.append((phone, stress if phone in VOWELS else NO_STRESS))
            if phone in VOWELS:
                stress = NO_STRESS
            place += len(symbol)
    return parsed


def _longest(part: str, place: int) -> str:
    for length in range(_LONGEST, 0, -1):
        if part[place : place + length] in _PHONES:
            return part[place : place + length]
    raise DataError(
        f"phones {printable(part)!r}: {printable(part[place])!r} is no phone of English, "
        f"which has: {' '.join(ENGLISH_PHONES)}"
    )
