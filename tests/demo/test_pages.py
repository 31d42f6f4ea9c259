"""The pages work, as their own client calls them; what visitors send wrong is said in one line."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import speechgen
from speechgen.audio import read_mono, write

gradio_client = pytest.importorskip("gradio_client", reason="the extra demo is not installed")


@pytest.fixture(scope="module")
def client(address: str) -> Any:
    return gradio_client.Client(address, verbose=False)


def sent(path: Path) -> Any:
    return gradio_client.handle_file(str(path))


def test_enhanced_is_what_the_program_gives(client: Any, speech: Path) -> None:
    result, whole, picture, wet = client.predict(sent(speech), "spectral-tiny", api_name="/enhance")
    ours = speechgen.enhance(read_mono(speech, 16000), sample_rate=16000, model="spectral-tiny")
    theirs = soundfile.read(result, dtype="float32")[0]
    assert np.abs(theirs - ours).max() < 2 / 2**15 and wet == 1.0
    assert Path(picture).stat().st_size > 1000
    half = client.predict(sent(speech), sent(Path(whole)), 0.5, api_name="/blend")
    blended = soundfile.read(half, dtype="float32")[0]
    assert np.abs(blended - (theirs + read_mono(speech, 16000)) / 2).max() < 2 / 2**15


def test_a_text_is_said_with_the_times_of_its_words(client: Any) -> None:
    page = client.predict("Two <b>boats</b>.", "slt", None, 1.0, 0.0, api_name="/say")
    page = page if isinstance(page, str) else page["value"]
    assert 'src="data:audio/wav;base64,' in page
    assert page.count("data-start=") >= 2 and "<b>" not in page


def test_a_recording_is_said_in_a_mixture_of_voices(client: Any, speech: Path) -> None:
    made = client.predict(sent(speech), None, "slt", "bdl", 0.5, 0, 1, api_name="/convert")
    ours = speechgen.synthesize(speech, speaker={"slt": 0.5, "bdl": 0.5})
    theirs = soundfile.read(made, dtype="float32")[0]
    assert len(theirs) == len(ours) and np.abs(theirs - ours).max() < 1e-3


def test_latents_of_two_recordings_are_mixed(client: Any, speech: Path) -> None:
    made = client.predict(sent(speech), sent(speech), 0.5, api_name="/walk")
    wave, rate = soundfile.read(made, dtype="float32")
    seconds = len(read_mono(speech, 16000)) / 16000
    assert abs(len(wave) / rate - seconds) < 0.05 and np.abs(wave).max() > 0.01


def test_what_cannot_be_used_is_said_in_one_line(client: Any, address: str, tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("this is a letter\n" * 9)
    (tmp_path / "empty.wav").touch()
    write(tmp_path / "long.flac", np.zeros(3600 * 8000, np.float32), 8000)
    write(tmp_path / "wide.flac", np.zeros((8, 84 * 96000), np.float32), 96000)
    cases = {
        "notes.wav": "notes.wav",
        "empty.wav": "empty",
        "long.flac": "lasts 60 minutes; at most 11 here",
        "wide.flac": "8 channels at 96000 Hz",
    }
    for name, line in cases.items():
        with pytest.raises(gradio_client.exceptions.AppError, match=line) as caught:
            client.predict(sent(tmp_path / name), "spectral-tiny", api_name="/enhance")
        assert "/" not in str(caught.value).split(";")[0], "a path of the machine is told"
    with pytest.raises(gradio_client.exceptions.AppError, match="upload one"):
        client.predict(None, "spectral-tiny", api_name="/enhance")
    with pytest.raises(gradio_client.exceptions.AppError, match="type a text"):
        client.predict(" ", "slt", None, 1.0, 0.0, api_name="/say")
    write(tmp_path / "large.wav", 0.1 * np.ones((2, 12_000_000), np.float32), 48000)
    with pytest.raises(Exception, match="(?i)size|large|413"):
        client.predict(sent(tmp_path / "large.wav"), "spectral-tiny", api_name="/enhance")


def test_three_visitors_at_once_get_each_their_own(address: str, speech: Path) -> None:
    def visit(voice: str) -> np.ndarray:
        visitor = gradio_client.Client(address, verbose=False)
        made = visitor.predict(sent(speech), None, voice, voice, 0, 0, 1, api_name="/convert")
        return soundfile.read(made, dtype="float32")[0]

    voices = ("slt", "bdl", "kathleen")
    with ThreadPoolExecutor(3) as pool:
        made = dict(zip(voices, pool.map(visit, voices), strict=True))
    for voice in voices:
        ours = speechgen.synthesize(speech, speaker=voice)
        assert np.abs(made[voice] - ours).max() < 1e-3


def test_files_of_the_machine_cannot_be_read(address: str, speech: Path) -> None:
    import httpx

    for path in ("/etc/passwd", str(speech), str(Path(speechgen.__file__))):
        for route in (f"/gradio_api/file={path}", f"/file={path}"):
            assert httpx.get(address + route).status_code in (403, 404)


def test_a_gigabyte_announced_is_refused_at_the_limit(address: str, client: Any) -> None:
    """The program refuses after 40 MB, without waiting for the rest, and answers others."""
    host, port = address.removeprefix("http://").split(":")
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}:{port}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'
    )
    with socket.create_connection((host, int(port)), timeout=60) as hostile:
        hostile.sendall(head.encode())
        for megabyte in range(45):
            hostile.sendall(bytes(1 << 20))
            if megabyte == 10:
                assert client.predict("One.", "slt", None, 1.0, 0.0, api_name="/say")
        assert b" 413 " in hostile.recv(100)
    assert client.predict("Two.", "slt", None, 1.0, 0.0, api_name="/say")
