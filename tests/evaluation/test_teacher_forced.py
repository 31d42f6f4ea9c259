"""Scoring on the 16-bit grid, for every distribution: masses add up to 1, cuts change nothing."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from speechgen.audio import write
from speechgen.data import DataDirectory, wave_gain
from speechgen.errors import ModelError
from speechgen.evaluation import (
    compare_likelihoods,
    held_out_nats,
    pcm16,
    pcm_intervals,
    score_likelihood,
    score_likelihoods,
)
from speechgen.evaluation import teacher_forced as exact
from speechgen.evaluation.teacher_forced import forced_params, wave_of
from speechgen.features import FeatureSettings, extract
from speechgen.metrics import bootstrap_interval
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.store import ModelConfig, save_model

OUTPUTS = {
    "mu_law_256": {},
    "mu_law_1024": {"classes": 1024},
    "logistic_8_bits": {"output": "logistic_mixture", "mixtures": 3, "bits": 8},
    "logistic_16_bits": {"output": "logistic_mixture", "mixtures": 3},
    "gaussian": {"output": "gaussian"},
    "gaussian_mixture": {"output": "gaussian_mixture", "mixtures": 3},
}
SIZES = {
    "stacks": 1,
    "layers_per_stack": 5,
    "residual_channels": 8,
    "gate_channels": 8,
    "skip_channels": 8,
    "upsampler_channels": 8,
}
SETTINGS = FeatureSettings("content", num_cepstra=4)


def wavenet(output: str, **arguments) -> WaveNet:
    torch.manual_seed(1)
    model = WaveNet(**{**SIZES, **OUTPUTS[output], **arguments}).eval()
    with torch.no_grad():  # so that the past and the conditions matter without training
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model


def speech(num_samples: int, level: float = 0.05) -> np.ndarray:
    """16-bit numbers of a noisy tone."""
    time = np.arange(num_samples)
    noise = np.random.default_rng(0).normal(size=num_samples)
    return pcm16(level * (np.sin(0.05 * time) + 0.1 * noise))


def test_numbers_are_those_of_16_bit_files(tmp_path: Path) -> None:
    wave = np.array([-1.0, -0.5, -1 / 32768, 0.0, 0.4 / 32768, 0.6 / 32768, 0.5, 1.0])
    assert pcm16(wave).tolist() == [-32768, -16384, -1, 0, 0, 1, 16384, 32767]
    numbers = np.arange(-32768, 32768, dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", numbers, 16000, subtype="PCM_16")
    read, _ = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert np.array_equal(pcm16(read), numbers)


def test_intervals_hold_what_the_model_sees_and_leave_no_gap() -> None:
    gain, coefficient = 1.7, 0.85
    past = [100, -3000]
    last = torch.arange(-32768, 32768)
    numbers = torch.tensor([past]).expand(65536, -1)
    numbers = torch.cat([numbers, last[:, None]], dim=1)
    low, high = (ends[:, -1] for ends in pcm_intervals(numbers, gain, coefficient))
    assert torch.equal(low[1:], high[:-1])
    assert low[0] == -math.inf and high[-1] == math.inf
    seen = gain * (last.double() - coefficient * past[-1]) / 32768
    inner = slice(1, -1)
    assert torch.allclose(seen[inner], (0.5 * (low + high))[inner], atol=1e-12)
    assert torch.allclose((high - low)[inner], torch.tensor(gain / 32768).double(), atol=1e-12)
    first = pcm_intervals(numbers[:1], gain, coefficient)[0][0, 0]
    assert first.item() == pytest.approx(gain * 99.5 / 32768)  # silence was before the first


@pytest.mark.parametrize(("coefficient", "gain"), [(0.0, 1.0), (0.85, 2.3)])
@pytest.mark.parametrize("output", OUTPUTS)
def test_probabilities_of_all_65536_next_samples_add_up_to_one(output, coefficient, gain) -> None:
    """By brute force: every recording that goes on from one past, scored as it is."""
    model = wavenet(output, preemphasis=coefficient)
    past = torch.from_numpy(speech(2, level=0.3))
    nats = []
    for last in torch.arange(-32768, 32768).split(8192):
        numbers = torch.cat([past.expand(len(last), -1), last[:, None]], dim=1)
        symbols = model.encode(wave_of(numbers, gain))
        low, high = pcm_intervals(numbers, gain, coefficient)
        with torch.no_grad():
            params = model(symbols)[:, :, -1:]
        nats.append(-model.likelihood.log_mass(params, low[:, -1:], high[:, -1:]))
    nats = torch.cat(nats)
    assert torch.isfinite(nats).all()
    assert nats.neg().exp().sum().item() == pytest.approx(1.0, abs=1e-6)


def scored(model: WaveNet, numbers, conditions=None, gain: float = 1.0):
    numbers = torch.from_numpy(numbers)
    intervals = pcm_intervals(numbers[None], gain, model.preemphasis)
    wave = wave_of(numbers, gain)
    return held_out_nats(model, wave, conditions, intervals)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_recording_has_the_mean_of_its_samples(output) -> None:
    model, gain = wavenet(output, preemphasis=0.85), 1.9
    numbers = speech(300)
    symbols = model.encode(wave_of(torch.from_numpy(numbers)[None], gain))
    with torch.no_grad():
        params = model(symbols)
    low, high = pcm_intervals(torch.from_numpy(numbers)[None], gain, 0.85)
    found = scored(model, numbers, gain=gain)
    assert found.grid == pytest.approx(-model.likelihood.log_mass(params, low, high).mean().item())
    own = -model.likelihood.log_prob(params, symbols).mean().item()
    assert found.native.item() == pytest.approx(own)


@pytest.mark.parametrize("output", OUTPUTS)
def test_neither_cuts_nor_company_change_a_score(output, monkeypatch) -> None:
    """In float64, where rounding is below what is compared; half a hop lies behind the last one."""
    sizes = {"local_features": 6, "hop_samples": 16, "speaker_features": 3}
    model = wavenet(output, preemphasis=0.5, **sizes).double()
    numbers = speech(1000)
    conditions = Conditions(torch.randn(3, 6, 63).double(), torch.randn(3, 3).double())
    whole = scored(model, numbers, conditions)
    alone = scored(model, numbers, conditions.select([0]))
    assert alone.grid == pytest.approx(whole.grid, rel=1e-9)
    for samples in (16, 100, 333):
        monkeypatch.setattr(exact, "_CHUNK_SECONDS", samples / 16000)
        parts = scored(model, numbers, conditions)
        assert parts.grid == pytest.approx(whole.grid, rel=1e-9)
        torch.testing.assert_close(parts.native, whole.native, rtol=1e-9, atol=0)


def test_what_follows_a_sample_does_not_change_its_params() -> None:
    """So that padding behind the end of an utterance could not matter either."""
    model = wavenet("gaussian_mixture").double()
    symbols = model.encode(wave_of(torch.from_numpy(speech(900))[None], 1.0))
    padded = torch.cat([symbols, torch.zeros(1, 77)], dim=1)
    both = []
    for part in (symbols, padded):
        pieces = forced_params(model, part, model.prepare_conditions(None, part.shape[1]))
        with torch.no_grad():
            both.append(torch.cat([params for _, params in pieces], dim=2)[:, :, :900])
    torch.testing.assert_close(*both, rtol=1e-9, atol=1e-9)


def test_bits_on_the_grid_are_the_classes_bits_and_the_resolution() -> None:
    """A network that says nothing gives each class 1/256; the grid adds log2 of its width."""
    model = wavenet("mu_law_256")
    with torch.no_grad():
        for parameter in model.head.parameters():
            parameter.zero_()
    numbers = np.full(50, 20000)  # inside one class
    edges = model.likelihood.edges()
    width = float(edges.diff()[int(model.encode(torch.tensor([[20000 / 32768]])))])
    found = scored(model, numbers)
    assert found.native.item() / math.log(2) == pytest.approx(8.0, abs=1e-6)
    assert found.grid / math.log(2) == pytest.approx(8.0 + math.log2(width * 32768), abs=1e-6)


def test_levels_of_16_bits_are_the_grid() -> None:
    model = wavenet("logistic_16_bits")
    found = scored(model, speech(400))
    assert found.grid == pytest.approx(found.native.item(), rel=1e-6)


def test_a_density_differs_by_the_width_of_a_step() -> None:
    model = wavenet("gaussian")
    found = scored(model, speech(400))
    assert found.grid == pytest.approx(found.native.item() + math.log(32768), rel=1e-5)


@pytest.fixture
def model_dirs(tmp_path: Path) -> list[Path]:
    folders = []
    for output in ("mu_law_256", "gaussian"):
        sizes = {"local_features": 6, "hop_samples": SETTINGS.hop_samples, "preemphasis": 0.85}
        arguments = {**SIZES, **OUTPUTS[output], **sizes}
        config = ModelConfig("wavenet", "synthesize", arguments, SETTINGS.to_dict())
        folders.append(tmp_path / output)
        save_model(folders[-1], wavenet(output, **sizes), config)
    return folders


def test_utterances_are_scored_with_their_gain_and_an_interval(
    model_dirs: list[Path], voices: DataDirectory
) -> None:
    result = score_likelihood(model_dirs[1], voices.path, seed=5)
    wave, _ = soundfile.read(voices.wavs["ann_1"], dtype="float32")
    gain = wave_gain(wave, 16000, SETTINGS.wave_level_db)
    assert gain != 1.0
    model = wavenet(
        "gaussian", local_features=6, hop_samples=SETTINGS.hop_samples, preemphasis=0.85
    )
    found = scored(model, pcm16(wave), Conditions(extract(SETTINGS, wave)[None]), gain)
    assert result["files"]["ann_1"]["nats_16bit"] == pytest.approx(found.grid, rel=1e-5)
    for name in ("nats_16bit", "bits_16bit"):
        values = [scores[name] for scores in result["files"].values()]
        low, high = bootstrap_interval(values, seed=5)
        wanted = {"mean": np.mean(values), "low": low, "high": high, "utterances": 9}
        assert result["intervals"][name] == pytest.approx(wanted)
        assert result["mean"][name] == pytest.approx(np.mean(values))
    ratio = result["mean"]["nats_16bit"] / result["mean"]["bits_16bit"]
    assert ratio == pytest.approx(math.log(2))
    assert result["context"]["output"] == "Gaussian"


def test_models_are_compared_over_the_same_utterances(
    model_dirs: list[Path], voices: DataDirectory
) -> None:
    results = score_likelihoods(model_dirs, voices.path, limit=4)
    rows = compare_likelihoods(results)
    assert [row["output"] for row in rows] == ["mu-law, 256 classes", "Gaussian"]
    assert [row["system"] for row in rows] == [str(folder) for folder in model_dirs]
    assert rows[0]["above_first"]["mean"] == rows[0]["above_first"]["high"] == 0.0
    above = [
        results[1]["files"][name]["bits_16bit"] - scores["bits_16bit"]
        for name, scores in results[0]["files"].items()
    ]
    assert rows[1]["above_first"]["mean"] == pytest.approx(np.mean(above))
    assert rows[1]["bits_16bit"] == results[1]["intervals"]["bits_16bit"]


def test_models_of_different_rates_are_not_compared(
    model_dirs: list[Path], voices: DataDirectory, tmp_path: Path
) -> None:
    arguments = {**SIZES, "sample_rate": 8000}
    config = ModelConfig("wavenet", "synthesize", arguments)
    save_model(tmp_path / "low", WaveNet(**arguments), config)
    with pytest.raises(ModelError, match="one sample rate"):
        score_likelihoods([model_dirs[0], tmp_path / "low"], voices.path)


def test_files_off_the_grid_are_rounded_to_it(tmp_path: Path, voices: DataDirectory) -> None:
    model = wavenet("mu_law_256")
    config = ModelConfig("wavenet", "synthesize", {**SIZES})
    save_model(tmp_path / "model", model, config)
    name = voices.ids[0]
    before = score_likelihood(tmp_path / "model", voices.path, limit=1)["files"][name]
    wave, _ = soundfile.read(voices.wavs[name], dtype="float64")
    shifted = (wave + 0.3 / 32768).astype(np.float32)
    write(voices.wavs[name], shifted, 16000, subtype="FLOAT", overwrite=True)
    after = score_likelihood(tmp_path / "model", voices.path, limit=1)["files"][name]
    assert after["bits_16bit"] == before["bits_16bit"]
