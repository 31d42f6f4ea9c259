"""What is read is what was written, and bad files give one clear line."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.errors import AudioError

INTEGERS = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}


def noise(channels: int = 2, num_samples: int = 5000) -> np.ndarray:
    return np.random.default_rng(3).uniform(-1, 1, (channels, num_samples))


def write_raw_wav(path: Path, data: bytes, *, data_size: int, riff: bytes = b"RIFF") -> None:
    """A 16-bit mono wav whose header claims ``data_size`` bytes, whatever follows."""
    ds64 = b""
    if riff == b"RF64":
        ds64 = struct.pack("<4sIQQQI", b"ds64", 28, data_size + 72, data_size, data_size // 2, 0)
        data_size = 0xFFFFFFFF
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16)
    body = b"WAVE" + ds64 + fmt + struct.pack("<4sI", b"data", data_size) + data
    path.write_bytes(riff + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body)


@pytest.mark.parametrize(
    "container, subtype",
    [
        (container, subtype)
        for container in ("WAV", "FLAC", "AIFF", "RF64", "CAF")
        for subtype in (*INTEGERS, "FLOAT", "DOUBLE")
        if soundfile.check_format(container, subtype)
    ],
)
def test_writing_back_what_was_read_changes_no_bit(tmp_path, subtype, container) -> None:
    source, target = tmp_path / "a.snd", tmp_path / "b.snd"
    soundfile.write(source, noise().T, 44100, format=container, subtype=subtype)
    with (
        audio.AudioReader(source) as reader,
        audio.AudioWriter(
            target, sample_rate=44100, channels=2, format=container, subtype=subtype
        ) as writer,
    ):
        for block in reader.blocks(777):
            writer.write(block)
    kind = "int32" if subtype in INTEGERS else "float64"
    before, after = (soundfile.read(path, dtype=kind)[0] for path in (source, target))
    np.testing.assert_array_equal(after, before)
    assert audio.info(target).subtype == subtype
    assert audio.info(target).format == container


@pytest.mark.parametrize("bits, subtype", [(16, "PCM_16"), (24, "PCM_24"), (32, "PCM_32")])
def test_above_full_scale_is_cut_and_not_wrapped(tmp_path, bits, subtype) -> None:
    audio.write(tmp_path / "loud.wav", np.array([0.0, 1.0, 7.5, -1.0, -9.0]), 8000, subtype=subtype)
    top = (2 ** (bits - 1) - 1) << (32 - bits)
    samples = soundfile.read(tmp_path / "loud.wav", dtype="int32")[0]
    assert samples.tolist() == [0, top, top, -(2**31), -(2**31)]


def test_read_gives_channel_time_and_parts(tmp_path) -> None:
    wave = noise(3, 1000).astype(np.float32)
    audio.write(tmp_path / "a.wav", wave, 22050, subtype="FLOAT")
    whole, rate = audio.read(tmp_path / "a.wav")
    part, _ = audio.read(tmp_path / "a.wav", start=100, num_samples=50)
    assert (whole.shape, whole.dtype, rate) == ((3, 1000), np.float32, 22050)
    np.testing.assert_array_equal(whole, wave)
    np.testing.assert_array_equal(part, wave[:, 100:150])
    np.testing.assert_allclose(audio.read_mono(tmp_path / "a.wav", 22050), wave.mean(0), atol=1e-7)
    assert len(audio.read_mono(tmp_path / "a.wav", 16000)) == -(-1000 * 16000 // 22050)
    with pytest.raises(AudioError, match="it has 1000"):
        audio.read(tmp_path / "a.wav", start=990, num_samples=11)


def test_blocks_join_to_the_whole(tmp_path) -> None:
    audio.write(tmp_path / "a.flac", noise(), 16000)
    with audio.AudioReader(tmp_path / "a.flac") as reader:
        blocks = list(reader.blocks(999))
    assert {block.shape[1] for block in blocks[:-1]} == {999}
    np.testing.assert_array_equal(np.concatenate(blocks, 1), audio.read(tmp_path / "a.flac")[0])


@pytest.mark.parametrize("name", ["missing", "empty", "text", "folder", "silent", "headless"])
def test_a_file_that_is_not_audio_gives_one_line(tmp_path, name) -> None:
    path = tmp_path / f"{name}.wav"
    if name == "empty":
        path.touch()
    elif name == "text":
        path.write_text("not a sound\n")
    elif name == "folder":
        path.mkdir()
    elif name == "silent":
        write_raw_wav(path, b"", data_size=0)
    elif name == "headless":
        path.write_bytes(b"RIFF\x00")
    for function in (audio.info, audio.read, audio.AudioReader):
        with pytest.raises(AudioError) as caught:
            function(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_raw_file_without_a_header_is_refused(tmp_path) -> None:
    (tmp_path / "a.raw").write_bytes(b"\x01" * 100)
    with pytest.raises(AudioError, match="is not audio"):
        audio.info(tmp_path / "a.raw")


@pytest.mark.parametrize("riff", [b"RIFF", b"RF64"])
def test_wav_that_promises_more_than_it_holds_is_cut_short(tmp_path, riff) -> None:
    write_raw_wav(tmp_path / "whole.wav", b"\x01\x02" * 500, data_size=1000, riff=riff)
    write_raw_wav(tmp_path / "short.wav", b"\x01\x02" * 400, data_size=1000, riff=riff)
    assert audio.info(tmp_path / "whole.wav").num_samples == 500
    with pytest.raises(AudioError, match="cut short, 200 bytes"):
        audio.info(tmp_path / "short.wav")


def test_real_truncated_wav_and_flac(tmp_path) -> None:
    for name in ("a.wav", "a.flac"):
        audio.write(tmp_path / name, noise(1, 20000), 16000)
        data = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) * 2 // 3])
        with pytest.raises(AudioError):
            audio.read(tmp_path / name)


def test_wav_from_a_pipe_states_no_size_and_is_read(tmp_path) -> None:
    write_raw_wav(tmp_path / "pipe.wav", b"\x01\x02" * 500, data_size=0xFFFFFFFF)
    assert audio.info(tmp_path / "pipe.wav").num_samples == 500


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_found_where_they_are(tmp_path, bad) -> None:
    wave = np.zeros((2, 300), dtype=np.float32)
    wave[1, 217] = bad
    soundfile.write(tmp_path / "bad.wav", wave.T, 16000, subtype="FLOAT")
    with pytest.raises(AudioError, match="sample 217"):
        audio.read(tmp_path / "bad.wav")
    with audio.AudioReader(tmp_path / "bad.wav") as reader, pytest.raises(AudioError, match="217"):
        list(reader.blocks(100))


@pytest.mark.parametrize(
    "name, subtype, lossy",
    [
        ("a.ogg", "VORBIS", True),
        ("a.ogg", "OPUS", True),
        ("a.mp3", "MPEG_LAYER_III", True),
        ("a.flac", "PCM_24", False),
        ("a.wav", "ULAW", False),
    ],
)
def test_lossy_codings_are_known_as_such(tmp_path, name, subtype, lossy) -> None:
    audio.write(tmp_path / name, 0.1 * noise(1, 16000), 16000, subtype=subtype)
    assert audio.info(tmp_path / name).is_lossy is lossy
    assert audio.read(tmp_path / name)[0].shape[0] == 1


def test_find_audio_is_sorted_and_follows_links_to_files_only(tmp_path) -> None:
    for name in ("b/x.WAV", "a/y.flac", "B.ogg", ".hidden.wav", ".git/z.wav", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link.wav").symlink_to(tmp_path / "b" / "x.WAV")
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    found = [path.relative_to(tmp_path).as_posix() for path in audio.find_audio(tmp_path)]
    assert found == ["B.ogg", "a/y.flac", "b/x.WAV", "link.wav"]
    with pytest.raises(AudioError, match="is not a folder"):
        audio.find_audio(tmp_path / "B.ogg")


def test_real_recordings_of_every_format_are_read(corpora) -> None:
    for name, rate, kind in [
        ("arctic/bdl/arctic_a0001.flac", 16000, "PCM_16"),
        ("librispeech/train-clean-100/27-123349-0025.opus", 16000, "OPUS"),
        ("fsdd/6_george_49.flac", 8000, "PCM_16"),
        ("paired/vbdemand_train_samples/noisy/p226_001.flac", 48000, "PCM_16"),
    ]:
        facts = audio.info(corpora / name)
        wave, _ = audio.read(corpora / name)
        assert (facts.sample_rate, facts.subtype) == (rate, kind)
        assert wave.shape == (facts.channels, facts.num_samples)
        assert 0.01 < np.abs(wave).max() <= 1.1
