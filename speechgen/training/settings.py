"""What a run may be told, as frozen dataclasses: defaults live here, YAML only overrides them."""

from __future__ import annotations

import dataclasses
import os
import sys
import types
import typing
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from speechgen.errors import ConfigError

Settings = TypeVar("Settings")
_LARGEST_SEED = 10**18  # torch's are 64 bits, and a run counts on from it
PathText = Annotated[str, "path"]  # ~ in front of it is the home folder


def from_mapping(
    kind: type[Settings], values: Any, where: str, defaults: Settings | None = None
) -> Settings:
    """Build the dataclass ``kind`` from a plain mapping, checking every key and type.

    Parameters
    ----------
    where
        The key of the mapping in the configuration, for the message of the ConfigError.
    defaults
        What keys that are not in the mapping stay at; without it the defaults of ``kind``.
    """
    if not isinstance(values, dict):
        raise ConfigError(f"{where}: needs a mapping, not {values!r}")
    hints = typing.get_type_hints(kind, include_extras=True)
    fields = {item.name: item for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in fields:
            raise ConfigError(f"{where}: unknown key {key!r}; known keys are: {', '.join(fields)}")
    known = {name: _default(item, defaults) for name, item in fields.items()}
    for name, default in known.items():
        if default is dataclasses.MISSING and name not in values:
            raise ConfigError(f"{where}.{name} has no default; give {where}.{name}=...")
    return kind(
        **{
            name: convert(hints[name], values[name], f"{where}.{name}", default)
            if name in values
            else default
            for name, default in known.items()
        }
    )


def _default(item: dataclasses.Field, defaults: Any) -> Any:
    """The value of a field that is not given: of ``defaults`` where there are, or its own."""
    if defaults is not None:
        return getattr(defaults, item.name)
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return item.default


def convert(hint: Any, value: Any, where: str, default: Any = None) -> Any:
    """``value`` as the type ``hint`` says, or ConfigError naming the key ``where``.

    A mapping in the place of a dataclass changes some keys of ``default``, where that is one.
    """
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        text = convert(parts[0], value, where, default)
        return _path(text, where) if hint == PathText else text
    if origin in (types.UnionType, typing.Union):
        if value is None and types.NoneType in parts:
            return None
        hint = next(part for part in parts if part is not types.NoneType)
        return convert(hint, value, where, default)
    if dataclasses.is_dataclass(hint):
        kind = typing.cast(type, hint)
        return from_mapping(kind, value, where, default if isinstance(default, kind) else None)
    if origin is tuple and isinstance(value, list | tuple):
        if Ellipsis not in parts and len(value) != len(parts):
            raise ConfigError(f"{where}: needs {len(parts)} values, not {value!r}")
        return tuple(convert(parts[0], item, where) for item in value)
    if origin is dict and isinstance(value, dict):
        return {key: _leaf(parts[1], item, f"{where}.{key}") for key, item in value.items()}
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        if _is_usual(value):
            return float(value)
    elif hint is int and isinstance(value, int | float) and not isinstance(value, bool):
        if _is_usual(value) and value == int(value):
            return int(value)
    elif hint is str and isinstance(value, int | float | str):
        return str(value)
    elif hint in (bool, str) and isinstance(value, hint):
        return value
    raise ConfigError(f"{where}: needs {getattr(hint, '__name__', hint)}, not {_shown(value)}")


def _is_usual(value: float) -> bool:
    """Whether a number is finite, a whole one as a float."""
    return abs(value) <= sys.float_info.max


def _shown(value: object) -> str:
    try:
        text = repr(value)
        return text if len(text) <= 200 else f"{text[:200]}..."
    except ValueError:  # Python writes no whole number of over 4300 digits
        return "a number of thousands of digits"


def _leaf(hint: Any, value: Any, where: str) -> Any:
    return value if hint is Any else convert(hint, value, where)


def _path(text: str, where: str) -> str:
    if not text.strip() or "\0" in text:
        raise ConfigError(f"{where}: is empty or no path; give {where}=PATH")
    if any(len(os.fsencode(name)) > 255 for name in text.split("/")) or len(text) > 4000:
        raise ConfigError(f"{where}: {text[:40]!r}... is longer than a path may be")
    return os.path.expanduser(text)


@dataclass(frozen=True)
class TrainerSettings:
    """How long, where and how carefully to train.

    ``max_steps`` counts optimiser steps of the network, of a batch each; of a GAN those of the
    generator, whose discriminator takes ``schedule.discriminator_steps`` batches before each.
    ``max_seconds`` ends a run earlier (wall time over all resumes);
    the learning-rate schedule then follows whichever limit is nearer. ``precision`` is "auto", "32"
    or "bf16" (which becomes 32 on a CPU for which PyTorch lacks what the network needs); a step
    goes by ``accumulate_grad_batches`` batches, one after the other, as by one of their size;
    ``ema_decay`` 0 switches the moving average off. ``log_every_steps`` is the number of steps one
    row of metrics.csv averages over. ``strategy`` is "ddp", where
    every process holds all weights, or "fsdp", where each holds its share of them, of their
    gradients, moments and average.
    """

    max_steps: int
    max_seconds: float | None = None
    devices: int = 1
    accelerator: str = "auto"
    strategy: str = "ddp"
    precision: str = "auto"
    accumulate_grad_batches: int = 1
    gradient_clip_norm: float | None = 1.0
    ema_decay: float = 0.999
    validate_every_steps: int = 500
    validation_items: int = 16
    checkpoint_every_steps: int = 500
    log_every_steps: int = 50
    num_workers: int = 0
    threads: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_steps", "devices", "validate_every_steps", "validation_items",
                     "checkpoint_every_steps", "log_every_steps",
                     "accumulate_grad_batches"):  # fmt: skip
            if getattr(self, name) < 1:
                raise ConfigError(f"trainer.{name}: needs at least 1, not {getattr(self, name)}")
        for name in ("max_seconds", "gradient_clip_norm", "threads"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ConfigError(f"trainer.{name}: needs a number above 0 or null, not {value}")
        if self.num_workers < 0:
            raise ConfigError(f"trainer.num_workers: cannot be {self.num_workers}; give 0 or more")
        if not 0 <= self.ema_decay < 1:
            raise ConfigError(f"trainer.ema_decay: needs a number in [0, 1), not {self.ema_decay}")
        if self.strategy not in ("ddp", "fsdp"):
            raise ConfigError(f"trainer.strategy: needs ddp or fsdp, not {self.strategy!r}")
        if self.precision not in ("auto", "32", "bf16"):
            raise ConfigError(f"trainer.precision: needs auto, 32 or bf16, not {self.precision!r}")
        if self.accelerator not in ("auto", "cpu", "gpu"):
            raise ConfigError(
                f"trainer.accelerator: needs auto, cpu or gpu, not {self.accelerator!r}"
            )


@dataclass(frozen=True)
class ModelSettings:
    """Which registered network to train, and its constructor's arguments."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CardSettings:
    """What the model card says that the program cannot know."""

    data: str = ""
    licence: str = ""
    notes: str = ""


@dataclass(frozen=True)
class RunSettings:
    """The whole configuration; ``data`` and ``objective`` are checked by their own constructors.

    ``init_from`` is a model directory, a run folder or the name of a shipped model of the same
    kind and sizes, from whose weights the network is initialised; null draws them. A WaveNet may
    go on from one of other conditions: what takes them in is then drawn. ``init_share`` of the
    weights that are validated and written are those of ``init_from``, the rest the tuned ones: it
    keeps what narrow data would wear away.
    """

    output: PathText
    model: ModelSettings
    objective: dict[str, Any]
    data: dict[str, Any]
    trainer: TrainerSettings
    seed: int = 0
    init_from: PathText | None = None
    init_share: float = 0.0
    card: CardSettings = field(default_factory=CardSettings)

    def __post_init__(self) -> None:
        if abs(self.seed) >= _LARGEST_SEED:
            raise ConfigError(f"seed: needs a number of at most 18 digits, not {self.seed}")
        if not 0 <= self.init_share < 1:
            raise ConfigError(f"init_share: needs a number in [0, 1), not {self.init_share}")
        if self.init_share and self.init_from is None:
            raise ConfigError("init_share: is a share of init_from's weights; give init_from, or 0")
