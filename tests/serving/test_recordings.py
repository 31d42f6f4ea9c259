"""POST /v1/audio/enhance and /convert: what the verbs write, whatever the upload is called."""

from __future__ import annotations

import io
import socket
import struct

import numpy as np
import pytest
import soundfile

import speechgen
from tests.serving.conftest import as_file, decoded, wait_for


def enhance(served, content, name="speech.wav", **fields):
    return served.post("/v1/audio/enhance", files={"file": (name, content)}, data=fields)


@pytest.mark.parametrize(
    ("form", "subtype", "rate", "asked"),
    [
        ("WAV", "PCM_16", 16000, "wav"),
        ("WAV", "FLOAT", 48000, "wav"),
        ("WAV", "PCM_32", 22050, "wav"),
        ("FLAC", "PCM_24", 16000, "flac"),
        ("WAV", "PCM_16", 16000, "flac"),
    ],
)
def test_enhance_is_what_the_verb_writes(served, wave, tmp_path, form, subtype, rate, asked):
    content = as_file(wave, rate, form, subtype)
    source, target = tmp_path / f"in.{form.lower()}", tmp_path / f"out.{asked}"
    source.write_bytes(content)
    speechgen.enhance(source, output=target, device="cpu")
    answer = enhance(served, content, response_format=asked)
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    mine = soundfile.read(io.BytesIO(answer.content), dtype="float64")
    theirs = soundfile.read(target, dtype="float64")
    assert mine[1] == theirs[1] == rate
    assert (mine[0] == theirs[0]).all()
    about = soundfile.info(io.BytesIO(answer.content)), soundfile.info(target)
    assert about[0].subtype == about[1].subtype


def test_options_reach_the_enhancer(served, wave, tmp_path):
    content = as_file(wave)
    answer = enhance(served, content, model="spectral-tiny", wet="0.5", max_attenuation_db="6")
    wanted = speechgen.enhance(
        soundfile.read(io.BytesIO(content), dtype="float32")[0].T, sample_rate=16000,
        model="spectral-tiny", wet=0.5, max_attenuation_db=6, device="cpu",
    )  # fmt: skip
    assert np.abs(decoded(answer.content, tmp_path)[0] - wanted).max() <= 0.5 / 32768 + 1e-7


@pytest.mark.parametrize("form", ["mp3", "opus", "pcm"])
def test_other_formats_hold_all_of_it(served, wave, tmp_path, form):
    answer = enhance(served, as_file(wave, 22050), response_format=form)
    assert answer.status_code == 200, answer.text
    if form == "pcm":
        assert len(answer.content) == 2 * wave.size
        return
    found, rate = decoded(answer.content, tmp_path)
    assert rate == (48000 if form == "opus" else 22050)
    assert found.shape[1] / rate == pytest.approx(wave.shape[1] / 22050, abs=0.1)


def test_convert_is_what_synthesize_makes(served, wave, tmp_path):
    content = as_file(wave)
    answer = served.post(
        "/v1/audio/convert", files={"file": content},
        data={"voice": "bdl", "semitones": "2", "formants": "1.1", "seed": "3"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    wanted = speechgen.synthesize(
        decoded(content, tmp_path)[0], sample_rate=16000, speaker="bdl", semitones=2,
        formants=1.1, seed=3, device="cpu",
    )  # fmt: skip
    found, rate = decoded(answer.content, tmp_path)
    assert rate == 16000
    assert np.abs(found[0] - wanted).max() <= 0.5 / 32768 + 1e-7


def riff(data_bytes: int, samples: bytes) -> bytes:
    """A WAV that says what it likes of its length."""
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", data_bytes + 36, b"WAVE", b"fmt ", 16, 1, 1,
                       16000, 32000, 2, 16)  # fmt: skip
    return head + struct.pack("<4sI", b"data", data_bytes) + samples


def playlist() -> bytes:
    return b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "speech.wav"),
        (b"this is no sound at all, it is a text", "speech.wav"),
        (playlist(), "list.m3u8"),
        (b"\0" * 1000, "speech.mp4"),
        (riff(64, b""), "speech.wav"),
        (riff(10**9, b"\1\2" * 500), "speech.wav"),
        (b"OggS" + bytes(range(256)) * 4, "../../../etc/passwd"),
        (b"fLaC\x80\xff\xff\xff", "..\\x.flac"),
    ],
    ids=["empty", "text", "playlist", "zeros", "no samples", "cut short", "ogg", "flac"],
)
def test_what_is_no_whole_recording_is_refused_in_a_line(served, content, name):
    answer = enhance(served, content, name)
    assert answer.status_code == 422, answer.text
    error = answer.json()["error"]
    assert error["code"] == "unusable_audio"
    assert "/proc" not in error["message"]
    assert "\n" not in error["message"]
    wait_for(lambda: served.state.requests.taken == 0)


