"""What is saved is what is loaded, and saving never leaves half a model."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import speechgen
from speechgen.errors import ConfigError, ModelError, OutputError
from speechgen.store import ModelConfig, describe, load_model, save_model

from .conftest import SMALL, small


@pytest.mark.parametrize("name", sorted(SMALL))
@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
def test_a_model_comes_back_as_it_was(name: str, precision: str, tmp_path: Path) -> None:
    model, config = small(name)
    save_model(tmp_path / "m", model, config, "# Card\n", precision=precision)
    loaded = load_model(tmp_path / "m")
    assert loaded.config == config
    assert loaded.directory == tmp_path / "m"
    assert not loaded.model.training
    state = loaded.model.state_dict()
    assert state.keys() == model.state_dict().keys()
    for key, tensor in model.state_dict().items():
        assert state[key].dtype == tensor.dtype
        kind = getattr(torch, precision)
        expected = tensor.to(kind).to(tensor.dtype) if tensor.is_floating_point() else tensor
        assert torch.equal(state[key], expected), key
    assert sorted(os.listdir(tmp_path / "m")) == ["README.md", "config.yaml", "model.safetensors"]
    assert os.listdir(tmp_path) == ["m"]


def test_no_tensor_without_storage_is_left_behind(tmp_path: Path) -> None:
    """Shapes are learned on the meta device; nothing made there may reach a later network.

    In a process of its own, where no cache was filled by an earlier test.
    """
    for name in SMALL:
        model, config = small(name)
        save_model(tmp_path / name, model, config)
    code = """
import sys, torch, speechgen
for folder in sys.argv[1:]:
    model = speechgen.load(folder)
    for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
        assert tensor.device.type == "cpu", (folder, name)
model = speechgen.load(sys.argv[1])
assert model(torch.randn(1, 8000)).isfinite().all()
"""
    names = sorted(SMALL, key=lambda name: name != "speaker_encoder")  # the one run comes first
    folders = [str(tmp_path / name) for name in names]
    subprocess.run([sys.executable, "-c", code, *folders], check=True)


def test_a_loaded_model_works_and_leaves_the_random_state_alone(directory: Path) -> None:
    before = torch.get_rng_state()
    model = speechgen.load(directory)
    assert torch.equal(torch.get_rng_state(), before)
    assert model.enhance(torch.zeros(1, 1, 256)).shape == (1, 1, 256)


def test_half_storage_halves_the_file(tmp_path: Path) -> None:
    model, config = small("wavenet")
    for name, precision in (("full", "float32"), ("half", "float16")):
        save_model(tmp_path / name, model, config, precision=precision)
    size = {name: describe(tmp_path / name)["num_bytes"] for name in ("full", "half")}
    values = describe(tmp_path / "full")["num_values"]
    assert size["full"] - size["half"] == pytest.approx(2 * values, rel=0.02)


def test_saving_replaces_a_model_but_nothing_else(directory: Path, tmp_path: Path) -> None:
    model, config = small("identity")
    save_model(directory, model, config)
    assert load_model(directory).config.name == "identity"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match=r"thesis\.tex"):
        save_model(tmp_path / "mine", model, config)
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


def test_a_model_that_does_not_match_its_configuration_is_not_saved(tmp_path: Path) -> None:
    model, _ = small("segan")
    other = ModelConfig("segan", "enhance", {"channels": [4, 8, 4], "window_samples": 256})
    with pytest.raises(ModelError, match="shape|tensor"):
        save_model(tmp_path / "m", model, other)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("value", "precision"),
    [(float("nan"), "float32"), (float("inf"), "float32"), (1e6, "float16")],
)
def test_weights_that_are_not_finite_are_not_saved(
    value: float, precision: str, tmp_path: Path
) -> None:
    model, config = small("segan")
    with torch.no_grad():
        next(model.parameters()).flatten()[0] = value
    with pytest.raises(ModelError, match="NaN, infinity"):
        save_model(tmp_path / "m", model, config, precision=precision)
    assert os.listdir(tmp_path) == []


def test_an_unwritable_place_gives_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    model, config = small("identity")
    for target in (tmp_path / "file", tmp_path / "file" / "model"):
        with pytest.raises(OutputError) as caught:
            save_model(target, model, config)
        assert len(str(caught.value).splitlines()) == 1


def test_devices_are_checked(directory: Path) -> None:
    assert next(load_model(directory, device="auto").model.parameters()) is not None
    with pytest.raises(ConfigError, match="unknown device"):
        load_model(directory, device="abacus")
    if not torch.cuda.is_available():
        with pytest.raises(ConfigError, match="no device"):
            load_model(directory, device="cuda")


def test_description_tells_without_building(directory: Path) -> None:
    facts = describe(directory)
    model, config = small("segan")
    assert facts["num_values"] == sum(t.numel() for t in model.state_dict().values())
    assert facts["name"] == "segan" and facts["task"] == "enhance"
    assert facts["training"] == {"steps": 3, "data": "mini"}
    assert facts["arguments"] == config.arguments
    assert facts["card"] == "# A card\n"
    assert facts["paper"] == "arXiv:1703.09452"
