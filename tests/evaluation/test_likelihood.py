from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.data import DataDirectory, SpeakerVectors, save_vectors, wave_gain
from speechgen.errors import ModelError
from speechgen.evaluation import bits_per_sample, score_likelihood
from speechgen.evaluation import teacher_forced as exact
from speechgen.features import FeatureSettings, extract
from speechgen.metrics import bootstrap_interval
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.store import ModelConfig, save_model

SETTINGS = FeatureSettings("content", num_cepstra=4)
SIZES = {
    "stacks": 1,
    "layers_per_stack": 5,
    "residual_channels": 8,
    "gate_channels": 8,
    "skip_channels": 8,
    "upsampler_channels": 8,
}
CONDITIONED = {**SIZES, "local_features": 6, "hop_samples": 160, "speaker_features": 3}


def make_model(arguments: dict) -> WaveNet:
    torch.manual_seed(1)
    model = WaveNet(**arguments).eval()
    with torch.no_grad():  # so that conditions matter without training
        for parameter in model.parameters():
            parameter.mul_(2.0)
    return model


@pytest.fixture
def model_dir(tmp_path: Path) -> Path:
    config = ModelConfig("wavenet", "synthesize", CONDITIONED, SETTINGS.to_dict(), {"steps": 7})
    save_model(tmp_path / "model", make_model(CONDITIONED), config)
    return tmp_path / "model"


@pytest.fixture
def vectors(voices: DataDirectory) -> SpeakerVectors:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(len(voices), 3)).astype(np.float32)
    return SpeakerVectors(tuple(voices.ids), tuple(voices.speakers.values()), rows)


def manual_bits(model: WaveNet, wave: torch.Tensor, conditions: Conditions) -> float:
    symbols = model.encode(wave[None])
    log_probability = model.likelihood.log_prob(model(symbols, conditions), symbols)
    return -log_probability.mean().item() / math.log(2)


def read(voices: DataDirectory, name: str) -> torch.Tensor:
    import soundfile

    return torch.from_numpy(soundfile.read(voices.wavs[name], dtype="float32")[0])


def test_chunks_give_what_the_whole_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_model(CONDITIONED)
    wave = torch.randn(4000).clamp(-1, 1) * 0.3
    conditions = Conditions(torch.randn(2, 6, 25), torch.randn(2, 3))
    whole = bits_per_sample(model, wave, conditions)
    monkeypatch.setattr(exact, "_CHUNK_SECONDS", 0.031)
    torch.testing.assert_close(bits_per_sample(model, wave, conditions), whole, atol=1e-6, rtol=0)


def test_a_batch_of_readings_gives_what_each_gives_alone() -> None:
    model = make_model(CONDITIONED)
    wave = torch.randn(1111).clamp(-1, 1) * 0.3
    conditions = Conditions(torch.randn(3, 6, 7), torch.randn(3, 3))
    together = bits_per_sample(model, wave, conditions)
    for index in range(3):
        alone = conditions.select([index])
        assert together[index].item() == pytest.approx(manual_bits(model, wave, alone), abs=1e-5)


def test_an_untold_model_has_bits_too() -> None:
    model = make_model(SIZES)
    wave = torch.randn(500).clamp(-1, 1) * 0.3
    expected = manual_bits(model, wave, Conditions())
    assert bits_per_sample(model, wave, None).item() == pytest.approx(expected, abs=1e-5)


def test_each_condition_is_what_its_name_says(
    model_dir: Path, voices: DataDirectory, vectors: SpeakerVectors
) -> None:
    result = score_likelihood(model_dir, voices.path, vectors)
    assert set(result["files"]) == set(voices.ids)
    model, name = make_model(CONDITIONED), "bob_1"
    wave, scores = read(voices, name), result["files"]["bob_1"]
    content = extract(SETTINGS, wave)
    wave = wave * wave_gain(wave.numpy(), 16000, SETTINGS.wave_level_db)  # as in training
    voice = {}
    for speaker in voices.speaker_names:
        rows = [i for i in vectors.rows_of(speaker) if vectors.ids[i] != name]
        voice[speaker] = torch.from_numpy(vectors.vectors[rows].mean(axis=0))[None]
    right = manual_bits(model, wave, Conditions(content[None], voice["bob"]))
    assert scores["right"] == pytest.approx(right, abs=1e-4)
    others = [
        manual_bits(model, wave, Conditions(content[None], voice[name])) for name in ("ann", "cyd")
    ]
    assert min(abs(scores["other speaker"] - bits) for bits in others) < 1e-4
    swapped = []
    for other in ("bob_0", "bob_2"):
        frames = extract(SETTINGS, read(voices, other))
        fitted = frames.repeat(1, 2)[:, : content.shape[1]]
        swapped.append(manual_bits(model, wave, Conditions(fitted[None], voice["bob"])))
    assert min(abs(scores["other content"] - bits) for bits in swapped) < 1e-4


def test_differences_are_paired_with_an_interval(
    model_dir: Path, voices: DataDirectory, vectors: SpeakerVectors, tmp_path: Path
) -> None:
    save_vectors(tmp_path / "v.npz", vectors)
    result = score_likelihood(model_dir, voices.path, tmp_path / "v.npz", seed=3)
    for condition, found in result["differences"].items():
        values = [scores[condition] - scores["right"] for scores in result["files"].values()]
        assert found["mean"] == pytest.approx(np.mean(values))
        assert (found["low"], found["high"]) == bootstrap_interval(values, seed=3)
        assert found["utterances"] == 9
    assert result["context"]["steps"] == 7
    again = score_likelihood(model_dir, voices.path, vectors, seed=3)
    assert again["files"] == result["files"]


def test_an_utterance_scores_the_same_in_other_company(
    model_dir: Path, voices: DataDirectory, vectors: SpeakerVectors
) -> None:
    everything = score_likelihood(model_dir, voices.path, vectors)["files"]
    some = score_likelihood(model_dir, voices.path, vectors, limit=4)["files"]
    assert len(some) == 4
    assert {voices.speakers[name] for name in some} == {"ann", "bob", "cyd"}
    assert some == {name: everything[name] for name in some}


def test_vectors_of_another_size_or_people_are_refused(
    model_dir: Path, voices: DataDirectory, vectors: SpeakerVectors
) -> None:
    wide = SpeakerVectors(vectors.ids, vectors.speakers, np.ones((9, 5), np.float32))
    with pytest.raises(ModelError, match="5 entries"):
        score_likelihood(model_dir, voices.path, wide)
    strangers = SpeakerVectors(vectors.ids, ("x",) * 9, vectors.vectors)
    with pytest.raises(ModelError, match="no speaker vector of ann"):
        score_likelihood(model_dir, voices.path, strangers)
