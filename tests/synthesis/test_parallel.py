"""A parallel generator does the jobs of a WaveNet, and says how long either took."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import speechgen
from speechgen.audio import info, write
from speechgen.data import write_data_directory
from speechgen.errors import ConfigError, ModelError
from speechgen.features import FeatureSettings, extract
from speechgen.models.classical.identity import Identity
from speechgen.models.vocoders.parallel_wavegan import ParallelWaveGAN
from speechgen.models.wavenet.conditions import Conditions
from speechgen.sampling.parallel import NoiseField
from speechgen.store import ModelConfig, load_model, save_model
from speechgen.synthesis import Job, synthesize, synthesize_batch, synthesize_data

SETTINGS = FeatureSettings(kind="mel")
SIZES = {
    "stacks": 1,
    "layers_per_stack": 3,
    "residual_channels": 4,
    "gate_channels": 8,
    "skip_channels": 4,
    "local_features": SETTINGS.num_features,
    "hop_samples": SETTINGS.hop_samples,
    "fold": 4,
    "preemphasis": 0.85,
    "output_level": 0.02,
    "upsampler_channels": 8,
}


@pytest.fixture(scope="module")
def parallel_model(tmp_path_factory):
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("parallel") / "model"
    config = ModelConfig("parallel_wavegan", "synthesize", SIZES, SETTINGS.to_dict())
    save_model(folder, ParallelWaveGAN(**SIZES), config)
    return folder


def test_a_copy_is_what_the_network_makes_of_the_recordings_frames(
    parallel_model, make_speech, tmp_path
):
    wave = make_speech(5000)
    made = speechgen.synthesize(wave, model=parallel_model, output=tmp_path / "copy.wav", seed=3)
    assert info(tmp_path / "copy.wav").num_samples == len(made) == 5000
    model = load_model(parallel_model).model
    with torch.no_grad():
        frames = Conditions(extract(SETTINGS, wave).unsqueeze(0))
        wanted = model.from_domain(model(NoiseField(3).window(0, 5000)[None, None], frames))
    assert np.allclose(made, wanted[0, 0].clamp(-1, 1).numpy(), atol=1e-5)
    assert made.std() > 1e-3


def test_seeds_reproduce_and_every_utterance_is_itself_alone(parallel_model, make_speech):
    jobs = [Job(make_speech(length)) for length in (3000, 1234, 160)]
    waves = synthesize_batch(jobs, model=parallel_model, seed=0)
    assert [len(wave) for wave in waves] == [3000, 1234, 160]
    for index in (0, 1):
        some = synthesize_batch(jobs[: index + 1], model=parallel_model, seed=0)
        assert np.array_equal(some[index], waves[index])
    other = synthesize_batch(jobs[:1], model=parallel_model, seed=1)[0]
    assert not np.array_equal(other, waves[0])


@pytest.fixture
def data_directory(tmp_path, make_speech):
    wavs, speakers = {}, {}
    for number, speaker in enumerate(["s1", "s2"]):
        utterance = f"{speaker}-{number}"
        wavs[utterance], speakers[utterance] = tmp_path / "wavs" / f"{utterance}.wav", speaker
        write(wavs[utterance], make_speech(1600 + 800 * number, seed=number), 16000)
    write_data_directory(tmp_path / "data", wavs, speakers)
    return tmp_path / "data"


@pytest.mark.parametrize("kind", ["parallel_wavegan", "wavenet"])
def test_the_manifest_says_how_long_it_took(
    kind, parallel_model, mel_model, data_directory, tmp_path
):
    model = {"parallel_wavegan": parallel_model, "wavenet": mel_model}[kind]
    synthesize_data(data_directory, tmp_path / "out", model=model)
    manifest = json.loads((tmp_path / "out" / "synthesis.json").read_text())
    assert manifest["name"] == kind
    assert (manifest["utterances"], manifest["audio_seconds"], manifest["device"]) == (
        2,
        0.25,
        "cpu",
    )
    assert manifest["synthesis_seconds"] > 0
    factor = manifest["synthesis_seconds"] / manifest["audio_seconds"]
    assert manifest["real_time_factor"] == pytest.approx(factor, rel=0.1, abs=0.01)
    names = [{"file": "s1-0__as__s1.wav", "seconds": 0.1}]
    names += [{"file": "s2-1__as__s2.wav", "seconds": 0.15}]
    assert manifest["files"] == names


def test_fresh_weights_are_other_weights(parallel_model, data_directory, tmp_path):
    model = load_model(parallel_model)
    for name, parameter in model.model.named_parameters():
        parameter.data.mul_(1.5 if name.startswith("head") else 1.0)
    (one, _), (two, _) = (
        synthesize_data(data_directory, tmp_path / word, model=model, untrained=word == "fresh")
        for word in ("trained", "fresh")
    )
    assert one.read_bytes() != two.read_bytes()


def test_what_only_a_wavenet_can_is_refused_in_one_line(parallel_model, make_speech, tmp_path):
    wave, output = make_speech(500), tmp_path / "out.wav"
    for name, value in (("temperature", 0.8), ("engine", "cached")):
        with pytest.raises(ConfigError, match=f"leave --{name} out"):
            synthesize(wave, model=parallel_model, output=output, **{name: value})
    with pytest.raises(ModelError, match="takes no voice"):
        synthesize(wave, speaker="anna", model=parallel_model, output=output)
    assert not any(tmp_path.iterdir())


def test_a_model_directory_that_cannot_synthesise_is_refused(make_speech, tmp_path):
    save_model(tmp_path / "same", Identity(), ModelConfig("identity", "synthesize", {}))
    with pytest.raises(ModelError, match="an? identity cannot synthesise"):
        synthesize(make_speech(500), model=tmp_path / "same")
    config = ModelConfig("parallel_wavegan", "synthesize", SIZES)
    save_model(tmp_path / "bare", ParallelWaveGAN(**SIZES), config)
    with pytest.raises(ModelError, match="feature settings"):
        synthesize(make_speech(500), model=tmp_path / "bare")
