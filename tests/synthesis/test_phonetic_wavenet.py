"""A WaveNet of phones as a synthesiser: whole by itself, any voice, levels and melodies moved."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from speechgen.audio import write
from speechgen.data import SpeakerVectors, recording_features, wave_gain, write_data_directory
from speechgen.errors import ConfigError, ModelError
from speechgen.evaluation import score_likelihood
from speechgen.features import FeatureSettings
from speechgen.features.pitch_rows import mean_hertz
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling import generate
from speechgen.store import ModelConfig, load_model, save_model
from speechgen.synthesis import Job, synthesize, synthesize_batch
from speechgen.synthesis.batch import load_synthesiser
from speechgen.synthesis.conversion import LEVEL_DB
from speechgen.synthesis.melody import Melodies

from .conftest import WAVENET

SETTINGS = FeatureSettings("mel", absolute_pitch=True)
ARGUMENTS = {
    **WAVENET, "local_features": 82, "hop_samples": 256, "speaker_features": 6,
    "pitch_lag_taps": 3, "speakers": ["anna", "ben"], "speaker_f0_hz": [220.0, 100.0],
    "recogniser": {"channels": 8, "hidden_channels": 8, "blocks": 1, "recurrent_channels": 8},
}  # fmt: skip
VECTOR = np.arange(6.0) - 2.0


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Written in one place and used in another."""
    torch.manual_seed(0)
    network = WaveNet(**ARGUMENTS)
    with torch.no_grad():
        network.speaker_table.copy_(torch.randn(2, 6))
        for parameter in network.conditioning.parameters():
            parameter.mul_(3.0)
    first, second = (tmp_path_factory.mktemp(name) / "model" for name in ("first", "second"))
    save_model(first, network, ModelConfig("wavenet", "synthesize", ARGUMENTS, SETTINGS.to_dict()))
    shutil.copytree(first, second)
    shutil.rmtree(first)
    return second


def test_what_is_drawn_is_of_the_frames_at_one_level(model, make_speech):
    wave = 0.05 * make_speech(6000)  # far from full scale, whatever is drawn
    wave -= wave.mean()  # an offset of a source counts for nothing
    made = synthesize(wave, speaker=VECTOR, model=model, device="cpu")
    network = load_model(model).model
    local = recording_features(SETTINGS, wave, LEVEL_DB)[None]
    conditions = network.from_frames(Conditions(local, torch.from_numpy(VECTOR).float()[None]))
    (drawn,) = generate(network, conditions, num_samples=6000, seed=0)
    gain = wave_gain(wave, 16000, LEVEL_DB)
    np.testing.assert_allclose(made, drawn.numpy() / gain, atol=1e-5)
    quiet = synthesize(0.3 * wave, speaker=VECTOR, model=model, device="cpu")
    np.testing.assert_allclose(quiet, 0.3 * made, atol=1e-4)


def test_the_voice_and_its_height_count(model, make_speech):
    wave, network = make_speech(6000, pitch_hz=150.0), load_model(model)
    made = [
        synthesize_batch([job], model=network, device="cpu")[0]
        for job in (
            Job(wave, VECTOR),
            Job(wave, VECTOR[::-1].copy()),
            Job(wave, VECTOR, semitones=4.0),
            Job(wave, "anna"),
            Job(wave, "ben"),
        )
    ]
    for index, one in enumerate(made):
        assert one.shape == wave.shape and np.isfinite(one).all()
        assert all(not np.array_equal(one, other) for other in made[:index])
    local = recording_features(SETTINGS, wave)
    melodies = Melodies(network.model, SETTINGS)
    for voice, hz in (("anna", 220.0), ("ben", 100.0)):
        moved = melodies.moved(local, voice, "voice")
        assert mean_hertz(moved[80:]) == pytest.approx(hz, rel=1e-3)
        assert torch.equal(moved[:80], local[:80])


@pytest.mark.parametrize("options", [{"postfilter": 1}, {"formants": 1.1}])
def test_what_needs_a_mel_that_is_copied_is_refused(model, make_speech, options):
    with pytest.raises(ConfigError, match="leave --postfilter and --formant out"):
        synthesize(make_speech(2000), speaker="anna", model=model, device="cpu", **options)


def test_it_is_no_vocoder_and_none_goes_with_it(model, make_speech, tmp_path):
    arguments = {**ARGUMENTS, "speaker_features": 0, "speakers": [], "speaker_f0_hz": []}
    config = ModelConfig("wavenet", "synthesize", arguments, SETTINGS.to_dict())
    save_model(tmp_path / "voiceless", WaveNet(**arguments), config)
    for vocoder in (model, tmp_path / "voiceless"):
        with pytest.raises(ModelError, match="no vocoder of mel frames"):
            load_synthesiser("converter-small", "cpu", vocoder)
    with pytest.raises(ConfigError, match="vocoder goes with a voice_converter"):
        synthesize(make_speech(2000), speaker="anna", model=model, vocoder="vocoder-small")


def test_a_directory_whose_recogniser_is_missing_or_another_is_refused(model, tmp_path):
    text = (model / "config.yaml").read_text()
    for name, changed, said in (
        ("none", text.replace("recogniser:", "recogniser: null\n  phones:"), "unknown argument"),
        ("wider", text.replace("recurrent_channels: 8", "recurrent_channels: 9"), "has shape"),
        ("hop", text.replace("hop_samples: 256\n  speaker", "hop_samples: 128\n  speaker"), "hop"),
    ):
        shutil.copytree(model, tmp_path / name)
        (tmp_path / name / "config.yaml").write_text(changed)
        with pytest.raises(ModelError, match=said) as caught:
            load_model(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_its_likelihood_is_of_speech_at_that_level(model, make_speech, tmp_path):
    """Whatever the level of a recording, the model's own units are the same."""
    bits = []
    for gain in (1.0, 0.25):
        root = tmp_path / str(gain)
        wavs = {name: root / f"{name}.wav" for name in ("a-0", "b-0")}
        for seed, path in enumerate(wavs.values()):
            write(path, gain * make_speech(6000, seed=seed), 16000, subtype="FLOAT")
        write_data_directory(root / "data", wavs, {"a-0": "a", "b-0": "b"})
        vectors = SpeakerVectors(("a-0", "b-0"), ("a", "b"), np.eye(2, 6, dtype=np.float32))
        found = score_likelihood(model, root / "data", vectors)
        assert not found["failed"]
        bits.append(found["mean"])
    assert bits[0]["right"] == pytest.approx(bits[1]["right"], rel=1e-3)
    for other in ("other speaker", "other content"):
        assert bits[0][other] != bits[0]["right"]
