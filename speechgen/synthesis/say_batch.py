"""Many texts to a folder of sound files, which can be gone on with after a stop.

``speech.jsonl`` in the folder has a line for each file that is finished: what it was made of, its
text, when its words are said, its seconds, and those that the work took.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from speechgen.errors import ConfigError, DataError, NothingToSayError, OutputError
from speechgen.files import printable, read_json
from speechgen.synthesis.melody import parse_semitones
from speechgen.synthesis.say import utterances
from speechgen.synthesis.speaking import Manner, Speaker
from speechgen.synthesis.speech_output import sound_file, spoken_to
from speechgen.text import Lexicon, sentences
from speechgen.text.unsaid import Report, warn

MANIFEST = "speech.jsonl"
_NAME = re.compile(r"[\w][\w.+-]{0,120}")
_MOST_LINES = 200  # of a paragraph
_FIELDS = {"text", "id", "voice", "rate", "pitch", "volume", "seed", "ssml"}


class Voices(Protocol):
    """Those who speak, by name, and where what they are made of comes from."""

    directories: tuple[Path, ...]

    def of(self, voice: str, /) -> Speaker:
        """The speaker of a voice."""
        ...


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
    """

    name: str
    text: str
    voice: str
    manner: Manner = field(default_factory=Manner)
    ssml: bool = False
    by_line: bool = False


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
        yield script


def text_lines(path: Path | str) -> Iterator[str]:
    """The lines of a text file in UTF-8 (DataError)."""
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            yield from file
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no UTF-8 text ({error.reason}); save it so") from error


def say_batch(
    scripts: Iterable[Script],
    output: Path | str,
    speakers: Voices,
    *,
    silence_seconds: float,
    lexicon: Lexicon | None = None,
    report: Report = warn,
    tell: Callable[[str], None] = print,
    overwrite: bool = False,
) -> int:
    """Write ``output/NAME.wav`` for each script; those that are there already are passed over.

    Parameters
    ----------
    tell
        Told of each file, and of scripts that hold nothing to say.
    overwrite
        Whether a file that was made of something else may be replaced.

    Returns
    -------
    int
        Files written or found.

    Raises
    ------
    OutputError
        A file is there that was made of something else.
    """
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made a folder ({error.strerror})") from error
    finished = _finished(folder / MANIFEST)
    settings = [silence_seconds, [str(one) for one in speakers.directories], _said_by(lexicon)]
    count = 0
    for script in scripts:
        target = folder / f"{script.name}.wav"
        digest = _digest([asdict(script), settings])
        if target.exists() and finished.get(target.name) == digest:
            count += 1
            continue
        if target.exists() and not overwrite:
            raise OutputError(f"{target}: was made of something else; give --overwrite")
        timed: list[dict[str, object]] = []
        speaker = speakers.of(script.voice)
        text = sentences(
            script.text, lexicon=lexicon, ssml=script.ssml, by_line=script.by_line, report=report
        )
        try:
            with sound_file(target, speaker.sample_rate, overwrite=overwrite) as sink:
                began = time.perf_counter()
                made = utterances(speaker, text, script.manner)
                seconds = spoken_to(made, sink, silence_seconds, timed.append).seconds
                work = time.perf_counter() - began
        except NothingToSayError as error:
            tell(f"{script.name}: left out; {error}")
            continue
        except DataError as error:
            raise DataError(f"{script.name}: {error}") from error
        _append(
            folder / MANIFEST,
            {"file": target.name, "digest": digest, "voice": script.voice,
             "seconds": round(seconds, 4), "work_seconds": round(work, 4), "sentences": timed},
        )  # fmt: skip
        tell(str(target))
        count += 1
    return count


def _script(line: str, number: int, usual: Script) -> Script:
    values = read_json(line)
    if not isinstance(values, dict) or not isinstance(values.get("text"), str):
        raise DataError('needs an object with a text, as {"text": "Hello"}')
    unknown = set(values) - _FIELDS
    if unknown:
        raise DataError(f"{sorted(unknown)[0]!r} is none of: {', '.join(sorted(_FIELDS))}")
    name = str(values.get("id", f"{number:06d}"))
    if not _NAME.fullmatch(name):
        raise DataError(f"the id {name!r} is no name of a file; give letters, digits, - and _")
    manner = replace(
        usual.manner,
        rate=_number(values, "rate", usual.manner.rate),
        volume_db=_number(values, "volume", usual.manner.volume_db),
        semitones=parse_semitones(str(values["pitch"]))
        if "pitch" in values
        else usual.manner.semitones,
        seed=int(_number(values, "seed", usual.manner.seed or 0)),
    )
    voice = str(values.get("voice", usual.voice))
    ssml = values.get("ssml", usual.ssml) is True
    return replace(usual, name=name, text=values["text"], voice=voice, manner=manner, ssml=ssml)


def _number(values: dict[str, Any], name: str, usual: float) -> float:
    value = values.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{name} is {value!r}, not a number")
    return value


def _finished(path: Path) -> dict[str, str]:
    """Files that are finished, and what they were made of; a line cut short is passed over."""
    finished = {}
    if path.exists():
        for line in text_lines(path):
            try:
                values = read_json(line)
                finished[str(values["file"])] = str(values["digest"])
            except (ValueError, KeyError, TypeError):
                continue
    return finished


def _append(path: Path, line: dict[str, object]) -> None:
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _digest(values: Any) -> str:
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _said_by(lexicon: Lexicon | None) -> Any:
    return None if lexicon is None else lexicon.entries()
