"""Shipped models: small, complete, described, and found by name or by default."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechgen.errors import ModelError
from speechgen.store import (
    DEFAULTS,
    TASKS,
    describe,
    load_model,
    locate,
    resolve_model,
    save_model,
    shipped_models,
)
from speechgen.store import shipped as shipped_module

from .conftest import small

MAX_SHIPPED_BYTES = 4 * 1024 * 1024


@pytest.mark.parametrize("name", sorted(shipped_models()))
def test_shipped_models_are_small_and_described(name: str) -> None:
    directory = shipped_models()[name]
    assert sum(path.stat().st_size for path in directory.iterdir()) <= MAX_SHIPPED_BYTES
    facts = describe(directory)
    for word in ("licence", "data", "speechgen train"):
        assert word in facts["card"].lower(), f"the card of {name} says nothing of {word!r}"
    assert facts["training"], "where the weights come from"
    load_model(directory)


def test_every_default_is_for_its_task() -> None:
    assert set(DEFAULTS) == set(TASKS)
    for task, name in DEFAULTS.items():
        if name in shipped_models():
            assert resolve_model(None, task) == shipped_models()[name]


def test_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped_module, "SHIPPED", tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="experiment=segan"):
        resolve_model(None, "enhance")
    model, config = small("segan")
    save_model(tmp_path / "shipped" / "segan-small", model, config)
    save_model(tmp_path / "run" / "model", model, config)
    assert shipped_models() == {"segan-small": tmp_path / "shipped" / "segan-small"}
    shipped = tmp_path / "shipped" / "segan-small"
    assert resolve_model(None, "enhance") == shipped
    assert resolve_model("segan-small", "enhance") == shipped
    assert resolve_model("run", "enhance") == Path("run/model")
    assert resolve_model(tmp_path / "run" / "model", "enhance") == tmp_path / "run" / "model"
    assert locate("segan-small") == shipped
    with pytest.raises(ModelError, match="neither a model directory nor a shipped model.*segan-s"):
        locate("segan-large")
    with pytest.raises(ModelError, match="one to embed is needed"):
        resolve_model("segan-small", "embed")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"no config\.yaml"):
        resolve_model("empty", "enhance")
