"""``config.yaml`` of a model directory: what to build, and with which arguments.

The file is data and nothing else. It is read by YAML's safe loader after its events have been
looked through, so that aliases, tags, deep nesting and repeated keys never reach the loader;
interpolations and class paths are refused by name, numbers and sizes are bounded.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speechgen import registry
from speechgen.errors import ConfigError, ModelError, SpeechgenError

if TYPE_CHECKING:
    from speechgen.features import FeatureSettings

FORMAT = 1
TASKS = ("synthesize", "enhance", "embed", "recognise", "say", "generate", "classify")
MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
MAX_ITEMS = 4096
MAX_CHARACTERS = 4096
MAX_MAGNITUDE = 1_000_000
_OF_PITCH = ("harmonic_vocoder", "voice_converter")
_KEYS = ("format", "name", "task", "arguments", "features", "training")


@dataclass(frozen=True)
class ModelConfig:
    """The contents of ``config.yaml``.

    Attributes
    ----------
    name
        An entry of :mod:`speechgen.registry` whose kind is "model".
    task
        What the model is for: "synthesize", "enhance", "embed", "recognise", "say", "generate" or
        "classify".
    arguments
        Keyword arguments of its constructor.
    features
        The settings of its local conditions (``FeatureSettings.to_dict()``); empty without any.
    training
        Where the weights come from: steps, seed, data, commit. Never used to build anything.

    Raises
    ------
    ConfigError
        A value is not plain data, out of range, an interpolation or a class path.
    """

    name: str
    task: str
    arguments: dict[str, Any] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if registry.find(self.name).kind != "model":
            raise ConfigError(f"name: {self.name!r} is not a model")
        if self.task not in TASKS:
            raise ConfigError(f"task: {self.task!r} is none of {', '.join(TASKS)}")
        for key in ("arguments", "features", "training"):
            value = getattr(self, key)
            if not isinstance(value, dict):
                raise ConfigError(f"{key}: must be a mapping, not {type(value).__name__}")
            limit = math.inf if key == "training" else MAX_MAGNITUDE
            object.__setattr__(self, key, _plain(value, key, limit))
        self.check_features(self.arguments)

    def feature_settings(self) -> FeatureSettings | None:
        """The settings of the local conditions; None for a model without any."""
        if not self.features:
            return None
        from speechgen.features import FeatureSettings

        return FeatureSettings.from_dict(self.features)

    def check_features(self, found: dict[str, Any]) -> None:
        """Check a network's own numbers, ``found``, against the settings of its conditions.

        Raises
        ------
        ConfigError
            The settings are invalid, or differ in the rate, the hop or the number of features; the
            message names the field.
        """
        settings = self.feature_settings()
        if settings is None:
            return
        wanted = {
            "sample_rate": settings.sample_rate,
            "hop_samples": settings.hop_samples,
            "local_features": settings.num_features,
        }
        asking = [key for key in ("pitch_lag_taps", "recogniser") if found.get(key)]
        if (asking or self.name in _OF_PITCH) and not settings.absolute_pitch:
            name = asking[0] if asking else self.name
            raise ConfigError(f"{name}: its features need absolute_pitch: true")
        for key, value in wanted.items():
            if found.get(key, value) != value:
                raise ConfigError(
                    f"{key} is {found[key]!r} in the network, but {value} in its features"
                )

    def to_yaml(self) -> str:
        """The text of ``config.yaml``."""
        import yaml

        values = {"format": FORMAT, **{key: getattr(self, key) for key in _KEYS[1:]}}
        return yaml.safe_dump(values, sort_keys=False, width=100)

    @classmethod
    def from_yaml(cls, text: str) -> ModelConfig:
        """The configuration in ``text``; :class:`ConfigError` where it is not plain data."""
        values = read_plain_yaml(text)
        if not isinstance(values, dict):
            raise ConfigError("must be a mapping with the keys " + ", ".join(_KEYS))
        unknown = [key for key in values if key not in _KEYS]
        if unknown:
            _refuse_class_path(str(unknown[0]), "")
            raise ConfigError(f"unknown key {unknown[0]!r}; known keys are: {', '.join(_KEYS)}")
        missing = [key for key in ("format", "name", "task") if key not in values]
        if missing:
            raise ConfigError(f"the key {missing[0]!r} is missing")
        if values.pop("format") != FORMAT:
            raise ConfigError(f"format must be {FORMAT}; it was written by another version")
        return cls(**values)


def read_config(directory: Path) -> ModelConfig:
    """The checked configuration of the model directory ``directory``.

    Raises
    ------
    ModelError
        The folder or the file is missing, too large or malformed; the message names the file.
    """
    path = Path(directory) / "config.yaml"
    if not path.is_file():
        raise ModelError(f"{directory}: is not a model directory (it has no config.yaml)")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"is larger than {MAX_BYTES} bytes, which no configuration is")
        return ModelConfig.from_yaml(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path}: is not UTF-8 text") from error
    except SpeechgenError as error:
        raise ModelError(f"{path}: {error}") from error


def read_plain_yaml(text: str) -> Any:
    """Parse ``text`` into plain data; what YAML can do beyond is a :class:`ConfigError`."""
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            line = event.start_mark.line + 1
            if depth > MAX_DEPTH:
                raise ConfigError(f"line {line}: is nested more than {MAX_DEPTH} deep")
            if isinstance(event, yaml.AliasEvent):
                raise ConfigError(f"line {line}: aliases are not allowed")
            if getattr(event, "tag", None) is not None:
                raise ConfigError(f"line {line}: the tag {event.tag!r} is not allowed")
        _refuse_repeated_keys(yaml.compose(text, Loader=yaml.SafeLoader))
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"{where}is not valid YAML ({what})") from error


def _refuse_repeated_keys(node: Any) -> None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigError(f"line {line}: a key must be a word")
            if key.value in seen:
                raise ConfigError(f"line {line}: {key.value!r} is given twice")
            seen.add(key.value)
            _refuse_repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item)


def _plain(value: Any, where: str, limit: float, depth: int = 1) -> Any:
    """``value`` as dict, list, str, int, float, bool and None, each within its bounds."""
    if depth > MAX_DEPTH:
        raise ConfigError(f"{where}: is nested more than {MAX_DEPTH} deep")
    if isinstance(value, dict | list | tuple) and len(value) > MAX_ITEMS:
        raise ConfigError(f"{where}: has {len(value)} items; at most {MAX_ITEMS} are allowed")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise ConfigError(f"{where}: the key {key!r} is not a string")
            _refuse_class_path(key, where)
        return {
            key: _plain(item, f"{where}.{key}", limit, depth + 1) for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{i}]", limit, depth + 1) for i, item in enumerate(value)]
    return _plain_scalar(value, where, limit)


def _plain_scalar(value: Any, where: str, limit: float) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if "${" in value:
            raise ConfigError(f"{where}: interpolations are not allowed ({value[:60]!r})")
        if len(value) > MAX_CHARACTERS:
            raise ConfigError(f"{where}: is longer than {MAX_CHARACTERS} characters")
        return str(value)
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    if isinstance(value, int | float):
        most = min(limit, sys.float_info.max)  # whole numbers may be beyond all floats
        if value != value or abs(value) > most:
            shown = "a number of many digits" if abs(value) > 1e30 else repr(value)
            raise ConfigError(f"{where}: {shown} is out of range")
        return value
    raise ConfigError(f"{where}: {type(value).__name__} is not a plain value")


def _refuse_class_path(key: str, where: str) -> None:
    if key.startswith("_"):
        place = f"{where}: " if where else ""
        raise ConfigError(
            f"{place}{key!r} is not allowed; classes are chosen by their registered name only"
        )
