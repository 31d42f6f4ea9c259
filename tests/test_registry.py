"""The registry is the only list of what can be built by name, and all of it can be built."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

from speechgen import registry
from speechgen.errors import ConfigError


@pytest.mark.parametrize("name", sorted(registry.ENTRIES))
def test_every_entry_points_at_a_class_with_keyword_defaults(name: str) -> None:
    entry = registry.find(name)
    module, attribute = entry.target.split(":")
    constructor = getattr(importlib.import_module(module), attribute)
    assert inspect.isclass(constructor)
    assert constructor.__doc__, "what is built by name is documented"
    for parameter in inspect.signature(constructor).parameters.values():
        assert parameter.default is not inspect.Parameter.empty, f"{parameter} has no default"
    assert entry.family and entry.summary


@pytest.mark.parametrize(
    "name", ["", "os:system", "speechgen.models.wavenet.wavenet:WaveNet", None, 3, []]
)
def test_unknown_names_are_refused(name: object) -> None:
    with pytest.raises(ConfigError, match="'speechgen models' lists all"):
        registry.find(name)  # type: ignore[arg-type]


def test_names_that_are_nearly_right_are_put_right() -> None:
    with pytest.raises(ConfigError, match="did you mean .*wavenet.*lists all"):
        registry.find("wavnet")
    with pytest.raises(ConfigError, match=r"did you mean .*gated_pixelcnn"):
        registry.find("gated-pixelcnn")


def test_unknown_arguments_are_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="'depth'.*sample_rate"):
        registry.build("identity", {"depth": 3})


def test_reading_the_list_imports_no_model() -> None:
    code = (
        "import sys, speechgen.registry as r; assert r.ENTRIES;"
        "assert not {'torch', 'speechgen.models'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
