"""The models behind the pages: loaded when they are first asked for, once for all visitors."""

from __future__ import annotations

import functools
from typing import Any

from torch import nn

from speechgen.store import LoadedModel, load_model, read_config, resolve_model, shipped_models
from speechgen.synthesis.batch import load_synthesiser, network_of
from speechgen.synthesis.named_voices import named_voices
from speechgen.synthesis.speaking import Speaker, Speakers


class Models:
    """What is loaded; pages run one after the other, so nothing is loaded twice.

    Parameters
    ----------
    device
        "auto" is a GPU where there is one.
    """

    def __init__(self, device: str = "auto") -> None:
        self.device = device
        self.loaded = functools.cache(self._load)

    def _load(self, name: str, task: str) -> LoadedModel:
        return load_model(resolve_model(name, task), device=self.device)

    @functools.cached_property
    def converter(self) -> LoadedModel:
        """The default one, before the default vocoder."""
        return load_synthesiser(None, self.device)

    @functools.cached_property
    def encoder(self) -> nn.Module:
        """The default speaker encoder."""
        return load_model(resolve_model(None, "embed"), device=self.device).model

    @functools.cached_property
    def speakers(self) -> Speakers:
        """The default text model with the same converter and encoder."""
        return Speakers(converter=self.converter, encoder=self.encoder, device=self.device)

    def speaker(self, voice: Any) -> Speaker:
        """Who says a text: a name or a recording."""
        return self.speakers.of(voice)

    @functools.cached_property
    def voices(self) -> list[str]:
        """Names that the converter knows, words before numbers."""
        return [voice.name for voice in named_voices(self.converter, self.device)]

    @functools.cached_property
    def sample_rate(self) -> int:
        """Of what the converter makes, in Hz."""
        return int(network_of(self.converter).sample_rate)


def names_of(task: str) -> list[str]:
    """Shipped models for a task."""
    return [name for name, path in shipped_models().items() if read_config(path).task == task]
