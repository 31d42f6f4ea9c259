"""The configuration in a run folder: written when a run begins, compared when it is resumed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from speechgen.errors import ConfigError, OutputError
from speechgen.files import write_text
from speechgen.training.loop.checkpoint import has_checkpoint

_MAY_CHANGE = ("trainer", "output", "card")  # when a run is resumed


def check_same_run(folder: Path, config: dict[str, Any]) -> None:
    """A folder with a checkpoint must be of a run that this configuration continues."""
    import yaml

    path = folder / "config.yaml"
    if not path.is_file() or not has_checkpoint(folder):
        return
    try:
        before = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        before = None
    if not isinstance(before, dict):
        raise ConfigError(
            f"{path}: is no configuration of a run; put a copy back, move it away to resume "
            "without comparing, or choose another output"
        )
    for key, value in _flat(config).items():
        old = _flat(before).get(key)
        if key.split(".")[0] not in _MAY_CHANGE and old != value:
            raise ConfigError(
                f"{folder}: holds a run with {key}={old}, not {value}; choose another output"
            )


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def write_config(folder: Path, config: dict[str, Any], command: str) -> None:
    """``config.yaml`` under the command of the run; makes the folder."""
    import yaml

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror}); choose another output"
        ) from error
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    write_text(folder / "config.yaml", f"# {command}\n{text}")


def forget(folder: Path) -> None:
    """Remove what a run wrote that ended before its first step, if there was nothing before it."""
    if has_checkpoint(folder) or (folder / "model").exists():
        return
    for name in ("config.yaml", "metrics.csv"):
        (folder / name).unlink(missing_ok=True)
    for name in ("tensorboard", "checkpoints"):
        shutil.rmtree(folder / name, ignore_errors=True)
