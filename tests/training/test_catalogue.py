"""Objectives and kinds of data are found by name: every entry is there, and named as its file."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from importlib import resources
from typing import Any

import pytest
import yaml

from speechgen.errors import ConfigError
from speechgen.store.config import TASKS
from speechgen.training import datasets, objectives
from speechgen.training.datasets import data_kind
from speechgen.training.loop.optimisation import OptimizerSettings
from speechgen.training.objectives import objective_kind
from speechgen.training.objectives.base import Objective
from speechgen.training.settings import from_mapping

CONF = resources.files("speechgen.conf")
AUDIO = [name for name, path in objectives.CATALOGUE.items() if ".images." not in path]


def group(name: str) -> dict[str, dict[str, Any]]:
    """The files of a configuration group by name."""
    found = ((one.name, one.read_text("utf-8")) for one in (CONF / name).iterdir())
    return {file.removesuffix(".yaml"): yaml.safe_load(text) for file, text in found}


def default_of(settings: type, name: str) -> Any:
    (item,) = (one for one in dataclasses.fields(settings) if one.name == name)
    return item.default


@pytest.mark.parametrize("name", objectives.CATALOGUE)
def test_an_objective_is_named_as_its_file_says(name: str) -> None:
    kind = objective_kind(name)
    assert objectives.CATALOGUE[name].split(":")[0].endswith(f".{name}")
    assert kind.settings().kind == name
    assert set(kind.data) <= datasets.CATALOGUE.keys()
    assert kind.task in TASKS
    module = sys.modules[objectives.CATALOGUE[name].split(":")[0]]
    assert kind.settings.__module__ == module.__name__
    modules = [
        one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__
    ]
    assert sum(isinstance(one, type) and issubclass(one, Objective) for one in modules) == 1


@pytest.mark.parametrize("name", datasets.CATALOGUE)
def test_a_kind_of_data_is_named_as_its_settings_say(name: str) -> None:
    assert default_of(data_kind(name).settings, "kind") == name


def test_each_objective_has_a_file_of_configuration() -> None:
    assert {name: tree["kind"] for name, tree in group("objective").items()} == {
        name: name for name in objectives.CATALOGUE
    }


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    for find, known in ((objective_kind, "segan"), (data_kind, "mixture")):
        for name in ("nothing", None, "speechgen.cli"):
            with pytest.raises(ConfigError, match=known):
                find(name)


#: values of what has no default
NEEDED = ["folder"]


def changes(settings: type, tree: dict[str, Any], where: str) -> bool:
    """Whether every value of ``tree`` changes the settings."""
    required = {key: value for key, value in tree.items() if key == "kind" or value in NEEDED}
    whole = from_mapping(settings, required | tree, where)
    return all(
        from_mapping(settings, required | without, where) != whole
        for without in _without_a_leaf({k: v for k, v in tree.items() if k not in required})
    )


def _without_a_leaf(tree: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for key, value in tree.items():
        rest = {k: v for k, v in tree.items() if k != key}
        inner = _without_a_leaf(value) if isinstance(value, dict) else []
        found += [rest | {key: one} for one in inner] or [rest]
    return found


@pytest.mark.parametrize("name", objectives.CATALOGUE)
def test_configuration_of_objectives_repeats_no_default(name: str) -> None:
    assert changes(objective_kind(name).settings, group("objective")[name], "objective")


@pytest.mark.parametrize("name", [file for file in group("data") if file != "content"])
def test_configuration_of_data_repeats_no_default(name: str) -> None:
    tree = group("data")[name]
    tree |= {key: NEEDED[0] for key, value in tree.items() if value == "???"}
    assert changes(data_kind(tree["kind"]).settings, tree, "data")


def test_a_part_of_a_nested_setting_leaves_the_objective_s_own_defaults() -> None:
    given = {"kind": "segan", "optimizer": {"learning_rate": 1.0}, "discriminator": {}}
    settings = objectives.objective_settings(given, "mixture")
    assert settings.optimizer == OptimizerSettings("rmsprop", 1.0, schedule="constant")
    assert settings.discriminator.name == "segan_discriminator"
    with pytest.raises(ConfigError, match="unknown key 'rate'"):
        objectives.objective_settings(given | {"optimizer": {"rate": 1}}, "mixture")


def test_the_audio_half_does_not_import_the_images_wing() -> None:
    program = (
        "import sys, speechgen.training, speechgen.training.runner\n"
        "from speechgen.training import datasets, objectives\n"
        f"for name in {AUDIO}: objectives.objective_kind(name)\n"
        "for name, path in datasets.CATALOGUE.items():\n"
        "    '.images.' in path or datasets.data_kind(name)\n"
        "print([name for name in sys.modules if name.startswith('speechgen.images')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.strip() == "[]"
