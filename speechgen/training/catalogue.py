"""Which packaged experiment trains which registered model, read without composing any."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from speechgen.registry import find
from speechgen.training.composition import PACKAGE, experiments


@cache
def model_of(experiment: str) -> str:
    """The registered name of the model that a packaged experiment trains."""
    tree = _yaml("experiment", experiment)
    name = (tree.get("model") or {}).get("name")
    if name:
        return str(name)
    for default in tree["defaults"]:
        for key in ("/model", "override /model"):
            if isinstance(default, dict) and key in default:
                return str(_yaml("model", default[key])["name"])
    for default in tree["defaults"]:
        if isinstance(default, str) and default != "_self_":
            return model_of(default)
    raise LookupError(f"experiment {experiment} names no model")


def experiments_by_model() -> dict[str, list[str]]:
    """Registered model names, and the packaged experiments of each."""
    found: dict[str, list[str]] = {}
    for experiment in experiments():
        found.setdefault(model_of(experiment), []).append(experiment)
    return found


def grouped_experiments() -> dict[str, dict[str, str]]:
    """The packaged experiments by what they train on, speech or images, with a line for each."""
    groups: dict[str, dict[str, str]] = {"speech": {}, "images": {}}
    for name in experiments():
        of_images = find(model_of(name)).target.startswith("speechgen.images.")
        groups["images" if of_images else "speech"][name] = description(name)
    return groups


def description(experiment: str) -> str:
    """What an experiment is, in the few words of its file's first comment."""
    text = (files(PACKAGE) / "experiment" / f"{experiment}.yaml").read_text(encoding="utf-8")
    comments = (line for line in text.splitlines() if line.startswith("#"))
    return next((line.strip("# ") for line in comments if "@package" not in line), "")


def _yaml(group: str, name: str) -> dict[str, Any]:
    import yaml

    text = (files(PACKAGE) / group / f"{name}.yaml").read_text(encoding="utf-8")
    tree: dict[str, Any] = yaml.safe_load(text)
    return tree
