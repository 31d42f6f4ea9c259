"""A file that is cut short or has a hole is refused by default, and read as far as it goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.errors import AudioError, DamagedAudioError

LENGTH, RATE = 40_000, 16_000
KINDS = [
    ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAV", "IMA_ADPCM"), ("WAV", "GSM610"),
    ("WAVEX", "PCM_16"), ("RF64", "PCM_16"), ("W64", "PCM_16"), ("AIFF", "PCM_16"),
    ("AIFF", "FLOAT"), ("AU", "PCM_16"), ("CAF", "PCM_16"), ("CAF", "FLOAT"), ("NIST", "PCM_16"),
    ("VOC", "PCM_16"), ("VOC", "PCM_U8"), ("SVX", "PCM_16"), ("AVR", "PCM_16"), ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"),
]  # fmt: skip


def made(path: Path, container: str, subtype: str) -> bytes:
    wave = np.random.default_rng(0).normal(0, 0.1, LENGTH)
    soundfile.write(path, wave, RATE, format=container, subtype=subtype)
    return path.read_bytes()


@pytest.mark.parametrize(("container", "subtype"), KINDS)
def test_every_container_that_is_cut_short_is_noticed(tmp_path, container, subtype):
    path = tmp_path / "a.sound"
    data = made(path, container, subtype)
    whole, _ = audio.read(path)
    assert audio.info(path).damage == ""
    path.write_bytes(data[: len(data) * 6 // 10])
    for refuses in (audio.info, audio.read, audio.AudioReader):
        with pytest.raises(DamagedAudioError, match=r"a\.sound: is cut short.*copy it again"):
            refuses(path)
    facts = audio.info(path, salvage=True)
    assert "cut short" in facts.damage
    wave, _ = audio.read(path, salvage=True)
    assert wave.shape[1] == facts.num_samples
    assert 0.3 * LENGTH < wave.shape[1] < 0.65 * LENGTH
    tail = 0 if subtype.startswith(("PCM", "FLOAT")) else 2000  # decoded with what is lost
    same = wave.shape[1] - tail
    np.testing.assert_allclose(wave[:, :same], whole[:, :same], atol=1e-6)


@pytest.mark.parametrize("missing", [1, 2, 3, 500])
def test_a_wav_some_bytes_short_says_how_many(tmp_path, missing):
    path = tmp_path / "a.wav"
    path.write_bytes(made(path, "WAV", "PCM_16")[:-missing])
    with pytest.raises(DamagedAudioError, match=f"cut short, {missing} bytes"):
        audio.info(path)
    assert audio.read(path, salvage=True)[0].shape[1] == LENGTH - -(-missing // 2)


@pytest.mark.parametrize("kind", ["flipped", "zeros", "removed"])
def test_a_hole_in_a_flac_is_silent_and_what_follows_stays_in_place(tmp_path, kind):
    path = tmp_path / "a.flac"
    data = made(path, "FLAC", "PCM_16")
    whole, _ = audio.read(path)
    half = len(data) // 2
    middle = {"flipped": bytes([data[half] ^ 255]), "zeros": bytes(3000), "removed": b""}[kind]
    path.write_bytes(data[:half] + middle + data[half + max(len(middle), 1) :])
    with pytest.raises(DamagedAudioError, match="is damaged at"):
        audio.read(path)
    with audio.AudioReader(path, salvage=True) as reader:
        wave = np.concatenate(list(reader.blocks(1500)), axis=1)
    assert "left silent" in reader.damage
    assert wave.shape == whole.shape
    wrong = np.flatnonzero((wave != whole)[0])
    assert 0 < len(wrong) <= 3 * 4096
    assert not wave[:, wrong].any()
    np.testing.assert_array_equal(audio.read(path, salvage=True)[0], wave)


def test_junk_and_tags_around_the_sound_change_nothing(tmp_path):
    id3v2 = b"ID3\x03\0\0\0\0\0\x0a" + bytes(10)
    id3v1 = b"TAG" + bytes(125)
    for container, subtype in (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS")):
        path = tmp_path / "a.sound"
        data = made(path, container, subtype)
        whole, _ = audio.read(path)
        for before, after in ((id3v2, b""), (b"", id3v1), (b"", b"junk" * 300), (b"", bytes(999))):
            path.write_bytes(before + data + after)
            np.testing.assert_array_equal(audio.read(path)[0], whole)


def test_a_flac_from_a_pipe_does_not_state_its_length_and_is_read(tmp_path):
    path = tmp_path / "a.flac"
    data = bytearray(made(path, "FLAC", "PCM_16"))
    whole, _ = audio.read(path)
    data[21] &= 0xF0  # the upper four of the 36 bits
    data[22:26] = bytes(4)
    path.write_bytes(data)
    assert audio.info(path).num_samples == LENGTH
    np.testing.assert_array_equal(audio.read(path)[0], whole)
    part, _ = audio.read(path, start=33_000, num_samples=500)
    np.testing.assert_array_equal(part, whole[:, 33_000:33_500])


@pytest.mark.parametrize("length", [3, 44, 700])
def test_beginnings_of_files_are_refused_in_one_line(tmp_path, length):
    for container, subtype in KINDS:
        path = tmp_path / "a.sound"
        path.write_bytes(made(path, container, subtype)[:length])
        try:
            audio.read(path)
        except AudioError as error:
            assert str(error).startswith(f"{path}: ")
            assert "\n" not in str(error)


def test_a_large_hole_is_crossed_without_a_search(tmp_path):
    path = tmp_path / "a.flac"
    wave = np.random.default_rng(0).normal(0, 0.1, (48_000 * 20, 2))
    soundfile.write(path, wave, 48_000)
    whole, _ = audio.read(path)
    data = path.read_bytes()
    third = len(data) // 3
    path.write_bytes(data[:third] + bytes(third) + data[2 * third :])
    read, _ = audio.read(path, salvage=True)
    assert read.shape == whole.shape
    wrong = np.flatnonzero((read != whole).any(axis=0))
    assert not read[:, wrong].any()
    assert wrong[-1] - wrong[0] < len(wave) / 3 + 3 * 4096
