"""Whole files or none: overwriting, interruption, tags, RF64."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

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
    with pytest.raises(AudioError, match=r"\(1, time\) was due"), writer(tmp_path / "a.wav") as out:
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


def writable_codings() -> list[tuple[str, str]]:
    """Container and coding of all that libsndfile writes and reads again at 16 kHz."""
    found = []
    headless, miscounting = {"RAW", "SD2"}, {"PAF", "SDS"}
    for container in set(soundfile.available_formats()) - headless - miscounting:
        for coding in soundfile.available_subtypes(container):
            if not coding.startswith(("DWVW", "MPEG")) and soundfile.check_format(
                container, coding
            ):
                found.append((container, coding))
    return sorted(found)


@pytest.mark.parametrize(("container", "coding"), writable_codings())
def test_loud_sound_is_cut_and_never_turned_over(tmp_path, container, coding) -> None:
    """A sine of 1.6: what the file holds is what it holds of the sine cut at full scale."""
    loud = (1.6 * np.sin(2 * np.pi * 200 / 16000 * np.arange(8000)))[None].astype(np.float32)
    rate = 44100 if container == "XI" else 16000
    for name, wave in (("loud", loud), ("cut", np.clip(loud, -1, 1))):
        options = {"format": container, "subtype": coding, "sample_rate": rate}
        with writer(tmp_path / name, **options) as out:
            for start in range(0, 8000, 1000):
                out.write(wave[:, start : start + 1000])
    with (
        soundfile.SoundFile(tmp_path / "loud") as one,
        soundfile.SoundFile(tmp_path / "cut") as two,
    ):
        assert 8000 <= one.frames <= 8600
        heard, expected = one.read(8000), two.read(8000)
    if coding in ("FLOAT", "DOUBLE"):
        np.testing.assert_array_equal(heard, loud[0])
    else:
        assert np.mean(heard * loud[0] < -0.3) < 0.05, np.mean(heard * loud[0] < -0.3)
    if coding not in ("FLOAT", "DOUBLE", "VORBIS", "OPUS"):
        np.testing.assert_array_equal(heard, expected)
    else:
        assert np.abs(heard).max() > 1.2  # what can hold more is not cut


@pytest.mark.parametrize(
    ("container", "coding"),
    [
        ("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "IMA_ADPCM"), ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"), ("AIFF", "PCM_24"), ("AU", "ULAW"), ("W64", "PCM_16"),
        ("MP3", "MPEG_LAYER_III"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("block", [700, 200_000])
def test_a_disk_that_takes_a_part_is_heard(tmp_path, small_files, container, coding, block) -> None:
    """Whether it refuses in the middle, with the last block or when the file is closed."""
    noise = np.random.default_rng(0).uniform(-1, 1, (1, 200_000))
    for count in (200_000, 12_000):  # far too much, and a few bytes too much where a sample has 2
        try:
            with writer(tmp_path / "a", format=container, subtype=coding) as out:
                for start in range(0, count, block):
                    out.write(noise[:, start : min(count, start + block)])
        except OutputError as error:
            assert "as large" in str(error) and len(str(error).splitlines()) == 1
            assert list(tmp_path.iterdir()) == []
        else:
            assert count == 12_000
            with soundfile.SoundFile(tmp_path / "a") as sound:
                assert sound.frames >= count
            (tmp_path / "a").unlink()


def lossy(file: Path, close: Callable[[], None]) -> Callable[[], None]:
    """Closes, and loses the last 1,000 bytes."""

    def call() -> None:
        close()
        if file.exists():
            os.truncate(file, file.stat().st_size - 1000)

    return call


def test_what_is_lost_in_closing_is_found(tmp_path) -> None:
    for container, coding in (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("AIFF", "PCM_24")):
        out = writer(tmp_path / "a", format=container, subtype=coding)
        with pytest.raises(OutputError, match="lost a part"), out:
            out.write(np.random.default_rng(0).uniform(-1, 1, (1, 50_000)))
            out._sound.close = lossy(out._temporary, out._sound.close)
        assert list(tmp_path.iterdir()) == []


def test_a_long_wave_is_written_in_one_call(tmp_path) -> None:
    wave = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 6_000_000)).astype(np.float32)
    audio.write(tmp_path / "a.ogg", wave, 48000, subtype="VORBIS")
    assert audio.info(tmp_path / "a.ogg").num_samples == 6_000_000
