"""The voices that a converter knows by name, and a sentence of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from speechgen.errors import ModelError, OutputError
from speechgen.files import printable
from speechgen.store import LoadedModel
from speechgen.synthesis.batch import load_synthesiser, network_of
from speechgen.synthesis.say import say
from speechgen.synthesis.speaking import Speakers


@dataclass(frozen=True)
class NamedVoice:
    """A voice: its name, and its mean F0 in Hz or None."""

    name: str
    f0_hz: float | None


def named_voices(
    converter: Path | str | LoadedModel | None, device: str, names: Sequence[str] | None = None
) -> list[NamedVoice]:
    """Those called ``names``, or all, words before numbers.

    Raises
    ------
    ModelError
        There is no voice of a name.
    """
    network = network_of(load_synthesiser(converter, device))
    for name in names or ():
        if name not in network.speakers:
            raise ModelError(f"unknown voice {name!r}; speechgen voices lists those there are")
    chosen = list(names or sorted(network.speakers, key=_order))
    return [NamedVoice(name, network.f0_of(name)) for name in chosen]


def say_samples(
    names: Sequence[str],
    text: str,
    folder: Path,
    *,
    model: Path | str | None,
    converter: Path | str | None,
    device: str,
    overwrite: bool,
) -> Iterator[Path]:
    """Write ``folder/NAME.wav``, ``text`` in each voice; each path when it is done.

    Raises
    ------
    OutputError
        A voice has a name that is none of a file, or the folder cannot be made.
    """
    for name in names:
        if not name or Path(name).name != name or printable(name) != name:
            raise OutputError(f"voice {printable(name)!r}: its name is no file's; leave it out")
    speakers = Speakers(model=model, converter=converter, device=device)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made a folder ({error.strerror})") from error
    for name in names:
        target = folder / f"{name}.wav"
        say(text, voice=speakers.of(name), output=target, overwrite=overwrite)
        yield target


def _order(name: str) -> tuple[bool, int, str]:
    return name.isdigit(), int(name) if name.isdigit() else 0, name
