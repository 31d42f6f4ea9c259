"""Overrides between the two readers of a sweep: Hydra's grammar, which splits them, and ours.

Hydra reads ``2025_01_02`` as a number and refuses ``data #2``. So that a value reaches its run as
it was written, it is given to Hydra between quotes, which :func:`plain` takes away again.
"""

from __future__ import annotations

import re
from typing import Any

from speechgen.errors import ConfigError
from speechgen.training.composition import quoted

_FUNCTION = re.compile(r"\s*(choice|range|interval|glob|sort|shuffle|tag|extend_list|str|int|float|"
                       r"bool|json_str)\s*\(")  # fmt: skip
_OPENING, _CLOSING = "([{", ")]}"


def is_of_hydra(override: str) -> bool:
    """Whether it configures Hydra itself."""
    return override.lstrip("+~").startswith(("hydra.", "hydra/"))


def key_of(override: str) -> str:
    """What it sets."""
    return override.partition("=")[0].strip().lstrip("+")


def as_hydra_reads(override: str) -> str:
    """The override with quotes around each value that Hydra would read as something else.

    Raises
    ------
    ConfigError
        Brackets or quotes that are not closed.
    """
    key, equals, text = override.partition("=")
    if not equals or _FUNCTION.match(text):
        return override
    parts = _split(text, override)
    return f"{key}={','.join(part if _is_kept(part) else quoted(part) for part in parts)}"


def is_swept(override: str) -> bool:
    """Whether Hydra's grammar reads several values in it."""
    return bool(_parsed(override).is_sweep_override())


def plain(override: str) -> str:
    """An override of one value as a single run takes it: without prefix, quotes and escapes."""
    parsed = _parsed(override)
    value = parsed.value()
    text = value if isinstance(value, str) else parsed.get_value_element_as_str()
    return f"{key_of(override)}={text}"


def _parsed(override: str) -> Any:
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(override)
    except HydraException as error:
        message = " ".join(str(error).split())
        raise ConfigError(f"{override!r}: not in Hydra's grammar ({message})") from error


def _is_kept(part: str) -> bool:
    """Whether Hydra gives the text back as it is, or is meant to read it: a list, a mapping."""
    try:
        read = plain(f"key={part}")
    except ConfigError:
        return False
    return read == f"key={part}" or part.strip()[:1] in ("'", '"', "[", "{", "")


def _split(text: str, override: str) -> list[str]:
    """The parts of ``text`` between commas that are in no brackets and no quotes."""
    parts, depth, quote, start = [], 0, "", 0
    for place, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[place - 1] != "\\" else quote
        elif char in "'\"" and not text[start:place].strip():
            quote = char
        elif char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    if quote or depth:
        raise ConfigError(f"{override!r}: not in Hydra's grammar; close its brackets and quotes")
    return [*parts, text[start:]]
