"""Hostile or broken models, voices and data directories are refused; nothing in them is run."""

from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest


class _Exploit:
    def __reduce__(self):
        return (os.mkdir, ("exploited",))


def _with_pickle(model: Path) -> None:
    (model / "model.safetensors").write_bytes(pickle.dumps(_Exploit()))


def _with_pickle_beside(model: Path) -> None:
    (model / "weights.pt").write_bytes(pickle.dumps(_Exploit()))


def _with_foreign_class(model: Path) -> None:
    text = (model / "config.yaml").read_text()
    (model / "config.yaml").write_text(text.replace("name: segan", "name: os:system"))


def _with_python_tag(model: Path) -> None:
    with (model / "config.yaml").open("a") as file:
        file.write("evil: !!python/object/apply:os.mkdir [exploited]\n")


def _with_interpolation(model: Path) -> None:
    text = (model / "config.yaml").read_text()
    assert "2048" in text
    (model / "config.yaml").write_text(text.replace("2048", "${oc.env:HOME}"))


def _with_other_shapes(model: Path) -> None:
    text = (model / "config.yaml").read_text()
    (model / "config.yaml").write_text(text.replace("- 4\n", "- 6\n").replace("[4,", "[6,"))
    assert (model / "config.yaml").read_text() != text


def _with_huge_shapes(model: Path) -> None:
    text = (model / "config.yaml").read_text()
    huge = text.replace("- 4\n", "- 4000000000\n").replace("[4,", "[4000000000,")
    (model / "config.yaml").write_text(huge)
    assert huge != text


def _without_weights(model: Path) -> None:
    (model / "model.safetensors").unlink()


def _with_half_the_weights(model: Path) -> None:
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def _with_list_for_configuration(model: Path) -> None:
    (model / "config.yaml").write_text("- 1\n- 2\n")


BAD_MODELS = [
    _with_pickle, _with_pickle_beside, _with_foreign_class, _with_python_tag, _with_interpolation,
    _with_other_shapes,
    _with_huge_shapes, _without_weights, _with_half_the_weights, _with_list_for_configuration,
]  # fmt: skip


@pytest.mark.parametrize("spoil", BAD_MODELS, ids=lambda spoil: spoil.__name__[1:])
def test_a_hostile_or_broken_model_directory(refused, tiny, speech, tmp_path, monkeypatch, spoil):
    monkeypatch.chdir(tmp_path)
    model = tmp_path / "model"
    shutil.copytree(tiny["segan"], model)
    spoil(model)
    output = tmp_path / "out.wav"
    refused("enhance", speech / "ann/ann_0.wav", "--output", output, "--model", model)
    assert not output.exists()
    assert not (tmp_path / "exploited").exists()


def test_a_model_of_another_task_or_none_at_all(files_in, refused, tiny, speech, tmp_path):
    sound, output = speech / "ann/ann_0.wav", tmp_path / "out.wav"
    for model in (tiny["wavenet"], tiny["speaker_encoder"], tmp_path, tmp_path / "none", "sagen"):
        refused("enhance", sound, "--output", output, "--model", model)
    refused("synthesize", "--from", sound, "--output", output, "--model", tiny["segan"])
    refused("embed", sound, "--output", tmp_path / "v.npz", "--model", tiny["segan"])
    assert not files_in(tmp_path)


def test_a_command_in_a_data_directory_is_refused_and_not_run(run, refused, tiny, speech, tmp_path):
    data, mark = tmp_path / "data", tmp_path / "executed"
    assert run("prepare", "tree", speech, "--output", data).status == 0
    lines = (data / "wav.scp").read_text().splitlines()
    name = lines[2].split()[0]
    lines[2] = f"{name} touch {mark}; cat {speech}/ann/ann_2.wav |"
    (data / "wav.scp").write_text("\n".join(lines) + "\n")
    line = refused("validate", data)
    assert "wav.scp:3" in line
    encoder = tiny["speaker_encoder"]
    refused("embed", "--data", data, "--output", tmp_path / "v.npz", "--model", encoder)
    refused("score", "speakers", "--data", data, "--model", encoder)
    refused("synthesize", "--data", data, "--output", tmp_path / "s", "--model", tiny["wavenet"])
    refused("info", data)
    assert not mark.exists()


def test_an_unknown_voice(files_in, refused, tiny, speech, tmp_path):
    line = refused(
        "synthesize", "--from", speech / "ann/ann_0.wav", "--speaker", "carol",
        "--output", tmp_path / "out.wav", "--model", tiny["wavenet"],
    )  # fmt: skip
    assert "carol" in line
    assert "ann" in line
    assert "bob" in line
    assert not files_in(tmp_path)


@pytest.mark.parametrize("content", ["pickle", "text", "nan", "size"])
def test_a_bad_vector_as_voice(refused, tiny, speech, tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    voice = tmp_path / "voice.npy"
    if content == "pickle":
        np.save(voice, np.array([_Exploit()], dtype=object), allow_pickle=True)
    elif content == "text":
        voice.write_text("0.1 0.2")
    elif content == "nan":
        np.save(voice, np.full(8, np.nan, np.float32))
    else:
        np.save(voice, np.ones(5, np.float32))
    refused(
        "synthesize", "--from", speech / "ann/ann_0.wav", "--speaker", voice,
        "--output", tmp_path / "out.wav", "--model", tiny["wavenet"],
    )  # fmt: skip
    assert not (tmp_path / "out.wav").exists()
    assert not (tmp_path / "exploited").exists()
