"""Every packaged experiment composes, fits its constructors, and says what it is and costs."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from speechgen import registry
from speechgen.errors import ConfigError, DataError
from speechgen.training import compose
from speechgen.training.composition import experiments
from speechgen.training.datasets import data_settings
from speechgen.training.objectives import build_objective, objective_kind, objective_settings
from speechgen.training.settings import RunSettings, from_mapping

REQUIRED = {
    "speaking_converter": ["data.speaker_vectors=v.npz"],
    "text_model": ["data.speaker_vectors=v.npz"],
    "text_model_large": ["data.speaker_vectors=v.npz"],
    "voice_converter": ["data.speaker_vectors=v.npz", "objective.recogniser=null"],
    "wavenet_content": ["data.speaker_vectors=v.npz"],
    "wavenet_content_pitch": ["data.speaker_vectors=v.npz"],
    "wavenet_phonetic": ["data.speaker_vectors=v.npz"],
    "wavenet_paper": ["data.speaker_vectors=v.npz"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wav.scp").write_text("a a.wav\n", encoding="utf-8")
    (tmp_path / "phones").write_text("a ə\n", encoding="utf-8")
    (tmp_path / "symbols").write_text("a _ ə . _\n", encoding="utf-8")
    (tmp_path / "images.npz").write_bytes(b"")
    return tmp_path


def overrides(name: str, folder: Path, config_dir: Path | None = None) -> list[str]:
    known = [f"experiment={name}", f"data.train={folder}", "output=out", *REQUIRED.get(name, [])]
    if compose(known, config_dir)["data"]["kind"].startswith("image"):
        known.append(f"data.train={folder / 'images.npz'}")
    return known


def test_the_promised_experiments_are_there() -> None:
    promised = "segan segan_paper speaker_encoder wavenet_content wavenet_mel wavenet_paper"
    promised += " wavenet_mel_logistic wavenet_mel_gaussian"
    assert set(promised.split()) <= set(experiments())


@pytest.mark.parametrize("name", experiments())
def test_composes_and_builds(name: str, folder: Path) -> None:
    settings = from_mapping(RunSettings, compose(overrides(name, folder)), "configuration")
    data = data_settings(settings.data)
    objective = objective_settings(settings.objective, data.kind)
    assert data.kind in objective_kind(objective.kind).data
    with torch.device("meta"):  # shapes and arguments without the memory
        if settings.model.name in ("speaker_encoder", "ecapa"):
            return
        network = registry.build(settings.model.name, settings.model.arguments)
        module = build_objective(objective, network, SimpleNamespace(speakers=["a", "b"]), 1.0)
    assert module.network is network


@pytest.mark.parametrize("name", experiments())
def test_header_states_paper_memory_and_hours(name: str) -> None:
    text = (resources.files("speechgen.conf") / "experiment" / f"{name}.yaml").read_text("utf-8")
    header = "".join(line for line in text.splitlines(True) if line.startswith("#"))
    assert "arXiv:" in header or "doi:" in header
    assert "Memory:" in header
    assert "hours" in header or "minutes" in header


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (["trainer.max_step=3"], "max_step"),
        (["modle.name=x"], "modle"),
        (["model=nothing"], "nothing"),
        (["experiment=nothing"], "nothing"),
        (["trainer.max_steps=many"], "trainer.max_steps"),
        (["trainer.max_steps=0"], "trainer.max_steps"),
        (["trainer.precision=16"], "trainer.precision"),
        (["objective.weights={l7: 1}", "objective.kind=other"], "objective.kind"),
        (["objective.optimizer.lr=1"], "objective.optimizer"),
        (["data.snr_db=[1, 2, 3]"], "data.snr_db"),
        (["data.kind=conditioned"], "needs data of kind"),
        (["no equals sign"], "key=value"),
        (["a.b=[1"], "YAML"),
    ],
)
def test_nonsense_is_one_clear_line(changed: list[str], words: str, folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        settings = from_mapping(
            RunSettings, compose([*overrides("segan", folder), *changed]), "configuration"
        )
        kind = data_settings(
            {k: v for k, v in settings.data.items() if settings.data["kind"] == "mixture"
             or k in ("kind", "train")}
        ).kind  # fmt: skip
        objective_settings(settings.objective, kind)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_values_are_named(folder: Path) -> None:
    with pytest.raises(ConfigError, match="output has no default"):
        compose(["experiment=segan", f"data.train={folder}"])
    with pytest.raises(ConfigError, match="no experiment chosen"):
        compose(["output=out"])


def test_names_that_are_nearly_right_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean spectral_enhancer"):
        compose(["experiment=spectral_enhancr", "output=out"])
    with pytest.raises(ConfigError, match="--multirun"):
        compose(["experiment=vae,iwae", "output=out"])
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "mine.yaml").write_text("defaults:\n  - vae\n")
    with pytest.raises(ConfigError, match="did you mean mine"):
        compose(["experiment=mina", "output=out"], tmp_path)


def test_missing_data_directory(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a data directory"):
        data_settings({"kind": "speakers", "train": str(tmp_path / "nowhere")})


def test_experiments_of_a_folder(folder: Path) -> None:
    mine = folder / "conf" / "experiment"
    mine.mkdir(parents=True)
    (mine / "mine.yaml").write_text(
        "# @package _global_\ndefaults:\n  - segan\n  - _self_\ntrainer:\n  max_steps: 7\n",
        encoding="utf-8",
    )
    composed = compose(overrides("mine", folder, folder / "conf"), folder / "conf")
    assert composed["trainer"]["max_steps"] == 7
    assert composed["model"]["name"] == "segan"
