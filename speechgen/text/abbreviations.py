"""Abbreviations to words, and which full stops end no sentence."""

from __future__ import annotations

import re

#: before a name or a number: no sentence ends after them
_TITLES = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "dr": "doctor", "prof": "professor",
    "sgt": "sergeant", "capt": "captain", "col": "colonel", "lt": "lieutenant", "gen": "general",
    "rev": "reverend", "gov": "governor", "sen": "senator", "mt": "mount", "ft": "fort",
    "vol": "volume", "pp": "pages", "vs": "versus", "approx": "approximately", "eq": "equation",
    "cf": "compare", "viz": "namely", "incl": "including", "excl": "excluding",
    "esp": "especially", "ca": "circa", "ch": "chapter", "tel": "telephone",
}  # fmt: skip
_OTHERS = {
    "jr": "junior", "sr": "senior", "inc": "incorporated", "ltd": "limited", "co": "company",
    "corp": "corporation", "dept": "department", "ave": "avenue", "blvd": "boulevard",
    "rd": "road", "etc": "et cetera", "est": "established", "bros": "brothers",
}  # fmt: skip
_NEVER_LAST = {"e.g", "i.e", "a.k.a", "st", "nos", "fig", "sec", "chap", *_TITLES}
_WITHOUT_STOP = {"mr", "mrs", "ms", "dr", "prof", "jr", "etc", "vs", "ltd"}
_ALL = {**_TITLES, **_OTHERS}
_STOPPED = re.compile(rf"\b({'|'.join(_ALL)})\.(?!\w)", re.IGNORECASE)
_PLAIN = re.compile(rf"\b({'|'.join(sorted(_WITHOUT_STOP))})\b(?!\.?\w)", re.IGNORECASE)
_NUMBERED_NAMES = {
    "no": "number", "nos": "numbers", "fig": "figure", "sec": "section", "chap": "chapter",
    "ext": "extension", "art": "article", "para": "paragraph",
    "max": "maximum", "min": "minimum", "op": "opus",
}  # fmt: skip
_BEFORE_NUMBERS = rf"(?:{'|'.join(_NUMBERED_NAMES)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_NUMBERED = re.compile(
    rf"\b({'|'.join(_NUMBERED_NAMES)})\.\s*(?=\d|[IVXL]{{2,}}\b|[VX]\b)", re.IGNORECASE
)
_PAGE = re.compile(r"\bp\.\s*(?=\d)")
_CIRCA = re.compile(r"\bc\.\s*(?=\d{3,4}\b)")
_ET_AL = re.compile(r"\bet al\.(?=\s+[a-z\d(]|,)")
_DRIVE = re.compile(r"((?:\d|\b(?:on|at|along|off)) [A-Z]\w+) Dr\b(?!\.? [A-Z])\.?")
_EXAMPLE = re.compile(r"\be\.\s?g\.", re.IGNORECASE)
_THAT_IS = re.compile(r"\bi\.\s?e\.", re.IGNORECASE)
_PHD = re.compile(r"\bPh\.?D\b\.?")
_SAINT = re.compile(r"\bSt\.\s+(?=[A-Z])")
_STREET = re.compile(r"\bSt\.?(?=\W|$)")


def with_abbreviations(text: str) -> str:
    """``text`` with the abbreviations that are known in words; the last keeps its full stop."""
    text = _NUMBERED.sub(lambda found: f"{_in_full(found[1])} ", text)
    text = _THAT_IS.sub("that is", _EXAMPLE.sub("for example", text))
    text = _ET_AL.sub("et al", _CIRCA.sub("circa ", _PAGE.sub("page ", text)))
    text = _DRIVE.sub(r"\1 Drive", text)
    text = _PHD.sub("P.H.D.", text)
    text = _SAINT.sub("Saint ", text)
    text = _STREET.sub("Street", text)
    text = _STOPPED.sub(_full, text)
    return _PLAIN.sub(lambda found: _in_full(found[1]), text)


def ends_no_sentence(word: str) -> bool:
    """Whether the full stop of a written word, as ``"Dr."`` or ``"J."``, is part of it."""
    bare = word.strip("\"'()[]")
    if not bare.endswith("."):
        return False
    inner = bare[:-1]
    if inner.lower() in _NEVER_LAST:
        return True
    return re.fullmatch(r"[A-Za-z]|(?:[A-Z]\.)+[A-Z]", inner) is not None and inner != "I"


def goes_with_number(word: str) -> bool:
    """Whether a written word, as ``"No."`` or ``"Jan."``, goes with a number that follows."""
    return re.fullmatch(rf"\W*{_BEFORE_NUMBERS}\.", word, re.IGNORECASE) is not None


def _full(found: re.Match[str]) -> str:
    at_end = not found.string[found.end() :].strip("\"')] ")
    return _in_full(found[1]) + ("." if at_end else "")


def _in_full(short: str) -> str:
    name = {**_ALL, **_NUMBERED_NAMES}[short.lower()]
    return name.capitalize() if short[0].isupper() else name
