"""The verbs with a parallel generator in place of the WaveNet."""

from __future__ import annotations

import json

import pytest
import soundfile
import torch


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from speechgen.features import FeatureSettings
    from speechgen.registry import build
    from speechgen.store import ModelConfig, save_model

    torch.manual_seed(0)
    mel = FeatureSettings(kind="mel")
    sizes = {"stacks": 1, "layers_per_stack": 3, "residual_channels": 8, "gate_channels": 8,
             "skip_channels": 8, "local_features": mel.num_features, "output_level": 0.01,
             "hop_samples": mel.hop_samples, "upsampler_channels": 8}  # fmt: skip
    folder = tmp_path_factory.mktemp("parallel") / "model"
    config = ModelConfig("parallel_wavegan", "synthesize", sizes, mel.to_dict())
    save_model(folder, build("parallel_wavegan", sizes), config)
    return folder


def test_a_recording_is_copied_and_timed(run, model, speech, tmp_path):
    source, target, manifest = speech / "ann/ann_0.wav", tmp_path / "copy.wav", tmp_path / "t.json"
    done = run(
        "synthesize", "--from", source, "--output", target, "--model", model, "--json", manifest
    )
    assert done.status == 0, done.err
    assert soundfile.info(target).frames == soundfile.info(source).frames
    assert json.loads(manifest.read_text())["name"] == "parallel_wavegan"


def test_a_data_directory_is_copied_drawn_and_scored(run, model, speech, tmp_path):
    data, out = tmp_path / "data", tmp_path / "made"
    assert run("prepare", "tree", speech, "--output", data).status == 0
    for folder in ("one", "two"):
        done = run("synthesize", "--data", data, "--limit", 2, "--output", out / folder,
                   "--model", model, "--seed", len(folder))  # fmt: skip
        assert done.status == 0, done.err
        assert len(list((out / folder).glob("*.wav"))) == 2
    estimates = ("--estimate", out / "one", "--estimate", out / "two")
    done = run("score", "pictures", "--reference", data, *estimates, "--output",
               tmp_path / "figures", "--sounds", tmp_path / "sounds", "--limit", 1)  # fmt: skip
    assert done.status == 0, done.err
    heard = sorted(path.stem.rpartition("__")[2] for path in (tmp_path / "sounds").iterdir())
    assert heard == ["one", "recorded", "two"]


def test_what_does_not_fit_is_one_line(run, refused, model, speech, tmp_path):
    common = ("synthesize", "--from", speech / "ann/ann_0.wav", "--output", tmp_path / "o.wav",
              "--model", model)  # fmt: skip
    assert "leave --temperature out" in refused(*common, "--temperature", 0.8)
    assert "leave --engine out" in refused(*common, "--engine", "cached")
    assert "takes no voice" in refused(*common, "--speaker", speech / "bob/bob_0.wav")
    assert not any(tmp_path.iterdir())
    data = tmp_path / "data"
    assert run("prepare", "tree", speech, "--output", data).status == 0
    (tmp_path / "empty").mkdir()
    line = refused("score", "likelihood", "--model", model, "--data", data)
    assert "bits per sample need a wavenet" in line
    refused("score", "pictures", "--reference", data, "--estimate", tmp_path / "empty",
            "--output", tmp_path / "f")  # fmt: skip
