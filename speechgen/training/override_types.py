"""Which type the field has that an override sets: by the settings, or the network's arguments."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

from speechgen import registry
from speechgen.errors import SpeechgenError
from speechgen.training import datasets, objectives
from speechgen.training.override_values import part_of
from speechgen.training.settings import RunSettings

#: keys that say which further fields there are
DECISIVE = ("data.kind", "objective.kind", "model.name")


def type_of(key: str, chosen: dict[str, Any]) -> Any:
    """The type hint of the field ``key``; None where nobody states one.

    Parameters
    ----------
    chosen
        The values of :data:`DECISIVE` keys.
    """
    if key in DECISIVE:
        return str
    group, *rest = key.split(".")
    if group == "data" and rest:
        return _within(_settings_of(datasets.data_kind, chosen["data.kind"]), rest)
    if group == "objective" and rest:
        return _within(_settings_of(objectives.objective_kind, chosen["objective.kind"]), rest)
    if group == "model" and rest[:1] == ["arguments"] and len(rest) > 1:
        return _within(_argument(chosen["model.name"], rest[1]), rest[2:])
    return _within(RunSettings, [group, *rest])


def _within(hint: Any, path: list[str]) -> Any:
    for name in path:
        hint = part_of(hint, name)
    return hint


def _settings_of(find: Callable[[Any], Any], kind: Any) -> Any:
    try:
        return find(kind).settings
    except SpeechgenError:  # said where the configuration is checked
        return None


def _argument(model: Any, name: str) -> Any:
    """The type of an argument of a network's constructor, as far as it can be told."""
    try:
        build = registry.constructor(model)
    except SpeechgenError:
        return None
    function = build.__init__ if inspect.isclass(build) else build
    try:
        return typing.get_type_hints(function, include_extras=True).get(name)
    except (NameError, TypeError):  # a hint of names that only type checkers import
        return None
