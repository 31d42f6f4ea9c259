"""The models that are served: found by name alone, loaded once, shared by all requests."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from speechgen.errors import ConfigError
from speechgen.serving.problems import Problem
from speechgen.store import (
    DEFAULTS,
    LoadedModel,
    choose_device,
    load_model,
    locate,
    read_config,
    shipped_models,
)

if TYPE_CHECKING:
    from speechgen.synthesis.named_voices import NamedVoice
    from speechgen.synthesis.speaking import Speaker, Speakers

#: names under which OpenAI's clients ask for speech; they mean the default
ALIASES = ("tts-1", "tts-1-hd")
_CONVERTER = "voice_converter"  # what converts a recording; other synthesisers copy it


@dataclass(frozen=True)
class Entry:
    """A model: its name, where it is, and what it is for (enhance, say, convert)."""

    name: str
    directory: Path
    task: str


class Catalogue:
    """What can be asked for, and what of it is in memory.

    Parameters
    ----------
    extra
        Model directories beside those that are shipped, as ``DIR`` or ``NAME=DIR``.
    device
        Where models are loaded.

    Raises
    ------
    ModelError, ConfigError
        One of them is no model, is for no task that is served, or two have one name.
    """

    def __init__(self, extra: Sequence[str] = (), device: str = "auto") -> None:
        self.device = str(choose_device(device))
        found = [_shipped(*one) for one in shipped_models().items()]
        self._entries = {entry.name: entry for entry in found if entry is not None}
        for text in extra:
            entry = _given(text)
            if entry.name in self._entries or entry.name in ALIASES:
                raise ConfigError(f"--model {text}: there is a {entry.name}; say NAME={text}")
            self._entries[entry.name] = entry
        self._loaded: dict[str, LoadedModel] = {}
        self._speakers: dict[str, Speakers] = {}
        self._lock = threading.RLock()

    def entries(self) -> list[Entry]:
        """All of them, by name."""
        return sorted(self._entries.values(), key=lambda entry: entry.name)

    def loaded(self) -> list[str]:
        """Names of those in memory."""
        return sorted(self._loaded)

    def find(self, name: str | None, task: str) -> Entry:
        """The model called ``name``, or the default, for ``task``; 404 where there is none."""
        if name is None or (task == "say" and name in ALIASES):
            name = DEFAULTS["synthesize" if task == "convert" else task]
        entry = self._entries.get(name)
        if entry is None or entry.task != task:
            known = ", ".join(e.name for e in self.entries() if e.task == task)
            raise Problem(
                404, f"model {name!r}: no such model to {task}; there are: {known}",
                code="model_not_found", param="model",
            )  # fmt: skip
        return entry

    def enhancer(self, name: str | None = None) -> LoadedModel:
        """A model that cleans."""
        return self._load(self.find(name, "enhance"))

    def converter(self, name: str | None = None) -> LoadedModel:
        """A model that changes voices, before its vocoder."""
        from speechgen.synthesis.batch import load_synthesiser

        entry = self.find(name, "convert")
        with self._lock:
            if entry.name not in self._loaded:
                loaded = load_model(entry.directory, device=self.device)
                self._loaded[entry.name] = load_synthesiser(loaded, self.device)
            return self._loaded[entry.name]

    def speakers(self, name: str | None = None) -> Speakers:
        """A text model, and what speaks for it."""
        from speechgen.synthesis.speaking import Speakers

        entry = self.find(name, "say")
        with self._lock:
            if entry.name not in self._speakers:
                self._speakers[entry.name] = Speakers(
                    model=self._load(entry), converter=self.converter(), device=self.device
                )
            return self._speakers[entry.name]

    def speaker(self, name: str | None, voice: str) -> Speaker:
        """Who says a text."""
        speakers = self.speakers(name)
        check_voice(voice, speakers.names)
        with self._lock:
            return speakers.of(voice)

    def voices(self) -> list[NamedVoice]:
        """Those that the default converter knows, words before numbers."""
        from speechgen.synthesis.named_voices import named_voices

        return named_voices(self.converter(), self.device)

    def preload(self) -> None:
        """Load the defaults, and say a word, so that the first request finds all of it warm."""
        from speechgen.synthesis.say import VOICE, say

        self.enhancer()
        say("Ready.", voice=self.speaker(None, VOICE))

    def _load(self, entry: Entry) -> LoadedModel:
        with self._lock:
            if entry.name not in self._loaded:
                self._loaded[entry.name] = load_model(entry.directory, device=self.device)
            return self._loaded[entry.name]


def check_voice(voice: str, known: Sequence[str]) -> None:
    """Refuse what is no name of a voice: no file, no mixture, nothing that would be looked for."""
    if voice not in known:
        raise Problem(
            400, f"voice {voice!r}: unknown; /v1/audio/voices lists the {len(known)} there are",
            code="voice_not_found", param="voice",
        )  # fmt: skip


def _shipped(name: str, directory: Path) -> Entry | None:
    config = read_config(directory)
    task = _task_of(config.task, config.name)
    return Entry(name, directory, task) if task else None


def _given(text: str) -> Entry:
    name, equals, place = text.partition("=")
    directory = locate(place if equals else text)
    config = read_config(directory)
    task = _task_of(config.task, config.name)
    if task is None:
        raise ConfigError(
            f"--model {text}: a {config.name} to {config.task} is not served; give an enhancer, a "
            "text model or a voice_converter"
        )
    folder = directory.parent if directory.name == "model" else directory
    return Entry(name if equals else folder.resolve().name, directory, task)


def _task_of(task: str, kind: str) -> str | None:
    if task == "synthesize":
        return "convert" if kind == _CONVERTER else None
    return task if task in ("enhance", "say") else None
