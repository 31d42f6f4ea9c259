"""The text of an override as a value of the type that its field has.

Text fields take the text as it stands, so that a path may hold any character: ``2025_01_02``,
``1.10``, ``no``, ``data #2``. Numbers are decimal. Lists and mappings are YAML (or Hydra's own
form), whose leaves are typed the same way. Quotes around a whole value make it text.
"""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from typing import Any

from speechgen.errors import ConfigError

_NULLS = ("", "null", "Null", "NULL")
_BOOLS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_INTEGER = re.compile(r"[-+]?\d+")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def value_of(text: str, hint: Any, override: str) -> Any:
    """``text`` as ``hint`` says; None as a hint means that the type is not known.

    What is no such value stays text, which the settings refuse by the name of the field.

    Raises
    ------
    ConfigError
        A list or mapping is malformed, or there are several numbers.
    """
    hint, may_be_none = without_none(hint)
    if may_be_none and text.strip() in _NULLS:
        return None
    if hint is str:
        return _unquoted(text)
    if hint in (bool, int, float):
        value = _plain(text.strip(), hint)
        if isinstance(value, str) and "," in value:
            raise ConfigError(
                f"{override}: several values; add --multirun to train one run for each"
            )
        return value
    return _structure(text, hint, override)


def without_none(hint: Any) -> tuple[Any, bool]:
    """A hint without ``| None`` and annotations, and whether None is allowed."""
    may_be_none = False
    while True:
        origin, parts = typing.get_origin(hint), typing.get_args(hint)
        if origin is typing.Annotated:
            hint = parts[0]
        elif origin is typing.Literal and all(isinstance(part, str) for part in parts):
            hint = str
        elif origin in (types.UnionType, typing.Union):
            others = [part for part in parts if part is not types.NoneType]
            may_be_none = may_be_none or len(others) < len(parts)
            if len(others) > 1:
                return None, may_be_none
            hint = others[0]
        else:
            return hint, may_be_none


def _unquoted(text: str) -> str:
    """Text as it stands, or what is between the quotes that enclose all of it."""
    import yaml

    bare = text.strip()
    if len(bare) < 2 or bare[0] not in "'\"" or bare[-1] != bare[0]:
        return text
    try:
        node = yaml.compose(bare, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return text
    return str(node.value) if isinstance(node, yaml.ScalarNode) else text


def _plain(text: str, hint: type) -> Any:
    """A number or a truth value, or the text where it is none."""
    if hint is bool:
        return _BOOLS.get(text.lower(), text)
    if _NUMBER.fullmatch(text):
        _refuse_infinite(text)
    for kind in (int, float) if hint is int else (float,):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _refuse_infinite(number: str) -> None:
    """ConfigError where a decimal number is beyond all floats."""
    if math.isinf(float(number)):
        raise ConfigError(f"{number[:20]}{'...' * (len(number) > 20)}: is out of range")


def _structure(text: str, hint: Any, override: str) -> Any:
    import yaml

    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, yaml.SafeLoader)):
            raise ConfigError(f"{override!r}: aliases are not read; write the value out")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{override!r}: the value is not YAML; quote it") from error
    if node is None:
        return None
    if _is_of_hydra(node):
        return _by_hydra(text, override)
    return _built(node, hint, override)


def _built(node: Any, hint: Any, override: str) -> Any:
    """A YAML node as a value of plain containers, its leaves typed by ``hint``."""
    import yaml

    hint, _ = without_none(hint)
    if isinstance(node, yaml.ScalarNode):
        if hint in (bool, int, float, str) and node.style not in ("'", '"'):
            return value_of(node.value, hint, override)
        return node.value if node.style in ("'", '"') else _guessed(node.value)
    parts = typing.get_args(hint)
    if isinstance(node, yaml.SequenceNode):
        leaf = parts[0] if typing.get_origin(hint) in (list, tuple) and parts else None
        return [_built(item, leaf, override) for item in node.value]
    values = {}
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ConfigError(f"{override!r}: a key of a mapping needs to be one word")
        values[str(key.value)] = _built(item, part_of(hint, key.value), override)
    return values


def part_of(hint: Any, name: str) -> Any:
    """The type of a dataclass's field or a mapping's value; None where it is not known."""
    hint, _ = without_none(hint)
    if dataclasses.is_dataclass(hint):
        return typing.get_type_hints(hint, include_extras=True).get(name)
    if typing.get_origin(hint) is dict:
        leaf = typing.get_args(hint)[1]
        return None if leaf is Any else leaf
    return None


def _guessed(text: str) -> Any:
    """A leaf whose type nobody states: null, true, false, a decimal number, or text."""
    if text in (*_NULLS, "~"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if not _NUMBER.fullmatch(text):
        return text
    _refuse_infinite(text)
    return int(text) if _INTEGER.fullmatch(text) else float(text)


def _is_of_hydra(node: Any) -> bool:
    """Whether a mapping has keys like ``a:1``, as YAML reads Hydra's form ``{a:1}``."""
    import yaml

    if isinstance(node, yaml.SequenceNode):
        return any(_is_of_hydra(item) for item in node.value)
    if not isinstance(node, yaml.MappingNode):
        return False
    return any(
        (":" in str(key.value) and isinstance(item, yaml.ScalarNode) and not item.value)
        or _is_of_hydra(item)
        for key, item in node.value
    )


def _by_hydra(text: str, override: str) -> Any:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(f"key={text}").value()
    except HydraException as error:
        raise ConfigError(f"{override!r}: the value is not YAML; quote it") from error
