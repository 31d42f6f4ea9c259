"""Another's melody in a voice: moved to the voice's height where that is known, else as it is."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import write
from speechgen.data import recording_features, write_data_directory
from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings
from speechgen.features.pitch_rows import hertz, mean_hertz
from speechgen.store import load, load_model
from speechgen.synthesis import Job, embed_paths, synthesize, synthesize_batch, synthesize_data
from speechgen.synthesis.melody import Melodies, parse_semitones

from .conftest import save_wavenet

SETTINGS = FeatureSettings(kind="content", absolute_pitch=True)
VECTOR = np.arange(6.0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    voices = {"speakers": ["anna", "ben", "cid"], "speaker_f0_hz": [220.0, 100.0, 0.0]}
    folder = tmp_path_factory.mktemp("pitch") / "model"
    save_wavenet(folder, SETTINGS, speaker_features=6, pitch_lag_taps=3, **voices)
    return folder


@pytest.fixture
def melodies(model):
    return Melodies(load_model(model).model, SETTINGS)


@pytest.fixture
def local(make_speech):
    return recording_features(SETTINGS, make_speech(16000, pitch_hz=150.0))


def test_the_melody_keeps_its_shape_and_gets_the_voices_mean(melodies, local):
    moved = melodies.moved(local, "ben", "voice")
    assert mean_hertz(moved[-2:]) == pytest.approx(100.0, rel=1e-4)
    ratio = hertz(local[-2:]) / hertz(moved[-2:])
    torch.testing.assert_close(ratio, torch.full_like(ratio, mean_hertz(local[-2:]) / 100))
    assert torch.equal(moved[:-2], local[:-2]) and torch.equal(moved[-1], local[-1])
    assert mean_hertz(melodies.moved(local, VECTOR, 300.0)[-2:]) == pytest.approx(300.0, rel=1e-4)


def test_a_recording_tells_the_height_of_its_voice(melodies, local, make_speech, tmp_path):
    write(tmp_path / "low.wav", make_speech(22050, 22050, pitch_hz=90.0), 22050)
    moved = melodies.moved(local, tmp_path / "low.wav", "voice")
    assert mean_hertz(moved[-2:]) == pytest.approx(90.0, rel=0.1)


def test_where_nothing_is_known_the_melody_is_the_sources(melodies, local, model, tmp_path):
    write(tmp_path / "noise.wav", 0.1 * np.random.default_rng(0).standard_normal(8000), 16000)
    np.save(tmp_path / "vector.npy", VECTOR)
    for voice in (None, "cid", VECTOR, tmp_path / "noise.wav", tmp_path / "vector.npy"):
        assert torch.equal(melodies.moved(local, voice, "voice"), local)
    assert torch.equal(melodies.moved(local, "ben", "source"), local)
    unvoiced = local.clone()
    unvoiced[-2:] = 0
    assert torch.equal(melodies.moved(unvoiced, "ben", "voice"), unvoiced)
    network = load_model(model).model
    for settings in (FeatureSettings("content"), FeatureSettings("mel", absolute_pitch=True)):
        assert torch.equal(Melodies(network, settings).moved(local, "ben", "voice"), local)


def test_what_was_embedded_tells_the_height_of_its_voice(
    melodies, encoder_model, make_speech, tmp_path
):
    for name, pitch_hz in (("low", 100.0), ("high", 200.0)):
        write(tmp_path / f"{name}.wav", make_speech(17000, pitch_hz=pitch_hz), 16000)
    files = [tmp_path / "low.wav", tmp_path / "high.wav"]
    embed_paths(files, load(encoder_model), tmp_path / "v.npz")
    assert melodies.height_of(f"{tmp_path}/v.npz:low") == pytest.approx(100.0, rel=0.1)
    assert melodies.height_of(f"{tmp_path}/v.npz:low:1,ben:1") == pytest.approx(100.0, rel=0.1)
    between = 2**0.5 * 100
    for voice in (tmp_path, files, f"{tmp_path}/v.npz:low,{tmp_path}/v.npz:high"):
        assert melodies.height_of(voice) == pytest.approx(between, rel=0.1)


def test_a_mixture_is_at_the_height_between(melodies, local):
    for weights, height in (("anna:1,ben:1", 22000**0.5), ("anna:3,ben:1", 220**0.75 * 100**0.25)):
        moved = melodies.moved(local, weights, "voice")
        assert mean_hertz(moved[-2:]) == pytest.approx(height, rel=1e-4)
    assert melodies.height_of("anna,cid") == pytest.approx(220.0)  # of cid it is not known


def test_semitones_come_on_top_of_the_voices_height(melodies, local, model):
    own = mean_hertz(local[-2:])
    for voice, height in (("ben", 100.0), ("cid", own), (None, own)):
        moved = melodies.moved(local, voice, "voice", 2.0)
        assert mean_hertz(moved[-2:]) == pytest.approx(height * 2 ** (2 / 12), rel=1e-4)
        assert torch.equal(moved[:-2], local[:-2]) and torch.equal(moved[-1], local[-1])
    lower = melodies.moved(local, "ben", "source", -12.0)
    assert mean_hertz(lower[-2:]) == pytest.approx(own / 2, rel=1e-4)
    with pytest.raises(ConfigError, match="at most 24 st"):
        melodies.moved(local, "ben", "voice", 25.0)
    blind = Melodies(load_model(model).model, FeatureSettings("content"))
    with pytest.raises(ConfigError, match="absolute_pitch"):
        blind.moved(local, "ben", "voice", 1.0)


@pytest.mark.parametrize(
    ("text", "semitones"), [("+2st", 2.0), ("-1.5st", -1.5), ("3", 3.0), (" 0 st ", 0.0)]
)
def test_semitones_are_read(text, semitones):
    assert parse_semitones(text) == semitones


@pytest.mark.parametrize("text", ["", "st", "+2hz", "two", "nan", "1e3", "--2st"])
def test_what_is_no_number_of_semitones_is_refused(text):
    with pytest.raises(ConfigError, match=r"as in \+2st"):
        parse_semitones(text)


@pytest.mark.parametrize("height", [0.0, -1.0, math.inf, math.nan, "high"])
def test_heights_that_are_none_are_refused(melodies, local, height):
    with pytest.raises(ConfigError, match="f0_hz must be"):
        melodies.moved(local, "ben", height)


def test_synthesis_in_a_known_voice_is_at_its_height(model, make_speech):
    wave = make_speech(3000, pitch_hz=150.0)
    network = load_model(model)
    network.model.speaker_table[1] = torch.arange(6.0)
    by_name = synthesize(wave, speaker="ben", model=network)
    told = synthesize_batch([Job(wave, VECTOR, f0_hz=100.0)], model=network)[0]
    kept = [
        synthesize(wave, speaker=VECTOR, model=network),
        synthesize_batch([Job(wave, "ben", f0_hz="source")], model=network)[0],
    ]
    assert np.array_equal(by_name, told)
    assert np.array_equal(*kept) and not np.array_equal(by_name, kept[0])


def test_a_data_directory_keeps_its_own_melodies_and_moves_those_for_others(
    model, encoder_model, make_speech, tmp_path: Path
):
    wavs, speakers = {}, {"x-0": "x", "y-0": "y"}
    for utterance, pitch_hz in (("x-0", 120.0), ("y-0", 200.0)):
        wavs[utterance] = tmp_path / f"{utterance}.wav"
        write(wavs[utterance], make_speech(17000, pitch_hz=pitch_hz), 16000)
    write_data_directory(tmp_path / "data", wavs, speakers)
    paths = synthesize_data(
        tmp_path / "data", tmp_path / "out", model=model, encoder=encoder_model,
        voices=["own", "other"], limit=1,
    )  # fmt: skip
    melodies = Melodies(load_model(model).model, SETTINGS)
    heights = ("source", melodies.height_of(wavs["y-0"]))
    jobs = [
        Job(wavs["x-0"], wavs[voice], tmp_path / f"as-{voice}.wav", f0_hz=height)
        for voice, height in zip(("x-0", "y-0"), heights, strict=True)
    ]
    synthesize_batch(jobs, model=model, encoder=encoder_model)
    assert heights[1] == pytest.approx(200.0, rel=0.1)
    for path, job in zip(paths, jobs, strict=True):
        assert path.read_bytes() == Path(job.output).read_bytes()