@pytest.mark.parametrize("name", ["../../../tmp/x.wav", "/etc/x", "a\0b", "|rm", "-", "x" * 500])
def test_the_name_of_an_upload_counts_for_nothing(served, wave, name):
    usual = enhance(served, as_file(wave))
    answer = enhance(served, as_file(wave), name)
    assert answer.status_code == 200, answer.text
    assert answer.content == usual.content


def test_what_is_there_of_a_recording_can_be_had(served, wave, tmp_path):
    cut = as_file(wave)[:-10_001]
    assert enhance(served, cut).status_code == 422
    answer = enhance(served, cut, salvage="true")
    assert answer.status_code == 200, answer.text
    assert decoded(answer.content, tmp_path)[0].shape == (2, wave.shape[1] - 2501)


@pytest.mark.parametrize(
    ("path", "fields", "param"),
    [
        ("enhance", {"wet": "2"}, "wet"),
        ("enhance", {"wet": "nan"}, "wet"),
        ("enhance", {"max_attenuation_db": "-1"}, "max_attenuation_db"),
        ("enhance", {"model": "../shipped/segan-small"}, "model"),
        ("enhance", {"model": "text-small"}, "model"),
        ("enhance", {"response_format": "exe"}, "response_format"),
        ("convert", {}, "voice"),
        ("convert", {"voice": "bob.wav"}, "voice"),
        ("convert", {"voice": "bdl", "formants": "inf"}, "formants"),
        ("convert", {"voice": "bdl", "model": "vocoder-small"}, "model"),
    ],
    ids=str,
)
def test_fields_out_of_range_are_named(served, wave, path, fields, param):
    answer = served.post(f"/v1/audio/{path}", files={"file": as_file(wave)}, data=fields)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]["param"] == param


def test_a_gigabyte_that_is_announced_is_refused_before_it_comes(served):
    """Whoever waits for leave to send is told at once."""
    host, port = served.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            b"POST /v1/audio/enhance HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1073741824\r\n\r\n"
        )
        head = connection.recv(4096)
    assert head.startswith(b"HTTP/1.1 413"), head


def test_bytes_that_were_not_announced_are_counted(strict, key):
    def endless():
        yield b"--x\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n"
        for _ in range(40):
            yield b"\0" * 65536

    answer = strict.post(
        "/v1/audio/enhance", data=endless(),
        headers=key | {"content-type": "multipart/form-data; boundary=x"},
    )  # fmt: skip
    assert answer.status_code == 413, answer.text
    assert answer.json()["error"]["code"] == "request_too_large"


@pytest.mark.parametrize(("samples", "rate"), [(4_000_000, 16000), (90_000, 1000)])
def test_little_that_becomes_much_is_refused(strict, key, samples, rate):
    silence = as_file(np.zeros((1, samples), np.float32), rate, form="FLAC")
    assert len(silence) < 100_000
    answer = strict.post("/v1/audio/enhance", files={"file": silence}, headers=key)
    assert answer.status_code == 413, answer.text
    assert answer.json()["error"]["code"] == "recording_too_long"


def test_what_is_converted_is_held_whole_and_has_a_limit_in_seconds(strict, key):
    sound = as_file(np.zeros((1, 32000), np.float32), form="FLAC")  # fewer samples than the limit
    assert strict.post("/v1/audio/enhance", files={"file": sound}, headers=key).status_code == 200
    answer = strict.post(
        "/v1/audio/convert", files={"file": sound}, data={"voice": "bdl"}, headers=key
    )
    assert answer.status_code == 413, answer.text
    assert answer.json()["error"]["code"] == "recording_too_long"


@pytest.mark.parametrize("seconds", [2, 60], ids=["when it is moved", "when it comes"])
def test_a_full_disk_is_told(served, small_files, seconds):
    answer = enhance(served, as_file(np.zeros((1, seconds * 16000), np.float32)))
    assert answer.status_code == 503, answer.text
    error = answer.json()["error"]
    assert error["code"] == "disk_full"
    assert error["request_id"] == answer.headers["x-request-id"]
