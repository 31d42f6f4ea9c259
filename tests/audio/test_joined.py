"""Recordings that were joined into one file are all read; lengths are those of the sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.audio.mpeg_frames import parse
from speechgen.errors import AudioError, DamagedAudioError

RATE = 16000


def speechlike(seconds: float, *, rate: int = RATE, channels: int = 1, seed: int = 0) -> np.ndarray:
    """Noise that is loud, silent, and faint in turn, so that bit rates vary: (time, channel)"""
    count = int(seconds * rate)
    wave = np.random.default_rng(seed).normal(0, 0.1, (count, channels))
    wave[count // 3 : 2 * count // 3] = 0
    wave[2 * count // 3 :] *= 0.01
    return wave


def encoded(path: Path, wave: np.ndarray, coding: str, *, rate: int = RATE, **options) -> bytes:
    container = "MP3" if coding.startswith("MPEG") else "OGG"
    soundfile.write(path, wave, rate, format=container, subtype=coding, **options)
    return path.read_bytes()


def variable_mp3(path: Path, seconds: float = 6.0, **options) -> bytes:
    return encoded_mp3(path, speechlike(seconds, **options), "VARIABLE", options.get("rate", RATE))


def encoded_mp3(path: Path, wave: np.ndarray, mode: str, rate: int = RATE) -> bytes:
    return encoded(path, wave, "MPEG_LAYER_III", rate=rate, bitrate_mode=mode)


def without_tag(data: bytes) -> bytes:
    """An MP3 without its first frame, which says how many there are."""
    frame = parse(int.from_bytes(data[:4], "big"))
    assert frame is not None
    assert b"Xing" in data[: frame.size] or b"Info" in data[: frame.size]
    return data[frame.size :]


def number_of_frames(data: bytes) -> int:
    place = count = 0
    while (frame := parse(int.from_bytes(data[place : place + 4], "big"))) is not None:
        place, count = place + frame.size, count + 1
    return count


def whole(path: Path, block: int = 3001) -> np.ndarray:
    with audio.AudioReader(path) as reader:
        wave = np.concatenate(list(reader.blocks(block)), axis=1)
        assert wave.shape[1] == reader.info.num_samples == audio.info(path).num_samples
    return wave


@pytest.mark.parametrize(
    ("rate", "channels"), [(44100, 1), (44100, 2), (16000, 1), (8000, 1), (24000, 2)]
)
def test_mp3_of_variable_rate_without_a_tag_is_read_to_its_end(tmp_path, rate, channels):
    data = without_tag(variable_mp3(tmp_path / "a.mp3", rate=rate, channels=channels))
    (tmp_path / "a.mp3").write_bytes(data)
    per_frame = 1152 if rate >= 32000 else 576
    assert whole(tmp_path / "a.mp3").shape == (channels, number_of_frames(data) * per_frame)


def test_what_stands_around_the_frames_changes_nothing(tmp_path):
    bare = without_tag(variable_mp3(tmp_path / "a.mp3"))
    (tmp_path / "a.mp3").write_bytes(bare)
    wave = whole(tmp_path / "a.mp3")
    id3v2 = b"ID3\x03\0\0\0\0\x01\x0a" + bytes(138)
    id3v1 = b"TAG" + bytes(125)
    for before, after in ((id3v2, b""), (b"", id3v1), (b"", bytes(9000)), (b"\x80junk" * 99, b"")):
        (tmp_path / "a.mp3").write_bytes(before + bare + after)
        np.testing.assert_array_equal(whole(tmp_path / "a.mp3"), wave)


@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (44100, 2), (16000, 1), (8000, 2)])
@pytest.mark.parametrize("mode", ["CONSTANT", "VARIABLE"])
def test_an_mp3_that_begins_in_the_middle_has_no_click(tmp_path, mode, rate, channels):
    """Frames that begin with bits of frames that are not there are silent, all others as ever."""
    path = tmp_path / "a.mp3"
    loud = 0.1 * np.sin(np.arange(6 * rate) * 0.3)[:, None] * np.ones(channels)
    loud += np.random.default_rng(0).normal(0, 0.02, loud.shape)
    data = without_tag(encoded_mp3(path, loud, mode, rate))
    path.write_bytes(data)
    all_of_it = whole(path)
    for cut in (1234, 2345, 3456):
        path.write_bytes(data[cut:])
        late = whole(path)
        assert np.abs(late).max() <= 1.1 * np.abs(all_of_it).max()
        settled = late.shape[1] - 6 * 1152
        assert settled > rate // 4
        np.testing.assert_allclose(late[:, -settled:], all_of_it[:, -settled:], atol=1e-5)


def test_layer_two_of_several_bit_rates_is_read_to_its_end(tmp_path):
    """Its length is not stated, and must not be taken from the size of the first frame."""
    path = tmp_path / "a.mp2"
    frames = {}
    for code in (2, 4, 10):
        head = 0xFFFD0000 | code << 12 | 0xC0  # MPEG 1, layer 2, 44100 Hz, one channel
        frame = parse(head)
        assert frame is not None
        frames[code] = head.to_bytes(4, "big").ljust(frame.size, b"\0")
    for codes in ((4,), (10, 2), (2, 10), (10, 4, 2), (4, 10, 4)):
        path.write_bytes(b"".join(frames[code] * 40 for code in codes))
        with audio.AudioReader(path) as reader:
            length = sum(block.shape[1] for block in reader.blocks(5000))
        assert length == 40 * 1152 * len(codes)
    path.write_bytes(frames[4] * 40 + b"\x55" * 300 + frames[4] * 40)
    with pytest.raises(DamagedAudioError, match="300 bytes"):
        audio.info(path)
    assert audio.read(path, salvage=True)[0].shape == (1, 80 * 1152)


def test_joined_flac_is_read_to_its_end_bit_by_bit(tmp_path):
    path, waves, files = tmp_path / "a.flac", [], []
    for seconds in (1.0, 3.0, 1.0):
        soundfile.write(path, speechlike(seconds, channels=2), RATE)
        waves.append(whole(path))
        files.append(path.read_bytes())
    joined = np.concatenate(waves, axis=1)
    path.write_bytes(files[0] + b"TAG" + bytes(125) + files[1] + files[2])
    np.testing.assert_array_equal(whole(path), joined)
    for start in (0, 15999, 40000, 79990):
        part, _ = audio.read(path, start=start, num_samples=10)
        np.testing.assert_array_equal(part, joined[:, start : start + 10])
    path.write_bytes(files[0] + files[1][: len(files[1]) // 2])
    with pytest.raises(DamagedAudioError, match="cut short"):
        audio.info(path)


@pytest.mark.parametrize("coding", ["VORBIS", "OPUS", "MPEG_LAYER_III"])
def test_joined_recordings_are_read_one_after_the_other(tmp_path, coding):
    suffix = ".mp3" if coding.startswith("MPEG") else ".ogg"
    path = tmp_path / f"a{suffix}"
    one, two = (encoded(path, speechlike(s, seed=9), coding) for s in (1.0, 2.0))
    waves = []
    for data in (one, two):
        path.write_bytes(data)
        waves.append(whole(path))
    path.write_bytes(one + two + one)
    joined = np.concatenate([waves[0], waves[1], waves[0]], axis=1)
    np.testing.assert_array_equal(whole(path), joined)
    for start in (0, 15999, 16000, 20000, 40000, 63990):
        part, _ = audio.read(path, start=start, num_samples=10)
        np.testing.assert_allclose(part, joined[:, start : start + 10], atol=1e-6)


def test_files_that_macs_leave_beside_an_mp3_do_not_matter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = variable_mp3(tmp_path / "a.mp3")
    whole_wave = whole(tmp_path / "a.mp3")
    for name in ("._", "._a.mp3"):
        (tmp_path / name).write_bytes(b"\0\x05\x16\x07" + bytes(200))
    np.testing.assert_array_equal(whole(tmp_path / "a.mp3"), whole_wave)
    (tmp_path / "a.mp3").write_bytes(without_tag(data))
    assert whole(tmp_path / "a.mp3").shape[1] >= whole_wave.shape[1]


def test_joined_recordings_of_different_kinds_are_told_apart(tmp_path):
    one = encoded(tmp_path / "a.ogg", speechlike(1.0), "VORBIS")
    two = encoded(tmp_path / "a.ogg", speechlike(1.0, rate=44100), "VORBIS", rate=44100)
    (tmp_path / "a.ogg").write_bytes(one + two)
    with pytest.raises(AudioError, match="2 recordings.*16000 Hz.*44100 Hz.*split"):
        audio.info(tmp_path / "a.ogg")


@pytest.mark.parametrize("coding", ["VORBIS", "OPUS", "MPEG_LAYER_III"])
def test_lossy_sound_is_the_same_in_blocks_and_from_any_place(tmp_path, coding):
    path = tmp_path / ("a.mp3" if coding.startswith("MPEG") else "a.ogg")
    encoded(path, speechlike(9.0, seed=1), coding)
    wave = whole(path, block=10**9)
    np.testing.assert_array_equal(whole(path, block=997), wave)
    with audio.AudioReader(path) as reader:
        for start in (140000, 3, 77777, 143000, 50001):
            reader.seek(start)
            np.testing.assert_allclose(
                reader.take(900), wave[:, start : start + 900], atol=1e-6, err_msg=f"{start}"
            )


def test_holes_in_ogg_and_mp3_are_found_and_the_rest_is_kept(tmp_path):
    for coding, name in (("VORBIS", "a.ogg"), ("OPUS", "b.ogg"), ("MPEG_LAYER_III", "c.mp3")):
        path = tmp_path / name
        data = encoded(path, speechlike(12.0, seed=2), coding)
        length = audio.info(path).num_samples
        middle = len(data) // 6
        path.write_bytes(data[:middle] + b"\x55" * 700 + data[middle + 700 :])
        with pytest.raises(DamagedAudioError, match=name):
            audio.info(path)
        wave, _ = audio.read(path, salvage=True)
        assert 0.6 * length < wave.shape[1] < length


def test_streams_that_a_receiver_joined_late_or_left_early_are_whole(tmp_path):
    path = tmp_path / "a.opus"
    data = encoded(path, speechlike(8.0), "OPUS")
    pages = [place for place in range(len(data)) if data.startswith(b"OggS", place)]
    path.write_bytes(data[: pages[2]] + data[pages[4] :])
    assert audio.info(path).damage == audio.info(path).note == ""
    path.write_bytes(data[: pages[-1]])
    assert "no mark at its end" in audio.info(path).note
