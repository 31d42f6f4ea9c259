"""A model directory is known by its weights before they are in a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from speechgen.errors import ModelError
from speechgen.store import load_model, save_model
from speechgen.store.weights_hash import stored_weights_hash, weights_hash

from .conftest import small


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_stored_weights_have_the_hash_of_the_network(precision: str, tmp_path: Path) -> None:
    model, config = small("segan")
    save_model(tmp_path / "m", model, config, precision=precision)
    assert stored_weights_hash(tmp_path / "m") == weights_hash(load_model(tmp_path / "m").model)


def test_what_is_no_model_has_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model directory"):
        stored_weights_hash(tmp_path / "m")
    save_model(tmp_path / "m", *small("segan"))
    weights = tmp_path / "m" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        stored_weights_hash(tmp_path / "m")
