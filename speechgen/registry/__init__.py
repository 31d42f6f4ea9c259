"""What can be built by name: the only bridge from a word in a file to a class in the package.

A model directory or a configuration names an entry of this list; nothing else is ever imported on
its behalf. Targets are import paths, resolved when something is built, so reading the list is free.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from typing import Any

from speechgen.errors import ConfigError
from speechgen.registry import (
    audio,
    autoencoders,
    autoregressive,
    energy,
    gans,
    latent_audio,
    translation,
    vaes,
)
from speechgen.registry.entry import Entry

_LISTS = (audio, autoregressive, vaes, latent_audio, autoencoders, energy, gans, translation)
ENTRIES: dict[str, Entry] = {entry.name: entry for part in _LISTS for entry in part.ENTRIES}


def find(name: str) -> Entry:
    """The entry called ``name``; :class:`ConfigError` says which names are like it otherwise."""
    if not isinstance(name, str) or name not in ENTRIES:
        near = difflib.get_close_matches(str(name), ENTRIES, n=4)
        hint = f"did you mean {', '.join(near)}? " if near else ""
        raise ConfigError(f"unknown model {name!r}; {hint}'speechgen models' lists all names")
    return ENTRIES[name]


def constructor(name: str) -> Any:
    """The class behind ``name``, imported now."""
    return resolve(find(name).target)


def resolve(target: str) -> Any:
    """What the import path ``target``, written ``module:attribute``, names; imported now."""
    module, attribute = target.split(":")
    return getattr(importlib.import_module(module), attribute)


def build(name: str, arguments: dict[str, Any] | None = None) -> Any:
    """Construct the entry ``name`` with keyword ``arguments``, all of them its parameters."""
    target = constructor(name)
    arguments = dict(arguments or {})
    parameters = inspect.signature(target).parameters
    unknown = sorted(set(arguments) - set(parameters))
    if unknown:
        raise ConfigError(
            f"{name}: unknown argument {unknown[0]!r}; it takes: {', '.join(parameters)}"
        )
    try:
        return target(**arguments)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name}: {error}") from error


def published_results() -> dict[str, list[str]]:
    """For names of models, what ``egs/*/RESULTS.md`` say of them in a line each.

    The file is written from the results by ``tools/collect_results.py``.
    """
    import json
    from importlib.resources import files

    text = (files(__name__) / "results.json").read_text(encoding="utf-8")
    found: dict[str, list[str]] = json.loads(text)
    return found
