"""Figures that belong together: telephone numbers, ranges, powers, thousands set apart by spaces.

They are put so that the rules for dates, quantities and numbers, which come after, say each part.
"""

from __future__ import annotations

import re

from speechgen.text.numbers import cardinal, digits

_MONEY = "[$£€¥₹₩₽]"
_PLAIN = r"\d+(?:[.,:]\d+)*"
_AFTER = r"(?:\s?[%°][CF]?|\s?[AaPp](?:\.[Mm]\.|[Mm]\b)|st|nd|rd|th|'?s)?"
_DATE = r"\d{4}-\d\d?-\d\d?\b|\d\d?-\d\d?-(?:\d{4}|\d\d)\b"
#: by telephone, of a book, of a card: groups that are no amount
_GROUPS = re.compile(
    rf"(?<![\w.,:/+-])(?!{_DATE})(?:"
    r"\+\d{1,3}(?:[ .-]?\(?\d{2,5}\)?){2,}"
    r"|(?:1[ -])?\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}|\d{3}-\d{4}"
    r"|\d+(?:-\d+){2,}[Xx]?"
    r"|\(?0\d{1,4}\)?(?:[ -]\d{2,4}){2,}|\d{4}(?: \d{4}){2,}"
    r")(?![\w-])"
)
_RANGE = re.compile(
    rf"(?<![\w.,:–-])([-+]?)({_MONEY}?)({_PLAIN}{_AFTER})(?:\s?–\s?|-)({_MONEY}?)"
    rf"(?={_PLAIN}(?![\d–-]|/\d|\s?=))"
)
_POWER = re.compile(r"(?<=[\w)])\s?\^[({]?([-+]?)(\w+)[)}]?")
_EXPONENT = re.compile(r"\b(\d+(?:\.\d+)?)[eE]([-+]?)(\d+)\b")
_THOUSANDS = re.compile(r"(?<![\w.,:/+-])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?![\w:/-]|[.,]\d{3}| \d)")
_SIGNS = {"": "", "-": "minus ", "+": "plus "}


def with_figures(text: str) -> str:
    """``text`` with a word between the ends of ranges, and numbers in groups in words."""
    text = re.sub(r"(?<=\^)−|(?<=\d[eE])−|(?<=[A-Za-z]{2})−(?=[A-Za-z])", "-", text)
    text = text.replace("−", " minus ")
    text = _GROUPS.sub(_groups, text)
    text = re.sub(r"(?<!\S)–(?=\d)", "-", _RANGE.sub(_range, text))
    text = _EXPONENT.sub(
        lambda found: f"{found[1]} times ten to the power of {_SIGNS[found[2]]}{found[3]}", text
    )
    text = _POWER.sub(lambda found: f" to the power of {_SIGNS[found[1]]}{found[2]} ", text)
    return _THOUSANDS.sub(lambda found: found[0].replace(" ", ""), text)


def _groups(found: re.Match[str]) -> str:
    said = [
        cardinal(part) if len(part) < 3 else digits(part) for part in re.findall(r"\d+", found[0])
    ]
    return f"{'plus ' if '+' in found[0] else ''}{', '.join(said)} {'X' * (found[0][-1] in 'xX')}"


def _range(found: re.Match[str]) -> str:
    sign, money, first, other = found.groups()
    return f"{sign}{money}{first} to {other or money}"
