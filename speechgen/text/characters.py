"""Characters of any script to those that are said: folded, named, or reported as unsayable."""

from __future__ import annotations

import re
import unicodedata

from speechgen.text.unsaid import Report, Unsaid, around

#: what the rules of the normaliser see beside letters and digits of ASCII
SYMBOLS_SAID = "µ°£€¥₹₩₽₿¢×·÷±§©®™–−′″"
_ASCII = {chr(code) for code in range(0x20, 0x7F)}
_FOLDED = {
    **dict.fromkeys("‘’‚‛ʼ´`＇", "'"),
    **dict.fromkeys('“”„‟«»‹›「」『』"', '"'),
    **dict.fromkeys("—―", " -- "),
    **dict.fromkeys("‒", "–"),
    **dict.fromkeys("‐‑﹣－", "-"),
    **dict.fromkeys("\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029", " "),
    **dict.fromkeys("¿¡•‣◦●○■□▪▫►▶➤†‡", " "),
    **dict.fromkeys("⋅∙", "·"),
    "…": "...",
    "ß": "ss",
    "æ": "ae",
    "Æ": "Ae",
    "œ": "oe",
    "Œ": "Oe",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "th",
    "Ð": "Th",
    "þ": "th",
    "Þ": "Th",
    "ı": "i",
    "ŋ": "ng",
    "ħ": "h",
    "⁄": "/",
    "∕": "/",
    "μ": "µ",
    "≤": " at most ",
    "≥": " at least ",
    "≠": " is not equal to ",
    "≈": " about ",
    "→": " to ",
    "←": " from ",
    "↑": " up ",
    "↓": " down ",
    "⇒": " implies ",
    "≡": " is identical to ",
    "∈": " in ",
    "∑": " sum of ",
    "∫": " integral of ",
    "∆": " delta ",
    "‰": " per mille ",
    "¶": " paragraph ",
    "∞": " infinity ",
    "√": " square root of ",
    "∛": " cube root of ",
    "º": "°",
    "№": " number ",
    "☎": " telephone ",
    "♥": " heart ",
    "❤": " heart ",
}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True))
_EMOTICON = re.compile(r"(?<!\S)(?:[:;=]'?-?[()DPpOo/\\|*]|\^_+\^)(?=[\s.,!?]|$)")
_SILENT = {"Cf", "Mn", "Me", "Zs"}  # joiners, marks of direction, variants, spaces of all kinds


def cleaned(text: str, report: Report) -> str:
    """``text`` in ASCII and :data:`SYMBOLS_SAID`; what else is in it goes to ``report``.

    Accents are taken off, typographic marks become plain ones; joiners and marks of direction,
    which stand for no sound, vanish.
    """

    def left_out(found: re.Match[str]) -> str:
        report(Unsaid(found[0], around(text, *found.span())))
        return " "

    text = _EMOTICON.sub(left_out, text)
    if text.isascii() and text.isprintable():
        return text
    made, begin = [], None
    for place, character in enumerate(text):
        said = _said(character, text, place)
        if said is not None and begin is not None and character not in "\u200d\ufe0f ":
            report(Unsaid(text[begin:place].strip(), around(text, begin, place)))
            begin = None
        if said is None:
            begin = place if begin is None else begin
            said = " "
        made.append(said)
    if begin is not None:
        report(Unsaid(text[begin:].strip(), around(text, begin, len(text))))
    return re.sub(r" {2,}", " ", "".join(made))


def _said(character: str, text: str, place: int) -> str | None:
    """What stands for ``character``; None where nothing does."""
    if character in _ASCII or character in SYMBOLS_SAID:
        return character
    if character in _FOLDED:
        return _FOLDED[character]
    if character in _RAISED:
        return _raised(character, text[:place], text[place + 1 : place + 2])
    kind = unicodedata.category(character)
    if kind in _SILENT:
        return " " if kind == "Zs" else ""
    if kind.startswith("No") and "VULGAR FRACTION" in unicodedata.name(character, ""):
        return f" {unicodedata.normalize('NFKC', character).replace('⁄', '/')}"
    if kind.startswith("L") and "GREEK" in unicodedata.name(character, ""):
        return _greek(character, text, place)
    plain = unicodedata.normalize("NFKD", character)
    base = "".join(one for one in plain if unicodedata.category(one) not in _SILENT)
    return base if base and set(base) <= _ASCII | set(SYMBOLS_SAID) else None


def _raised(character: str, before: str, after: str) -> str:
    """A power: ``"^"`` and what is raised; after a word, as at a footnote, the figure alone."""
    is_first = before[-1:] not in _RAISED
    if character in "²³" and is_first and after not in _RAISED:
        return " squared " if character == "²" else " cubed "
    is_power = re.search(r"(?:\d|\)|\b[^\W\d_])$", before) is not None
    return f"{'^' if is_first and is_power else ' ' if is_first else ''}{_RAISED[character]}"


def _greek(character: str, text: str, place: int) -> str | None:
    """The name of a letter that stands alone, as in a formula."""
    near = text[max(0, place - 1) : place] + text[place + 1 : place + 2]
    if any("GREEK" in unicodedata.name(one, "") for one in near):
        return None
    name = unicodedata.name(character).lower()
    match = re.search(r"letter (?:final )?(\w+)", name)
    return f" {match[1].replace('lamda', 'lambda')} " if match else None
