"""Many texts to a folder of sound files, which can be gone on with after a stop.

``speech.jsonl`` in the folder has a line for each file that is finished: what it was made of, its
text, when its words are said, its seconds, and those that the work took
(:mod:`speechgen.synthesis.speech_manifest`).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from speechgen.errors import DataError, NothingToSayError, OutputError, SpeechgenError
from speechgen.files.shard import Shard
from speechgen.synthesis.say import utterances
from speechgen.synthesis.speaking import Speaker
from speechgen.synthesis.speech_manifest import SpeechManifest
from speechgen.synthesis.speech_output import Sink, sound_file, spoken_to
from speechgen.synthesis.speech_scripts import Script
from speechgen.synthesis.voice_identity import VoiceIdentity, digest_of
from speechgen.text import Lexicon, sentences
from speechgen.text.unsaid import Report, warn


class Voices(Protocol):
    """Those who speak, by name, and where what they are made of comes from."""

    directories: tuple[Path, ...]

    @property
    def weights(self) -> str:
        """Of the models, by which they are known."""
        ...

    def of(self, voice: str, /) -> Speaker:
        """The speaker of a voice."""
        ...

    def identity(self, voice: str, /) -> VoiceIdentity:
        """What the voice is."""
        ...


@dataclass(frozen=True)
class BatchReport:
    """How many files were written, and how many were there already."""

    written: int = 0
    found: int = 0


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
    shard: Shard | None = None,
) -> BatchReport:
    """Write ``output/NAME.wav`` for each script; those that are there already are passed over.

    Parameters
    ----------
    tell
        Told of each file, and of scripts that hold nothing to say.
    overwrite
        Whether a file that was made of something else may be replaced.
    shard
        The part of the scripts that is said, as one of many runs into the same folder.

    Returns
    -------
    BatchReport
        Files written and found.

    Raises
    ------
    OutputError
        A file is there that was made of something else, or the shard is being done by another
        process.
    """
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made a folder ({error.strerror})") from error
    with contextlib.closing(SpeechManifest(folder, shard)) as manifest:
        ours = (one for one in scripts if shard is None or shard.holds(one.name))
        return _say_all(
            ours, folder, speakers, manifest, silence_seconds, lexicon, report, tell,
            overwrite=overwrite,
        )  # fmt: skip


def _say_all(
    scripts: Iterable[Script],
    folder: Path,
    speakers: Voices,
    manifest: SpeechManifest,
    silence_seconds: float,
    lexicon: Lexicon | None,
    report: Report,
    tell: Callable[[str], None],
    *,
    overwrite: bool,
) -> BatchReport:
    written = found = 0
    for script in scripts:
        target = folder / f"{script.name}.wav"
        with _named(script.where):
            made_of = _made_of(script, speakers, silence_seconds, lexicon)
            there = _there(target, manifest, made_of)
            if there is None:
                found += 1
                continue
            if there and not overwrite:
                raise OutputError(f"{target}: {there}; give --overwrite")
            speaker = speakers.of(script.voice)
        text = sentences(
            script.text, lexicon=lexicon, ssml=script.ssml, by_line=script.by_line, report=report
        )
        try:
            with _noted(target, manifest, speaker, made_of, overwrite=overwrite) as (sink, line):
                began = time.perf_counter()
                made = utterances(speaker, text, script.manner)
                said = spoken_to(made, sink, silence_seconds, line["sentences"].append)
                line["seconds"] = round(said.seconds, 4)
                line["work_seconds"] = round(time.perf_counter() - began, 4)
        except NothingToSayError as error:
            tell(f"{script.name}: left out; {error}")
            continue
        except DataError as error:
            raise DataError(f"{script.where or script.name}: {error}") from error
        tell(str(target))
        written += 1
    return BatchReport(written, found)


@dataclass(frozen=True)
class _MadeOf:
    """What a file is made of: its line says so, or what the line of an earlier version said."""

    voice: str
    voice_hash: str
    models_hash: str
    digest: str
    earlier_digest: str
    by_name: bool

    def line(self) -> dict[str, Any]:
        """What stands in the manifest."""
        return {
            "digest": self.digest, "voice": self.voice, "voice_hash": self.voice_hash,
            "models_hash": self.models_hash,
        }  # fmt: skip


def _made_of(
    script: Script, speakers: Voices, silence_seconds: float, lexicon: Lexicon | None
) -> _MadeOf:
    values = {key: value for key, value in asdict(script).items() if key != "where"}
    own = None if lexicon is None else lexicon.entries()
    directories = [str(one) for one in speakers.directories]
    earlier = digest_of([values, [silence_seconds, directories, own]])
    del values["voice"]
    voice = speakers.identity(script.voice)
    digest = digest_of([values, silence_seconds, own, voice.digest, speakers.weights])
    return _MadeOf(
        script.voice, voice.digest, speakers.weights, digest, earlier, by_name=voice.by_name
    )


def _there(target: Path, manifest: SpeechManifest, made_of: _MadeOf) -> str | None:
    """What is wrong with a file that is there; "" where there is none, None where it is finished.

    Lines of earlier versions do not say what a recording was or what the models were. Where a voice
    is a name they are believed.
    """
    if not target.exists():
        return ""
    line = manifest.of(target)
    if line is None:
        return "was not finished here, and may be yours"
    if line.get("digest") == made_of.digest or (
        made_of.by_name and line.get("digest") == made_of.earlier_digest
    ):
        return None
    other = "was made of something else"
    if line.get("digest") == made_of.earlier_digest:
        return f"{other}, perhaps: an earlier version did not note what {made_of.voice} was"
    if "voice_hash" not in line:
        return other
    if line.get("voice") == made_of.voice and line["voice_hash"] != made_of.voice_hash:
        return f"{other}: {made_of.voice} or how it is heard (--encoder, --spectral-match) changed"
    if line.get("models_hash") != made_of.models_hash:
        return f"{other}: by other models"
    return other


@contextlib.contextmanager
def _noted(
    target: Path, manifest: SpeechManifest, speaker: Speaker, made_of: _MadeOf, *, overwrite: bool
) -> Iterator[tuple[Sink, dict[str, Any]]]:
    """A sound file and its line, which is filled in meanwhile."""
    line = {"file": target.name, **made_of.line(), "seconds": 0.0, "work_seconds": 0.0}
    line["sentences"] = []

    def note(whole: Path) -> None:
        manifest.add(line, whole, target)

    with sound_file(target, speaker.sample_rate, overwrite=overwrite, when_whole=note) as sink:
        yield sink, line


@contextlib.contextmanager
def _named(where: str) -> Iterator[None]:
    """Say where what is wrong comes from."""
    try:
        yield
    except OutputError:
        raise
    except SpeechgenError as error:
        if not where:
            raise
        raise DataError(f"{where}: {error}") from error
