"""Checking a model's arguments against the annotations of its constructor.

A value from a file is checked before anything is built with it.
"""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from typing import Any

from speechgen import registry
from speechgen.errors import ConfigError

_SEQUENCES = (list, tuple, collections.abc.Sequence, collections.abc.Iterable)


def check_arguments(name: str, arguments: dict[str, Any]) -> None:
    """Check ``arguments`` against the signature of the registered ``name``.

    Raises
    ------
    ConfigError
        An argument is unknown, or its value is not of the annotated type.
    """
    constructor = registry.constructor(name)
    parameters = inspect.signature(constructor).parameters
    hints = _hints(constructor)
    for key, value in arguments.items():
        if key not in parameters:
            raise ConfigError(
                f"{name}: unknown argument {key!r}; it takes: {', '.join(parameters)}"
            )
        if key in hints and not fits(value, hints[key]):
            wanted = parameters[key].annotation
            wanted = getattr(wanted, "__name__", wanted)
            raise ConfigError(f"arguments.{key}: must be {wanted}, not {_shorten(value)}")


def fits(value: Any, hint: Any) -> bool:
    """Whether plain data ``value`` (a list for any sequence) fits the annotation ``hint``.

    An int fits float, a bool fits neither. Annotations that no plain data can fit are let through:
    they are the constructor's to refuse.
    """
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if hint is None or hint is type(None):
        return value is None
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is typing.Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    if origin in _SEQUENCES or hint in _SEQUENCES:
        return isinstance(value, list | tuple) and _items_fit(value, inner)
    if origin is dict or hint is dict or origin is collections.abc.Mapping:
        return isinstance(value, dict)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint in (str, bool):
        return isinstance(value, hint)
    return True


def _items_fit(values: list[Any] | tuple[Any, ...], inner: tuple[Any, ...]) -> bool:
    if not inner:
        return True
    if len(inner) == 1 or inner[-1] is Ellipsis:
        return all(fits(value, inner[0]) for value in values)
    return len(values) == len(inner) and all(map(fits, values, inner))


def _hints(constructor: Any) -> dict[str, Any]:
    """Resolved annotations; none where one of them names a type known to type checkers only."""
    function = constructor.__init__ if inspect.isclass(constructor) else constructor
    try:
        return typing.get_type_hints(function)
    except NameError:
        return {}


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
