"""Sound in a pipe, where nothing can be sought: raw samples, or WAV of a length not yet known.

A WAV header is taken apart only as far as it says what the samples are, and kept byte by byte, so
that what goes out begins with exactly what came in. Sizes of 0, of all ones and those just below
2 GiB are what programs write that cannot know the length; such data goes on to the end.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from speechgen.audio.stated_sizes import is_open_ended
from speechgen.audio.writing import quantise
from speechgen.errors import AudioError, ConfigError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_KINDS = {
    (_PCM, 8): "u8", (_PCM, 16): "s16le", (_PCM, 24): "s24le", (_PCM, 32): "s32le",
    (_FLOAT, 32): "f32le", (_FLOAT, 64): "f64le",
}  # fmt: skip
_BYTES = {"u8": 1, "s16le": 2, "s24le": 3, "s32le": 4, "f32le": 4, "f64le": 8}
_LARGEST_CHUNK = 1 << 24  # of a header, apart from the samples
_LARGEST = 0x7FFFF000  # size of the samples that is believed
_MOST_CHANNELS, _LOWEST_RATE, _HIGHEST_RATE = 1024, 1000, 1_000_000
_MOST_SAMPLES = 1 << 23  # a second, of all channels
RAW_KINDS = ("s16le", "f32le")


@dataclass(frozen=True)
class RawFormat:
    """How samples follow each other: ``kind`` is one of u8, s16le, s24le, s32le, f32le, f64le.

    Raises
    ------
    ConfigError
        Rate or channels are no such numbers, or the kind is unknown.
    """

    sample_rate: int
    channels: int
    kind: str

    def __post_init__(self) -> None:
        if self.kind not in _BYTES:
            known = ", ".join(RAW_KINDS)
            raise ConfigError(f"unknown sample format {self.kind!r}; known are: {known}")
        if not 1 <= self.channels <= _MOST_CHANNELS:
            raise ConfigError(f"{self.channels} channels; it must be 1 to {_MOST_CHANNELS}")
        if not _LOWEST_RATE <= self.sample_rate <= _HIGHEST_RATE:
            raise ConfigError(
                f"a rate of {self.sample_rate} Hz; it must be {_LOWEST_RATE} to {_HIGHEST_RATE}"
            )
        if self.channels * self.sample_rate > _MOST_SAMPLES:
            raise ConfigError(
                f"{self.channels} channels of {self.sample_rate} Hz are more than a stream may"
                " bring; lower the rate or send fewer channels"
            )

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * _BYTES[self.kind]

    def decode(self, data: bytes) -> np.ndarray:
        """Whole frames to (channel, time) in [-1, 1], in the precision the samples need."""
        if self.kind[0] == "f":
            wave = np.frombuffer(data, f"<f{_BYTES[self.kind]}")
        elif self.kind == "u8":
            wave = np.frombuffer(data, np.uint8).astype(np.float32) / 128 - 1
        elif self.kind == "s24le":
            padded = np.zeros((len(data) // 3, 4), np.uint8)
            padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            wave = padded.view("<i4")[:, 0].astype(np.float64) / 2**31
            wave = wave.astype(np.float32)
        elif self.kind == "s32le":
            wave = np.frombuffer(data, "<i4").astype(np.float64) / 2**31
        else:
            wave = np.frombuffer(data, "<i2").astype(np.float32) / 2**15
        return np.ascontiguousarray(wave.reshape(-1, self.channels).T)

    def encode(self, wave: np.ndarray) -> bytes:
        """The reverse of :meth:`decode`, bit by bit; integers are cut at full scale."""
        flat = np.ascontiguousarray(wave.T).reshape(-1)
        width = _BYTES[self.kind]
        if self.kind[0] == "f":
            return flat.astype(f"<f{width}").tobytes()
        steps = quantise(flat, f"PCM_{8 * width}" if width > 1 else "PCM_S8")
        if self.kind == "u8":
            return ((steps >> 24) + 128).astype(np.uint8).tobytes()
        return steps.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 4 - width :].tobytes()


@dataclass(frozen=True)
class WavHead:
    """The beginning of a WAV: its bytes, what the samples are, and how many bytes of them come."""

    content: bytes
    format: RawFormat
    data_bytes: int | None  # None where they go on to the end


def read_wav_head(source: BinaryIO, name: str = "stdin") -> WavHead:
    """Read a WAV up to its first sample.

    Raises
    ------
    AudioError
        It is none, or holds samples that are not plain integers or floats.
    """
    content = bytearray(_exactly(source, 12, name))
    if content[:4] not in (b"RIFF", b"RF64") or content[8:12] != b"WAVE":
        raise AudioError(f"{name}: does not begin as a WAV; give --rate for samples without header")
    found: RawFormat | None = None
    long_size: int | None = None
    while True:
        head = _exactly(source, 8, name)
        content += head
        label, size = struct.unpack("<4sI", head)
        if label == b"data":
            break
        if size > _LARGEST_CHUNK:
            raise AudioError(
                f"{name}: is a damaged WAV, a part before the samples has {size} bytes"
            )
        body = _exactly(source, size + size % 2, name)
        content += body
        if label == b"fmt ":
            found = _format(body[:size], name)
        elif label == b"ds64" and size >= 16:
            long_size = struct.unpack_from("<8xQ", body)[0]
    if found is None:
        raise AudioError(f"{name}: is a damaged WAV, it does not say what its samples are")
    if size == 0xFFFFFFFF and long_size:
        return WavHead(bytes(content), found, long_size)
    known = size < _LARGEST and not is_open_ended(size)
    return WavHead(bytes(content), found, size if known else None)


def _format(body: bytes, name: str) -> RawFormat:
    if len(body) < 16:
        raise AudioError(f"{name}: is a damaged WAV, it does not say what its samples are")
    code, channels, rate, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 40 and body[26:40] == _GUID_TAIL:
        code = struct.unpack_from("<H", body, 24)[0]
    kind = _KINDS.get((code, bits))
    if kind is None:
        raise AudioError(
            f"{name}: holds samples of kind {code} with {bits} bits; send 16, 24 or 32 bit integers"
            " or floats"
        )
    try:
        found = RawFormat(rate, channels, kind)
    except ConfigError as error:
        raise AudioError(f"{name}: is a damaged WAV, it says {error}") from error
    if found.frame_bytes != frame_bytes:
        raise AudioError(f"{name}: is a damaged WAV, its samples have two different sizes")
    return found


def _exactly(source: BinaryIO, count: int, name: str) -> bytes:
    data = source.read(count)
    if len(data) < count:
        raise AudioError(f"{name}: ended before the first sample; give a WAV, or raw with --rate")
    return data
