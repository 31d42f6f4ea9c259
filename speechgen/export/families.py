"""Which models can be exported, and which module of this room knows how."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np

from speechgen.errors import ModelError
from speechgen.export.forms import Example, Form
from speechgen.export.graph import Graph

FAMILIES = {
    "ecapa": "speaker",
    "harmonic_vocoder": "vocoder",
    "phone_recogniser": "recogniser",
    "segan": "segan",
    "segan_chain": "segan",
    "speaker_encoder": "speaker",
    "spectral_enhancer": "spectral",
    "text_model": "text",
    "voice_converter": "converter",
}
_REASONS = {
    "wavenet": "it draws sample after sample, by engines of its own",
    "log_mmse": "it has no network, but noise statistics that are followed in a loop",
    "identity": "it does nothing",
}


class Family(Protocol):
    """What a module of a family has."""

    @staticmethod
    def graphs(model: Any) -> list[Graph]:
        """Everything that is exported of a model."""

    @staticmethod
    def facts(model: Any) -> dict[str, Any]:
        """Numbers that a program needs to run it, for the settings."""

    @staticmethod
    def tables(model: Any) -> dict[str, dict[str, np.ndarray]]:
        """Arrays that go with it, by the names of their files (.npz)."""

    @staticmethod
    def example(model: Any) -> Example:
        """Something to run it on."""

    @staticmethod
    def forms(model: Any, example: Example) -> dict[str, Form]:
        """The ways of running it."""


def family_of(name: str) -> Family:
    """The module for the registry's ``name``.

    Raises
    ------
    ModelError
        Such a model cannot be exported; the line names those that can.
    """
    if name not in FAMILIES:
        reason = _REASONS.get(name, "nothing here knows its graph")
        raise ModelError(
            f"{name}: cannot be exported to ONNX: {reason}; what can be: "
            f"{', '.join(sorted(FAMILIES))}"
        )
    return cast("Family", import_module(f"speechgen.export.{FAMILIES[name]}"))
