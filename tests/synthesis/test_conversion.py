"""A converter and a vocoder as one synthesiser."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from speechgen.audio import write
from speechgen.data import recording_features
from speechgen.errors import ConfigError, ModelError
from speechgen.features import FeatureSettings
from speechgen.features.pitch_rows import mean_hertz
from speechgen.models.converter.voice_converter import VoiceConverter
from speechgen.models.vocoders.harmonic_vocoder import HarmonicVocoder
from speechgen.models.wavenet.conditions import Conditions
from speechgen.store import ModelConfig, load_model, save_model
from speechgen.synthesis import speaker_vector, synthesize, synthesize_data
from speechgen.synthesis.conversion import LEVEL_DB, Conversion, with_vocoder
from speechgen.synthesis.melody import Melodies

SETTINGS = FeatureSettings("mel", absolute_pitch=True)
CONVERTER = {
    "recogniser": {"channels": 8, "hidden_channels": 8, "blocks": 1, "recurrent_channels": 8},
    "speaker_features": 6, "channels": 16, "hidden_channels": 16, "blocks": 2,
    "speakers": ["anna", "ben"], "speaker_f0_hz": [220.0, 100.0],
}  # fmt: skip
VOCODER = {"channels": 8, "hidden_channels": 8, "blocks": 1}
VECTOR = np.arange(6.0) - 2.0


def saved(folder, kind, name, arguments, settings=SETTINGS):
    torch.manual_seed(0)
    network = kind(**arguments)
    if isinstance(network, VoiceConverter):
        torch.manual_seed(1)
        network.speaker_table.copy_(torch.randn(2, 6))
        torch.nn.init.constant_(network.leave.bias, -0.9)  # far from full scale
    else:  # the filters of an untrained one are flat
        torch.nn.init.normal_(network.filters.head.weight, std=0.1)
    save_model(folder, network, ModelConfig(name, "synthesize", arguments, settings.to_dict()))
    return folder


@pytest.fixture(scope="module")
def converter(tmp_path_factory):
    folder = tmp_path_factory.mktemp("converter") / "model"
    return saved(folder, VoiceConverter, "voice_converter", CONVERTER)


@pytest.fixture(scope="module")
def vocoder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vocoder") / "model"
    return saved(folder, HarmonicVocoder, "harmonic_vocoder", VOCODER)


@pytest.fixture(scope="module")
def both(converter, vocoder):
    return with_vocoder(load_model(converter), vocoder, "cpu").model


def test_the_vocoder_gets_the_converted_mel_and_the_melody(both, make_speech):
    """In pieces longer and shorter than those it is converted in."""
    for samples in (5000, 1100 * 256):
        local = recording_features(SETTINGS, make_speech(samples))[None]
        given = Conditions(local, torch.randn(1, 6))
        made = both.converted(given).local
        assert made.shape == local.shape and both.converted(given).speaker is None
        assert torch.equal(made[:, 80:], local[:, 80:])
        with torch.inference_mode():
            torch.testing.assert_close(made[:, :80], both.converter(given), atol=1e-4, rtol=0)


def test_a_melody_moves_to_the_voice(both, make_speech, tmp_path):
    local = recording_features(SETTINGS, make_speech(16000, pitch_hz=150.0))
    write(tmp_path / "low.wav", make_speech(16000, pitch_hz=90.0), 16000)
    melodies = Melodies(both, SETTINGS)
    for voice, hz in (("anna", 220.0), ("ben", 100.0), (tmp_path / "low.wav", 90.0)):
        moved = melodies.moved(local, voice, "voice")
        assert mean_hertz(moved[80:]) == pytest.approx(hz, rel=0.1)
        assert torch.equal(moved[:80], local[:80])
    assert torch.equal(Melodies(both.vocoder, SETTINGS).moved(local, None, "voice"), local)


def test_the_voice_counts_and_the_source_s_level_is_the_result_s(converter, vocoder, make_speech):
    wave = make_speech(8000)
    options = {"model": converter, "vocoder": vocoder, "device": "cpu"}
    made = synthesize(wave, speaker=VECTOR, **options)
    assert made.shape == wave.shape and np.isfinite(made).all() and made.any()
    quiet = synthesize(0.05 * wave, speaker=VECTOR, **options)
    np.testing.assert_allclose(quiet, 0.05 * made, atol=1e-4)
    for other in (VECTOR[::-1].copy(), "anna", "ben"):
        assert np.abs(synthesize(wave, speaker=other, **options) - made).max() > 1e-3
    assert LEVEL_DB < 0
    assert not synthesize(np.zeros(2000, np.float32), speaker="anna", **options).any()


def test_an_offset_of_source_and_voice_counts_for_nothing(
    converter, vocoder, encoder_model, make_speech, tmp_path
):
    options = {"model": converter, "vocoder": vocoder, "encoder": encoder_model, "device": "cpu"}
    made = []
    for name, offset in (("without", 0.0), ("with", 3277 / 32768)):
        voice = tmp_path / f"{name}.wav"
        write(voice, make_speech(30000, pitch_hz=200.0, seed=1) + offset, 16000)
        made.append(synthesize(0.3 * make_speech(16000) + offset, speaker=voice, **options))
    np.testing.assert_allclose(made[1], made[0], atol=1e-3 * np.abs(made[0]).max())


def test_a_mixture_of_voices_sounds_between_them(both, make_speech):
    local = recording_features(SETTINGS, make_speech(8000))[None]

    def mel(voice):
        vector = torch.from_numpy(speaker_vector(voice, both, None))[None]
        return both.converted(Conditions(local, vector)).local[:, :80]

    anna, half, ben = mel("anna"), mel("anna:0.5,ben:0.5"), mel("ben")
    apart = (anna - ben).norm()
    assert apart > 0.1
    assert (half - anna).norm() < 0.8 * apart and (half - ben).norm() < 0.8 * apart


def test_the_default_vocoder_is_shipped_and_the_manifest_names_it(converter, make_speech, tmp_path):
    synthesize(make_speech(4000), speaker="ben", model=converter, manifest=tmp_path / "m.json",
               output=tmp_path / "out.wav")  # fmt: skip
    said = json.loads((tmp_path / "m.json").read_text())
    assert said["name"] == "voice_converter" and said["vocoder"].endswith("vocoder-small")


def test_untrained_weights_are_the_converter_s(converter, vocoder, tmp_path, make_speech):
    from speechgen.data import write_data_directory

    write(tmp_path / "a.wav", make_speech(6000), 16000)
    write_data_directory(tmp_path / "data", wavs={"a": tmp_path / "a.wav"}, speakers={"a": "anna"})
    options = {"model": converter, "vocoder": vocoder, "speakers": ["ben"], "device": "cpu"}
    vectors = tmp_path / "vectors.npz"
    from speechgen.data import SpeakerVectors, save_vectors

    save_vectors(vectors, SpeakerVectors(("b",), ("ben",), VECTOR[None].astype(np.float32)))
    (one,) = synthesize_data(tmp_path / "data", tmp_path / "x", vectors=vectors, **options)
    (other,) = synthesize_data(
        tmp_path / "data", tmp_path / "y", vectors=vectors, untrained=True, **options
    )
    assert one.name == other.name == "a__as__ben.wav"


def test_what_does_not_go_together(converter, vocoder, mel_model, content_model):
    loaded = load_model(converter)
    with pytest.raises(ConfigError, match="vocoder goes with a voice_converter"):
        with_vocoder(load_model(vocoder), vocoder, "cpu")
    for wrong in (converter, content_model):
        with pytest.raises(ModelError, match="is no vocoder of mel frames"):
            with_vocoder(loaded, wrong, "cpu")
    with pytest.raises(ModelError, match="absolute_pitch"):
        with_vocoder(loaded, mel_model, "cpu")
    joined = with_vocoder(loaded, vocoder, "cpu")
    assert isinstance(joined.model, Conversion) and with_vocoder(joined, None, "cpu") is joined
