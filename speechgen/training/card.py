"""The model directory a run leaves behind: configuration, card, how it came to be."""

from __future__ import annotations

import shlex
from typing import Any

from speechgen import registry
from speechgen.files import portable
from speechgen.training.objectives.base import Objective
from speechgen.training.settings import CardSettings

_TASK_WORDS = {
    "synthesize": "generates speech",
    "enhance": "cleans noisy speech",
    "embed": "turns speech into a vector that tells voices apart",
    "recognise": "tells what is said",
    "say": "says what is written, through a converter and a vocoder",
    "generate": "generates",
    "classify": "tells classes apart",
}


def command_of(overrides: list[str]) -> str:
    """The command of a run on one line, without the names of folders that are of one machine."""
    text = " ".join(portable("speechgen train " + shlex.join(overrides)).splitlines())
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def training_info(
    status: dict[str, Any],
    data: dict[str, Any],
    *,
    seed: int,
    ema_decay: float,
    command: str,
    init_share: float = 0.0,
) -> dict[str, Any]:
    """What a model's config.yaml keeps about its training; plain values."""
    return {
        "steps": status["steps"],
        "seconds": status["seconds"],
        "validation": dict(status["validation"]),
        "data": data,
        "seed": seed,
        "ema_decay": ema_decay,
        "command": command,
    } | ({"init_share": init_share} if init_share else {})


def card_text(
    module: Objective, name: str, task: str, info: dict[str, Any], card: CardSettings
) -> str:
    """The model card, in Markdown."""
    entry = registry.find(name)
    weights = sum(parameter.numel() for parameter in module.network.parameters())
    data = ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in info["data"].items())
    average = f"moving average, decay {info['ema_decay']}" if info["ema_decay"] else "last weights"
    if info.get("init_share"):
        average += f"; {info['init_share']:g} of the weights are those it was initialised with"
    paper = f" after {entry.paper}" if entry.paper else ""
    lines = [
        f"# {name}: {_TASK_WORDS[task]}",
        "",
        f"{entry.summary[:1].upper()}{entry.summary[1:]}{paper}; {weights:,} weights.",
        "",
        "## Data",
        "",
        f"Trained on {data}.",
        *([card.data] if card.data else []),
        "",
        "## Licence",
        "",
        card.licence or "That of the data it was trained on; the program itself is under MIT.",
        "",
        "## Held-out values",
        "",
        *[f"- {key}: {value:.4g}" for key, value in info["validation"].items()],
        *([] if info["validation"] else ["None were measured in training."]),
        "",
        "## Training",
        "",
        f"{info['steps']} steps, {info['seconds']:.0f} s, seed {info['seed']}, {average}.",
        "",
        f"    {info['command']}",
        "",
    ]
    if card.notes:
        lines += ["## Notes", "", card.notes, ""]
    return "\n".join(lines)
