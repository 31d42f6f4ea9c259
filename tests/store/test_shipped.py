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

MAX_SHIPPED_BYTES = 8_000_000


@pytest.mark.parametrize("name", sorted(shipped_models()))
def test_shipped_models_are_small_and_described(name: str) -> None:
    directory = shipped_models()[name]
    assert sum(path.stat().st_size for path in directory.iterdir()) <= MAX_SHIPPED_BYTES
    facts = describe(directory)
    for word in ("licence", "data", "speechgen train"):
        assert word in facts["card"].lower(), f"the card of {name} says nothing of {word!r}"
    assert facts["training"], "where the weights come from"
    load_model(directory)


def test_the_default_enhancer_is_small_causal_and_streams() -> None:
    model = load_model(resolve_model(None, "enhance")).model
    assert sum(parameter.numel() for parameter in model.parameters()) < 2_000_000
    assert model.hop_samples == 256 and model.latency_samples + model.hop_samples <= 768  # 48 ms


def test_every_default_is_for_its_task() -> None:
    assert set(DEFAULTS) < set(TASKS)
    for task, name in DEFAULTS.items():
        if name in shipped_models():
            assert resolve_model(None, task) == shipped_models()[name]
    with pytest.raises(ModelError, match="--model"):
        resolve_model(None, "generate")


def test_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped_module, "SHIPPED", tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="experiment=spectral_enhancer"):
        resolve_model(None, "enhance")
    model, config = small("segan")
    save_model(tmp_path / "shipped" / "spectral-small", model, config)
    save_model(tmp_path / "run" / "model", model, config)
    assert shipped_models() == {"spectral-small": tmp_path / "shipped" / "spectral-small"}
    shipped = tmp_path / "shipped" / "spectral-small"
    assert resolve_model(None, "enhance") == shipped
    assert resolve_model("spectral-small", "enhance") == shipped
    assert resolve_model("run", "enhance") == Path("run/model")
    assert resolve_model(tmp_path / "run" / "model", "enhance") == tmp_path / "run" / "model"
    assert locate("spectral-small") == shipped
    with pytest.raises(
        ModelError, match="neither a model directory nor a shipped model.*spectral-s"
    ):
        locate("spectral-large")
    with pytest.raises(ModelError, match="one to embed is needed"):
        resolve_model("spectral-small", "embed")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"no config\.yaml"):
        resolve_model("empty", "enhance")
