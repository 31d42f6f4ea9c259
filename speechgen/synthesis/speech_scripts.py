"""Texts that each become a file: paragraphs of a text, or lines of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError, DataError
from speechgen.files import is_stream, printable, read_json
from speechgen.synthesis.melody import parse_semitones
from speechgen.synthesis.speaking import Manner

_NAME = re.compile(r"[\w][\w.+-]{0,120}")
_MOST_LINES = 200  # of a paragraph
_FIELDS = {"text", "id", "voice", "rate", "pitch", "volume", "seed", "ssml"}


@dataclass(frozen=True)
class Script:
    """A text for a file of its own.

    Attributes
    ----------
    name
        Of the file, without its ending.
    text
        What is said.
    voice
        Who says it.
    manner
        How.
    ssml, by_line
        As :func:`speechgen.text.sentences` takes them.
    where
        File and line that it comes from, for messages.
    """

    name: str
    text: str
    voice: str
    manner: Manner = field(default_factory=Manner)
    ssml: bool = False
    by_line: bool = False
    where: str = ""


def paragraphs(lines: Iterable[str], usual: Script, *, by_line: bool = False) -> Iterator[Script]:
    """A script for each paragraph (or line) of a text, as ``000001`` and so on."""
    number = 0
    held: list[str] = []
    for line in chain(lines, ["\n"]):
        if line.strip():
            held.append(line)
        if held and (by_line or not line.strip() or len(held) >= _MOST_LINES):
            number += 1
            yield replace(usual, name=f"{number:06d}", text="".join(held))
            held = []


def read_scripts(path: Path | str, usual: Script) -> Iterator[Script]:
    """A script for each line of JSON: ``{"text": "Hello", "id": "hello", "voice": "bdl"}``.

    ``rate``, ``pitch`` ("+2st"), ``volume`` (dB), ``seed`` and ``ssml`` may be in it as well; what
    is not, is as of ``usual``.

    Raises
    ------
    DataError
        A line is none of these, or a name is twice there.
    """
    seen: set[str] = set()
    for number, line in enumerate(text_lines(path), 1):
        if not line.strip():
            continue
        try:
            script = _script(line, number, usual)
        except (ConfigError, DataError, ValueError, TypeError) as error:
            raise DataError(f"{path}:{number}: {printable(str(error))}") from error
        if script.name in seen:
            raise DataError(f"{path}:{number}: has the id {script.name!r} a second time")
        seen.add(script.name)
        yield replace(script, where=f"{path}:{number}")


def check_readable(path: Path | str) -> None:
    """Refuse a text file that is not there or cannot be read (DataError)."""
    path = Path(path)
    if is_stream(path):  # whoever writes to it has one reader
        return
    try:
        path.open("rb").close()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error


def text_lines(path: Path | str) -> Iterator[str]:
    """The lines of a text file in UTF-8 (DataError)."""
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            yield from file
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no UTF-8 text ({error.reason}); save it so") from error


def _script(line: str, number: int, usual: Script) -> Script:
    values = read_json(line)
    if not isinstance(values, dict) or not isinstance(values.get("text"), str):
        raise DataError('needs an object with a text, as {"text": "Hello"}')
    unknown = set(values) - _FIELDS
    if unknown:
        raise DataError(f"{sorted(unknown)[0]!r} is none of: {', '.join(sorted(_FIELDS))}")
    name = values.get("id", f"{number:06d}")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise DataError(f"the id {name!r} is no name of a file; give letters, digits, - and _")
    own = usual.manner
    manner = replace(
        own,
        rate=_value(values, "rate", own.rate, float, "a number"),
        volume_db=_value(values, "volume", own.volume_db, float, "a number of decibels"),
        semitones=_semitones(values, own.semitones),
        seed=_value(values, "seed", own.seed, int, "a whole number"),
    )
    voice = _value(values, "voice", usual.voice, str, "a text")
    ssml = _value(values, "ssml", usual.ssml, bool, "true or false")
    return replace(usual, name=name, text=values["text"], voice=voice, manner=manner, ssml=ssml)


def _semitones(values: dict[str, Any], usual: float) -> float:
    if isinstance(values.get("pitch"), str):
        return parse_semitones(values["pitch"])
    kind = 'a number of semitones, or a text such as "+2st"'
    return float(_value(values, "pitch", usual, float, kind))


def _value(values: dict[str, Any], name: str, usual: Any, kind: type, what: str) -> Any:
    """What a line says, of the type it must be of; ``usual`` where it says nothing."""
    if name not in values:
        return usual
    value = values[name]
    kinds = (int, float) if kind is float else kind
    if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
        raise DataError(f"{name} is {json.dumps(value)[:60]}, which is not {what}")
    return value
