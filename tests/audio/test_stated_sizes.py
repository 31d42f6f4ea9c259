"""Headers of writers that could not know the length: the sound goes on to the end of the file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from speechgen import audio
from speechgen.errors import AudioError

SAMPLES = np.random.default_rng(0).integers(-9000, 9000, 500, dtype=np.int16)
UNKNOWN = [
    0, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0xFFFFFFFE, 0x7FFFF000, 0x7FFFEFFE, 0x7FFFFFFF, 0x7FFFFFFF - 36,
    0x80000000, 0xFFFFF000,
]  # fmt: skip


def write_wav(path: Path, size: int, *, riff: int = 100, order: str = "<", bits: int = 16) -> None:
    width = bits // 8
    form = struct.pack(f"{order}HHIIHH", 1, 1, 16000, 16000 * width, width, bits)
    name = b"RIFF" if order == "<" else b"RIFX"
    path.write_bytes(
        name + struct.pack(f"{order}I", riff) + b"WAVEfmt " + struct.pack(f"{order}I", 16) + form
        + b"data" + struct.pack(f"{order}I", size) + SAMPLES.astype(f"{order}i2").tobytes()
    )  # fmt: skip


@pytest.mark.parametrize("size", UNKNOWN)
@pytest.mark.parametrize("riff", [0, 100, 0xFFFFFFFF])
def test_a_wav_of_unknown_size_is_read_to_its_end(tmp_path, size, riff):
    write_wav(tmp_path / "a.wav", size, riff=riff)
    facts = audio.info(tmp_path / "a.wav")
    assert (facts.num_samples, facts.damage) == (500, "")
    np.testing.assert_array_equal(audio.read(tmp_path / "a.wav")[0][0] * 32768, SAMPLES)


def test_so_is_one_in_big_endian(tmp_path):
    for size in (0, 0xFFFFFFFF, 1000):
        write_wav(tmp_path / "a.wav", size, order=">")
        np.testing.assert_array_equal(audio.read(tmp_path / "a.wav")[0][0] * 32768, SAMPLES)


def test_a_large_size_that_is_no_such_is_believed(tmp_path):
    for size in (1002, 0x10000000, 0x7FFE0000, 0xB2D05E00):
        write_wav(tmp_path / "a.wav", size)
        with pytest.raises(AudioError, match=f"cut short, {size - 1000} bytes"):
            audio.info(tmp_path / "a.wav")


def test_a_wav_of_no_samples_with_other_chunks_behind_is_empty(tmp_path):
    write_wav(tmp_path / "a.wav", 0)
    head = (tmp_path / "a.wav").read_bytes()[:44]
    (tmp_path / "a.wav").write_bytes(head + b"LIST" + struct.pack("<I", 6) + b"INFOab")
    with pytest.raises(AudioError, match="holds no samples"):
        audio.info(tmp_path / "a.wav")


@pytest.mark.parametrize("gibibytes", [3, 5])
@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0xFFFFFFFF, None])
def test_beyond_what_32_bits_can_say(tmp_path, gibibytes, size):
    """Sparse files; None is a size that ran over."""
    path, length = tmp_path / "a.wav", gibibytes << 30
    write_wav(path, (length & 0xFFFFFFFF) if size is None else size)
    with path.open("r+b") as file:
        file.truncate(44 + length)
    facts = audio.info(path)
    assert (facts.num_samples, facts.damage) == (length // 2, "")
    np.testing.assert_array_equal(audio.read(path, num_samples=500)[0][0] * 32768, SAMPLES)
    assert not audio.read(path, start=length // 2 - 9)[0].any()


def test_bw64_is_read(tmp_path):
    soundfile.write(tmp_path / "a.wav", SAMPLES, 16000, format="RF64", subtype="PCM_16")
    data = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(b"BW64" + data[4:])
    np.testing.assert_array_equal(audio.read(tmp_path / "a.wav")[0][0] * 32768, SAMPLES)


def test_an_rf64_from_a_pipe_is_read_to_its_end(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, SAMPLES, 16000, format="RF64", subtype="PCM_16")
    data = bytearray(path.read_bytes())
    place = data.find(b"ds64") + 8
    for sizes in (bytes(24), b"\xff" * 24):
        data[place : place + 24] = sizes
        path.write_bytes(data)
        assert audio.info(path).damage == ""
        np.testing.assert_array_equal(audio.read(path)[0][0, :500] * 32768, SAMPLES)


@pytest.mark.parametrize("container", ["AIFF", "AU", "CAF", "W64"])
def test_other_containers_of_unknown_size(tmp_path, container):
    path = tmp_path / "a.sound"
    soundfile.write(path, SAMPLES, 16000, format=container, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    place, form, sizes = {
        "AIFF": (data.find(b"SSND") + 4, ">I", [0, 8, 0x7F000008]),
        "AU": (8, "<I" if data[:4] == b"dns." else ">I", [0xFFFFFFFF]),
        "CAF": (data.find(b"data") + 4, ">Q", [(1 << 64) - 1, 0]),
        "W64": (data.find(b"data") + 16, "<Q", [(1 << 63) - 1, 0]),
    }[container]
    for size in sizes:
        data[place : place + struct.calcsize(form)] = struct.pack(form, size)
        path.write_bytes(data)
        assert audio.info(path).damage == ""
        read = audio.read(path)[0][0, :500] * 32768
        np.testing.assert_array_equal(read[: len(SAMPLES)], SAMPLES)
