"""Weights in a byte each come back within the rounding that is told, and nothing else passes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from speechgen.errors import ModelError
from speechgen.store import describe, load_model, save_model
from speechgen.store.quantised import MIN_ROW, SCALE, dequantise, quantise

from .conftest import SMALL, small


def test_rounding_is_within_half_a_level_of_each_row() -> None:
    weight = torch.randn(5, 4, MIN_ROW) * torch.tensor([1e-6, 1e-3, 1.0, 1e3, 0.0])[:, None, None]
    stored = quantise({"w": weight})
    assert stored["w"].dtype == torch.int8 and stored["w" + SCALE].shape == (5,)
    error = (dequantise(stored)["w"] - weight).abs().amax(dim=(1, 2))
    bound = weight.abs().amax(dim=(1, 2)) / 254
    assert (error <= bound * (1 + 1e-5)).all()


def test_the_largest_of_a_row_and_zero_are_exact() -> None:
    weight = torch.zeros(1, MIN_ROW)
    weight[0, 3] = -0.7123
    back = dequantise(quantise({"w": weight}))["w"]
    torch.testing.assert_close(back, weight, rtol=1e-6, atol=0.0)


def test_short_rows_vectors_and_whole_numbers_are_not_rounded_to_a_byte() -> None:
    state = {"a": torch.randn(7, MIN_ROW - 1), "b": torch.randn(100), "c": torch.arange(4)}
    stored = quantise(state)
    assert {name: tensor.dtype for name, tensor in stored.items()} == {
        "a": torch.float16, "b": torch.float16, "c": torch.int64,
    }  # fmt: skip


def test_empty_tables_stay_as_they_are() -> None:
    assert quantise({"voices": torch.zeros(0, 0)})["voices"].shape == (0, 0)


@pytest.mark.parametrize("name", sorted(SMALL))
def test_a_model_comes_back_from_a_quarter_of_its_bytes(name: str, tmp_path: Path) -> None:
    model, config = small(name)
    save_model(tmp_path / "whole", model, config)
    save_model(tmp_path / "m", model, config, precision="int8")
    loaded = load_model(tmp_path / "m").model.state_dict()
    expected = dequantise(quantise(model.state_dict()))
    for key, tensor in model.state_dict().items():
        assert torch.equal(loaded[key], expected[key].to(tensor.dtype)), key
    whole, facts = describe(tmp_path / "whole"), describe(tmp_path / "m")
    assert facts["num_values"] == whole["num_values"]
    assert facts["num_tensors"] == whole["num_tensors"]
    assert facts["num_bytes"] <= whole["num_bytes"]
    if name == "segan":
        assert "I8" in facts["dtypes"] and facts["num_bytes"] < 0.4 * whole["num_bytes"]


def test_not_a_number_is_refused_by_name(tmp_path: Path) -> None:
    model, config = small("segan")
    with torch.no_grad():
        next(p for p in model.parameters() if p.ndim > 1).fill_(float("nan"))
    with pytest.raises(ModelError, match="NaN"):
        save_model(tmp_path / "m", model, config, precision="int8")


def _drop(state: dict[str, torch.Tensor], name: str) -> None:
    del state[name + SCALE]


def _longer(state: dict[str, torch.Tensor], name: str) -> None:
    state[name + SCALE] = torch.ones(len(state[name]) + 1)


def _other_type(state: dict[str, torch.Tensor], name: str) -> None:
    state[name + SCALE] = torch.ones(len(state[name]), dtype=torch.int64)


def _without_weights(state: dict[str, torch.Tensor], name: str) -> None:
    del state[name]


def _infinite(state: dict[str, torch.Tensor], name: str) -> None:
    state[name + SCALE] = torch.full((len(state[name]),), float("inf"))


@pytest.mark.parametrize("spoil", [_drop, _longer, _other_type, _without_weights, _infinite])
def test_spoiled_pairs_are_refused(spoil, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    model, config = small("segan")
    save_model(tmp_path / "m", model, config, precision="int8")
    path = tmp_path / "m" / "model.safetensors"
    state = load_file(str(path))
    name = next(key.removesuffix(SCALE) for key in state if key.endswith(SCALE))
    spoil(state, name)
    save_file(state, str(path))
    with pytest.raises(ModelError) as refusal:
        load_model(tmp_path / "m")
    assert name in str(refusal.value) and "\n" not in str(refusal.value)
