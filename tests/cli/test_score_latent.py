"""``score latent`` and ``score latent-samples``: numbers, sounds and one line of error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from speechgen import registry
from speechgen.data import prepare_tree
from speechgen.store import ModelConfig, save_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory of an untrained 1-D VAE without voices, at 8 kHz."""
    folder = tmp_path_factory.mktemp("models") / "autoencoder" / "model"
    sizes = {"strides": [5, 8], "channels": [4, 6], "latent": 3, "dilations": [1]}
    torch.manual_seed(0)
    arguments = {"sample_rate": 8000, **sizes}
    save_model(
        folder,
        registry.build("vae1d", arguments),
        ModelConfig("vae1d", "generate", arguments),
    )
    return folder


@pytest.fixture(scope="module")
def recordings(speech: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_tree(speech, tmp_path_factory.mktemp("data") / "all").path


def test_scores_and_sounds_are_written(run, model: Path, recordings: Path, tmp_path: Path) -> None:
    scores, made = tmp_path / "scores.json", tmp_path / "made"
    outcome = run(
        "score", "latent", "--model", model, "--data", recordings, "--limit", 2,
        "--output", made, "--system", "autoencoder", "--json", scores,
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    result = json.loads(scores.read_text("utf-8"))
    assert (
        result["context"]["kind"] == "latent_audio" and result["context"]["system"] == "autoencoder"
    )
    assert result["mean"]["rate"] > 0 and "own voice" not in result["mean"]
    assert sorted(path.stem for path in made.iterdir()) == sorted(result["files"])
    outcome = run(
        "score", "latent-samples", "--model", model, "--data", recordings, "--limit", 2,
        "--figures", tmp_path / "figures", "--sounds", tmp_path / "sounds",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    names = [path.stem.rpartition("__")[2] for path in (tmp_path / "sounds").iterdir()]
    assert names.count("recorded") == names.count("autoencoder") == 2


def test_another_models_directory_is_refused_in_one_line(
    refused, tiny: dict[str, Path], recordings: Path
) -> None:
    other = next(iter(tiny.values()))
    assert "generate" in refused("score", "latent", "--model", other, "--data", recordings)
