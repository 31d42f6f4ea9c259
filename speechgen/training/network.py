"""The network of a run: arguments that follow from the data, and pretrained weights."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import nn

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.training.datasets.training_data import TrainingData
from speechgen.training.settings import ModelSettings

_HEARS = "wavenet"  # the network whose recogniser is the data's
_OF_THE_DATA = "recogniser."


def argument_of(model: ModelSettings, name: str, default: Any) -> Any:
    """The argument ``name`` of a model: given, or its constructor's default."""
    if name in model.arguments:
        return model.arguments[name]
    parameters = inspect.signature(registry.constructor(model.name)).parameters
    return parameters[name].default if name in parameters else default


def with_implied_arguments(model: ModelSettings, implied: dict[str, Any]) -> ModelSettings:
    """The model with the arguments that follow from data and objective.

    A contradiction is refused.
    """
    for name, value in implied.items():
        given = model.arguments.get(name, value)
        if (list(given) if isinstance(given, tuple) else given) != value:
            raise ConfigError(
                f"model.arguments.{name} is {given}, the data has {value}; leave it out"
            )
    return ModelSettings(model.name, model.arguments | implied)


def check_content(model: ModelSettings, content_from: str | None) -> None:
    """Raise :class:`ConfigError` unless a recogniser is with the data and with the network."""
    if content_from is not None and model.name != _HEARS:
        raise ConfigError(f"data.content_from is for a {_HEARS}, not a {model.name}; leave it out")
    if content_from is None and model.name == _HEARS and model.arguments.get("recogniser"):
        raise ConfigError("model.arguments.recogniser comes with data.content_from; give that")


def build_network(model: ModelSettings, data: TrainingData) -> nn.Module:
    """The registered network, with what comes from the data: vectors of voices, a recogniser."""
    network: Any = registry.build(model.name, model.arguments)
    table = getattr(network, "speaker_table", None)
    if data.speaker_vectors is not None and table is not None and not table.requires_grad:
        table.copy_(torch.from_numpy(data.speaker_vectors))
    if data.recogniser is not None:
        network.recogniser.load_state_dict(data.recogniser.state_dict())
    return network


def initialise_from(
    network: nn.Module, reference: str, name: str, *, own_voices: bool = True
) -> list[str]:
    """Initialise ``network`` from a pretrained one of the same kind and sizes.

    With ``own_voices`` a table of voices that comes from the data stays. A recogniser may be
    initialised from a converter, which has one inside. A WaveNet may be initialised from one of
    other conditions: the parts that take them in stay as they were drawn where theirs are of other
    sizes, and its recogniser is the data's.

    Returns
    -------
    list
        The weights that stay.

    Raises
    ------
    ModelError, ConfigError
        There is no such model, or it is another kind or of other sizes.
    """
    from speechgen.store import load_model, locate

    trained = load_model(locate(reference))
    source, kind = trained.model, trained.config.name
    inside: Any = getattr(source, "recogniser", None)
    if inside is not None and name == "phone_recogniser":
        source, kind = inside, name
    if kind != name:
        raise ConfigError(f"init_from: {reference} is a {kind}, not a {name}")
    weights, wanted = source.state_dict(), network.state_dict()
    buffers = {key for key, _ in network.named_buffers()}
    if own_voices and "speaker_table" in buffers & wanted.keys():
        weights["speaker_table"] = wanted["speaker_table"]
    inputs = getattr(network, "inputs_of_conditions", ())
    stay = []
    for key in sorted(wanted.keys() | weights.keys()):
        ours, theirs = (side.get(key) for side in (wanted, weights))
        same = ours is not None and theirs is not None and ours.shape == theirs.shape
        if key.startswith(inputs) and (key.startswith(_OF_THE_DATA) or not same):
            weights.pop(key, None)
            if ours is not None:
                weights[key] = ours
                stay += [] if key.startswith(_OF_THE_DATA) else [key]
        elif not same:
            sizes = [None if one is None else tuple(one.shape) for one in (theirs, ours)]
            raise ConfigError(
                f"init_from: {reference} has {key} of {sizes[0]}, the model {sizes[1]}; "
                "give model.arguments as they are in its config.yaml"
            )
    network.load_state_dict(weights)
    return stay
