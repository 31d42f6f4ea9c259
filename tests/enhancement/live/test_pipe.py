"""Streams of bytes: exact, prompt, honest about the lag, and nothing lost where they break off."""

from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
import soundfile

from speechgen.audio.raw_pcm import RawFormat
from speechgen.enhancement import enhance_pipe, enhance_wave
from speechgen.enhancement.live.pipe import lag_samples
from speechgen.enhancement.options import EnhanceOptions
from speechgen.errors import AudioError, ConfigError, ModelError
from speechgen.models.classical.identity import Identity

DRY = EnhanceOptions(wet=0.0)
STREAMING = {"hop_samples": 256, "latency_samples": 256}


def noise(length: int, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.9, 0.9, (length, channels))


def wav(length: int = 3001, channels: int = 1, rate: int = 16000, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    wave = noise(length, channels)
    soundfile.write(file, wave, rate, subtype=subtype, format="WAV")
    return file.getvalue()


def pump(data: bytes, model=None, **options) -> bytes:
    sink = io.BytesIO()
    told: list[str] = []
    model = model or Identity(**STREAMING)
    try:
        enhance_pipe(model, io.BytesIO(data), sink, tell=told.append, **options)
    except Exception as error:
        error.passed_on = sink.getvalue()
        raise
    assert len(told) == 1
    return sink.getvalue()


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("model", [Identity(**STREAMING), Identity(window_samples=2048)])
def test_an_identity_gives_back_every_byte_of_a_wav(subtype, channels, model) -> None:
    for length, rate in ((1, 16000), (3001, 48000), (9001, 8000)):
        data = wav(length, channels, rate, subtype)
        assert pump(data, model) == data


@pytest.mark.parametrize("kind", ["s16le", "f32le"])
def test_an_identity_gives_back_every_byte_of_raw_samples(kind) -> None:
    form = RawFormat(44100, 3, kind)
    data = form.encode(noise(5000, 3).T.astype(np.float32))
    assert pump(data, sample_rate=44100, channels=3, sample_format=kind) == data
    assert pump(data, sample_rate=44100, channels=3, sample_format=kind, options=DRY) == data


@pytest.mark.parametrize("size", [0, 0x7FFFEFFE, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_that_is_not_known_goes_on_to_the_end(size: int) -> None:
    data = bytearray(wav())
    at = data.index(b"data")
    data[at + 4 : at + 8] = struct.pack("<I", size)
    assert pump(bytes(data)) == data


def test_what_follows_the_samples_is_passed_on() -> None:
    data = wav() + b"LIST\x04\x00\x00\x00text"
    assert pump(data) == data


class Slow(io.BytesIO):
    """Gives so many bytes at a time, and looks at what has come out by then."""

    def __init__(self, data: bytes, piece: int, sink: io.BytesIO) -> None:
        super().__init__(data)
        self.piece, self.sink, self.worst, self.taken = piece, sink, 0, 0

    def read1(self, count: int = -1) -> bytes:
        self.worst = max(self.worst, self.taken - len(self.sink.getvalue()))
        data = self.read(min(count, self.piece))
        self.taken += len(data)
        return data


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
@pytest.mark.parametrize("model", [Identity(**STREAMING), Identity(window_samples=2048)])
def test_the_lag_is_what_is_told_and_real(rate: int, model: Identity) -> None:
    lag = lag_samples(model, EnhanceOptions(window_batch=1), rate, 1)
    sink = io.BytesIO()
    data = RawFormat(rate, 1, "s16le").encode(noise(rate).T)
    source = Slow(data, 2 * 16, sink)
    told: list[str] = []
    enhance_pipe(model, source, sink, sample_rate=rate, tell=told.append)
    assert sink.getvalue() == data
    assert f"{1000 * lag / rate:.0f} ms" in told[0]
    assert lag - 512 * rate / 16000 <= source.worst / 2 <= lag + 16
    if rate == 16000 and model.hop_samples:
        assert lag == 512  # the latency and a hop


def test_a_stream_is_what_a_file_would_be() -> None:
    from speechgen.models.classical.log_mmse import LogMMSE

    wave = 0.3 * noise(24000).T.astype(np.float32)
    form = RawFormat(16000, 1, "f32le")
    sink = io.BytesIO()
    source = Slow(form.encode(wave), 4 * 100, sink)
    options = {"sample_rate": 16000, "sample_format": "f32le", "tell": [].append}
    limited = EnhanceOptions(max_attenuation_db=12.0)
    enhance_pipe(LogMMSE(), source, sink, limited, **options)
    whole = enhance_wave(LogMMSE(), wave, 16000, limited)
    np.testing.assert_allclose(form.decode(sink.getvalue()), whole, atol=1e-6)


@pytest.mark.parametrize("lost", [1, 2, 1001])
def test_a_stream_that_breaks_off_loses_nothing_that_came(lost: int) -> None:
    data = wav()
    with pytest.raises(AudioError, match=f"{lost} bytes") as error:
        pump(data[:-lost])
    kept = len(data) - lost - lost % 2
    assert error.value.passed_on == data[:kept]
    with pytest.raises(AudioError, match="within a sample") as error:
        pump(data[:101], sample_rate=8000)
    assert error.value.passed_on == data[:100]


def test_nan_ends_the_stream_and_what_came_before_is_there() -> None:
    wave = noise(3000).T.astype(np.float32)
    wave[0, 2500] = np.nan
    with pytest.raises(AudioError, match="sample 2500") as error:
        pump(wave.astype("<f4").tobytes(), sample_rate=16000, sample_format="f32le")
    assert error.value.passed_on == wave[:, :2500].tobytes()


class Gone(io.BytesIO):
    def write(self, data) -> int:
        raise BrokenPipeError


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    enhance_pipe(Identity(**STREAMING), io.BytesIO(wav()), Gone(), tell=[].append)


def test_a_report_of_a_stream(tmp_path) -> None:
    pump(wav(32000), report=tmp_path / "r.jsonl")
    line = json.loads((tmp_path / "r.jsonl").read_text())
    assert line["seconds"] == 2.0
    assert line["lag_seconds"] == 0.032
    assert line["clipped_samples"] == 0


def _damaged() -> dict[str, bytes]:
    whole = wav()
    return {
        "nothing": b"", "text": b"hello, this is no sound", "header only": whole[:44],
        "half a header": whole[:30], "no format": whole[:12] + whole[36:],
        "a strange kind": whole[:20] + b"\x55\x00" + whole[22:],
        "no channels": whole[:22] + b"\x00\x00" + whole[24:],
        "another size": whole[:32] + b"\x07\x00" + whole[34:],
        "a huge part": whole[:12] + b"junk\xf0\xff\xff\xff" + whole[12:],
    }  # fmt: skip


@pytest.mark.parametrize("name", _damaged())
def test_what_is_no_wav_is_refused_and_nothing_comes_out(name: str) -> None:
    with pytest.raises(AudioError, match="stdin") as error:
        pump(_damaged()[name])
    assert error.value.passed_on == b""
    assert "\n" not in str(error.value)


def test_options_that_do_not_fit_are_refused() -> None:
    for options in (
        {"channels": 2}, {"sample_format": "s16le"}, {"sample_rate": 0},
        {"sample_rate": 16000, "channels": 0 - 1}, {"sample_rate": 8000, "sample_format": "mp3"},
    ):  # fmt: skip
        with pytest.raises(ConfigError):
            pump(wav(), **options)
    for values in ({"wet": 2.0}, {"max_attenuation_db": -1.0}):
        with pytest.raises(ConfigError):
            pump(wav(), options=EnhanceOptions(**values))
    with pytest.raises(ModelError):
        pump(wav(), model=__import__("torch").nn.Linear(1, 1))
