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


def build_network(model: ModelSettings, data: TrainingData) -> nn.Module:
    """The registered network, with the vectors of the training voices where it has a table."""
    network: Any = registry.build(model.name, model.arguments)
    table = getattr(network, "speaker_table", None)
    if data.speaker_vectors is not None and table is not None and not table.requires_grad:
        table.copy_(torch.from_numpy(data.speaker_vectors))
    return network


def initialise_from(
    network: nn.Module, reference: str, name: str, *, own_voices: bool = True
) -> None:
    """Initialise ``network`` from a pretrained one of the same kind and sizes.

    With ``own_voices`` a table of voices that comes from the data stays. A recogniser may be
    initialised from a converter, which has one inside.

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
    for key in wanted.keys() | weights.keys():
        ours, theirs = (side.get(key) for side in (wanted, weights))
        if ours is None or theirs is None or ours.shape != theirs.shape:
            sizes = [None if one is None else tuple(one.shape) for one in (theirs, ours)]
            raise ConfigError(
                f"init_from: {reference} has {key} of {sizes[0]}, the model {sizes[1]}; "
                "give model.arguments as they are in its config.yaml"
            )
    network.load_state_dict(weights)
