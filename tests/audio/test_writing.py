"""Whole files or none: overwriting, interruption, tags, RF64."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.audio import writing
from speechgen.errors import AudioError, OutputError


def writer(path, **options) -> audio.AudioWriter:
    return audio.AudioWriter(path, **({"sample_rate": 16000, "channels": 1} | options))


def test_nothing_is_left_when_interrupted(tmp_path) -> None:
    with pytest.raises(KeyboardInterrupt), writer(tmp_path / "a.wav") as out:
        out.write(np.zeros((1, 1000)))
        assert not (tmp_path / "a.wav").exists()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_stays_unless_overwritten(tmp_path) -> None:
    audio.write(tmp_path / "a.wav", np.zeros(10), 16000)
    with pytest.raises(OutputError, match="--overwrite"):
        audio.write(tmp_path / "a.wav", np.zeros(20), 16000)
    assert audio.info(tmp_path / "a.wav").num_samples == 10
    audio.write(tmp_path / "a.wav", np.zeros(20), 16000, overwrite=True)
    assert audio.info(tmp_path / "a.wav").num_samples == 20


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "AIFF", "RF64"])
def test_tags_go_with_the_sound(tmp_path, container) -> None:
    tags = {"title": "Größe", "artist": "someone", "comment": "one two"}
    subtype = "VORBIS" if container == "OGG" else "PCM_16"
    with writer(tmp_path / "a.snd", format=container, subtype=subtype, tags=tags) as out:
        out.write(np.zeros((1, 4000)))
    found = audio.info(tmp_path / "a.snd").tags
    assert {name: found.get(name) for name in tags} == tags
    with writer(tmp_path / "b.snd", format=container, subtype=subtype, tags=found) as out:
        out.write(np.zeros((1, 4000)))
    assert audio.info(tmp_path / "b.snd").tags == found


def test_wrong_channels_nan_and_impossible_formats_are_refused(tmp_path) -> None:
    with pytest.raises(AudioError, match="1 channels were due"), writer(tmp_path / "a.wav") as out:
        out.write(np.zeros((2, 10)))
    with pytest.raises(AudioError, match="NaN"), writer(tmp_path / "a.wav") as out:
        out.write(np.full((1, 10), np.nan))
    with pytest.raises(OutputError, match="FLAC/FLOAT"):
        audio.write(tmp_path / "a.flac", np.zeros(10), 16000, subtype="FLOAT")
    with pytest.raises(OutputError, match="not a known sound format"):
        audio.write(tmp_path / "a.xyz", np.zeros(10), 16000)
    assert list(tmp_path.iterdir()) == []


def test_known_length_above_four_gib_is_rf64_from_the_start(tmp_path) -> None:
    for total, container in [((1 << 31) - (1 << 20), "WAV"), (1 << 31, "RF64")]:
        with writer(tmp_path / container, total_samples=total) as out:
            out.write(np.zeros((1, 10)))
        assert audio.info(tmp_path / container).format == container


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_a_wav_that_outgrows_its_header_turns_into_rf64(tmp_path, monkeypatch, subtype) -> None:
    monkeypatch.setattr(writing, "WAV_LIMIT_BYTES", 20_000)
    wave = np.random.default_rng(0).uniform(-1, 1, (2, 9000)).astype(np.float32)
    tags = {"title": "long"}
    with writer(tmp_path / "a.wav", channels=2, subtype=subtype, tags=tags) as out:
        for start in range(0, 9000, 1000):
            out.write(wave[:, start : start + 1000])
    audio.write(tmp_path / "b.flac" if subtype != "FLOAT" else tmp_path / "b.au", wave, 16000,
                subtype=subtype)  # fmt: skip
    facts = audio.info(tmp_path / "a.wav")
    assert (facts.format, facts.num_samples, facts.tags["title"]) == ("RF64", 9000, "long")
    expected = soundfile.read(next(tmp_path.glob("b.*")), dtype="float64")[0]
    np.testing.assert_array_equal(soundfile.read(tmp_path / "a.wav", dtype="float64")[0], expected)
    assert sorted(path.name[0] for path in tmp_path.iterdir()) == ["a", "b"]
