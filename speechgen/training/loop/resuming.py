"""The checkpoint that a run goes on from: whole, and of this very run."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.training.loop.checkpoint import checkpoint_path, previous_path
from speechgen.training.objectives.base import Objective


@dataclass(frozen=True)
class Resumption:
    """Where a run goes on: the file (None for the start) and what the user should know of it."""

    path: Path | None
    notes: tuple[str, ...] = ()


def resumption_of(folder: Path, module: Objective, content: dict[str, Any]) -> Resumption:
    """The newest checkpoint below ``folder`` that is whole, once it fits ``module``.

    Parameters
    ----------
    content
        What the data has that the network or its state are made for, by name; see
        :func:`content_of`.

    Raises
    ------
    ModelError
        There are checkpoints and none of them can be read.
    ConfigError
        It is of another network or of other speakers, classes or features.
    """
    damaged: list[str] = []
    for path in (checkpoint_path(folder), previous_path(folder)):
        if not path.exists():
            continue
        problem = _damage(path)
        if problem:
            damaged.append(f"{path}: {problem}")
            continue
        kept = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        notes = tuple(f"{line}; going on from {path.name}" for line in damaged)
        return Resumption(path, notes + _check_fit(path, kept, module, content))
    if damaged:
        raise ModelError(
            f"{damaged[0]}, and there is no good one before it; put a copy of it back, or move it "
            "away to train from the start"
        )
    return Resumption(None)


def content_of(data: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """What must be the same when a run is resumed, and its data in figures; plain containers."""
    return {
        "speakers": list(data.speakers),
        "classes": list(data.classes),
        "features": dict(data.features),
        "arguments": {name: _plain(value) for name, value in arguments.items()},
        "summary": dict(data.summary),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _damage(path: Path) -> str:
    """What is wrong with a file that should be a checkpoint; empty where nothing is."""
    try:
        if not path.stat().st_size:
            return "is empty"
        if not zipfile.is_zipfile(path):
            return "is cut short or no checkpoint"
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                return "is damaged"
        kept = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        counters, state = kept["speechgen"], kept["state_dict"]
        int(counters["steps_done"]), float(counters["seconds_done"]), state.items()
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    except Exception:  # the readers of both formats raise many kinds
        return "is damaged or no checkpoint of a training"
    return ""


def _check_fit(
    path: Path, kept: dict[str, Any], module: Objective, content: dict[str, Any]
) -> tuple[str, ...]:
    """Refuse a checkpoint of other speakers or another network; what has changed and may."""
    _check_parts(path, kept["state_dict"], module)
    before = kept.get("callbacks", {}).get("checkpointing", {}).get("content", content)
    for name in ("speakers", "classes"):
        _check_names(path, name, before[name], content[name])
    for group in ("features", "arguments"):
        for name in before[group].keys() | content[group].keys():
            old, new = before[group].get(name), content[group].get(name)
            if old != new:
                raise ConfigError(
                    f"{path}: was trained with {group} {name}={old}, not {new}; "
                    "choose another output"
                )
    _check_state(path, kept["state_dict"], module)
    changed = [
        f"{name} {before['summary'].get(name)} -> {value}"
        for name, value in content["summary"].items()
        if before["summary"].get(name) != value
    ]
    if not changed:
        return ()
    return (f"the data has changed since the run began ({', '.join(changed)})",)


def _check_parts(path: Path, state: dict[str, Any], module: Objective) -> None:
    """First of all: a checkpoint of another experiment has other tensors, whatever its data."""
    ours = module.state_dict().keys()
    if not state.keys() & ours:
        raise ConfigError(
            f"{path}: is of another kind of network; put the right one back, or choose another "
            "output"
        )


def _check_names(path: Path, what: str, before: list[Any], now: list[Any]) -> None:
    if before == now:
        return
    lists = {
        "lacks": [str(name) for name in before if name not in now],
        "adds": [str(name) for name in now if name not in before],
    }
    told = [
        f"{verb} {', '.join(names[:4])}{', ...' if len(names) > 4 else ''}"
        for verb, names in lists.items()
        if names
    ]
    raise ConfigError(
        f"{path}: was trained on other {what}: the data now {' and '.join(told)}; "
        "give it what it had, or choose another output"
    )


def _check_state(path: Path, state: dict[str, Any], module: Objective) -> None:
    wanted = module.state_dict()
    for name in wanted.keys() | state.keys():
        sizes = [tuple(s[name].shape) if name in s else None for s in (state, wanted)]
        if sizes[0] != sizes[1]:
            raise ConfigError(
                f"{path}: is of another run: {name} is {sizes[0]}, this run has {sizes[1]}; put "
                "the right one back, or choose another output"
            )
    table = getattr(module.network, "speaker_table", None)
    if table is not None and not table.requires_grad and table.any():  # zeros are not the data's
        kept = state["network.speaker_table"]
        if not torch.allclose(kept.float(), table.detach().cpu().float(), atol=1e-3):
            raise ConfigError(
                f"{path}: was trained on other speaker vectors; give data.speaker_vectors as they "
                "were, or choose another output"
            )
