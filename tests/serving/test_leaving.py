"""Clients that go away free their work; a server that ends does so in order, or loses little."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import requests

from tests.serving.conftest import as_file, wait_for

LONG = "This is a sentence of some length, like many others. " * 70
BODY = {"model": "tts-1", "voice": "slt", "response_format": "pcm"}


def count(served):
    """Seconds of speech that were made."""
    return served.state.measures.sound.labels("/v1/audio/speech")._value.get()


def connect(url, path, body, kind="application/json"):
    """Send a request by hand, so that the connection can be cut."""
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def test_speech_is_left_off_when_the_client_goes(served):
    body = json.dumps(BODY | {"input": LONG}).encode()
    connection = connect(served.url, "/v1/audio/speech", body)
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert served.state.requests.taken == 1
    connection.close()
    wait_for(lambda: served.state.requests.taken == 0)
    time.sleep(1.0)  # the piece that was being made is the last
    made = count(served)
    time.sleep(1.0)
    assert count(served) == made
    said = requests.post(
        f"{served.url}/v1/audio/speech", json=BODY | {"input": "Still here."}, timeout=60
    )
    assert said.status_code == 200


def test_speech_is_left_off_when_the_client_is_killed(served):
    code = (
        "import json, sys, requests\n"
        "answer = requests.post(sys.argv[1], json=json.loads(sys.argv[2]), stream=True)\n"
        "for piece in answer.iter_content(None): print('begun', flush=True)\n"
    )
    arguments = [f"{served.url}/v1/audio/speech", json.dumps(BODY | {"input": LONG})]
    with subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE) as one:
        assert one.stdout.readline() == b"begun\n"
        assert served.state.requests.taken == 1
        one.kill()
    wait_for(lambda: served.state.requests.taken == 0)


def test_who_reads_nothing_holds_no_thread(served):
    """Others are served while several streams wait for their clients."""
    body = json.dumps(BODY | {"input": LONG, "sample_rate": 48000}).encode()
    idle = [connect(served.url, "/v1/audio/speech", body) for _ in range(4)]
    answer = served.say("Somebody else.")
    assert answer.status_code == 200
    for connection in idle:
        connection.close()
    wait_for(lambda: served.state.requests.taken == 0)


@pytest.mark.parametrize("path", ["enhance", "convert"])
def test_recordings_are_left_off_when_the_client_goes(served, path):
    """A minute of work is left after a moment, long before it is done."""
    long = np.tile(0.1 * np.sin(np.arange(16000) / 9).astype(np.float32), (1, 120))
    sound = as_file(long, form="FLAC")
    short = as_file(long[:, :16000])
    served.post(f"/v1/audio/{path}", files={"file": short}, data={"voice": "bdl"})
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="voice"\r\n\r\nbdl\r\n--x\r\n'
        b'Content-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + sound + b"\r\n--x--"
    )
    kind = "multipart/form-data; boundary=x"
    connection = connect(served.url, f"/v1/audio/{path}", parts, kind)
    wait_for(lambda: served.state.requests.taken == 1)
    time.sleep(0.3)
    connection.close()
    began = time.process_time()
    wait_for(lambda: served.state.requests.taken == 0)
    assert time.process_time() - began < 15.0
    ended = served.state.measures.requests
    wait_for(lambda: ended.labels(f"/v1/audio/{path}", "499")._value.get() > 0, 10)
    assert ended.labels(f"/v1/audio/{path}", "500")._value.get() == 0


def test_conversions_hold_up_nobody_else(served):
    """Each is one long piece; as many as there are threads leave others their turns."""
    long = np.tile(0.1 * np.sin(np.arange(16000) / 9).astype(np.float32), (1, 60))
    given = {"files": {"file": as_file(long, form="FLAC")}, "data": {"voice": "bdl"}}
    converted = served.state.measures.requests.labels("/v1/audio/convert", "200")._value
    before = converted.get()
    calls = [
        threading.Thread(target=served.post, args=("/v1/audio/convert",), kwargs=given)
        for _ in range(2)
    ]
    for call in calls:
        call.start()
    wait_for(lambda: served.state.requests.taken == 2)
    assert served.say("Hello.").status_code == 200
    assert converted.get() == before
    for call in calls:
        call.join()


def test_a_stop_lets_what_runs_end_and_begins_nothing(program):
    server = program("--workers", 1)
    finished = {}

    def say():
        answer = requests.post(
            f"{server.url}/v1/audio/speech", json=BODY | {"input": LONG[:400]}, timeout=60,
            stream=True,
        )  # fmt: skip
        pieces = answer.iter_content(None)
        finished["first"] = next(pieces)
        finished["rest"] = b"".join(pieces)

    client = threading.Thread(target=say)
    client.start()
    wait_for(lambda: "first" in finished)
    server.process.send_signal(signal.SIGTERM)
    with pytest.raises(requests.ConnectionError):
        for _ in range(600):
            requests.get(f"{server.url}/health", timeout=5)
            time.sleep(0.02)
    client.join(60)
    assert len(finished["rest"]) > 500_000
    assert server.process.wait(30) == 0
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "/v1/audio/speech 200" in log
    assert "sentence" not in log


@pytest.mark.slow
def test_what_outlasts_the_stop_is_cut_off(program):
    """Its client sees that the end is missing, by whatever protocol."""
    pytest.importorskip("wyoming", reason="the extra 'wyoming' is not installed")
    server = program("--workers", 1, "--stop-seconds", 1, "--wyoming", 0)
    answer = requests.post(
        f"{server.url}/v1/audio/speech", json=BODY | {"input": LONG, "sample_rate": 48000},
        timeout=60, stream=True,
    )  # fmt: skip
    pieces = answer.iter_content(None)
    next(pieces)
    host, port = server.log.read_text().partition("tcp://")[2].partition(";")[0].split(":")
    with socket.create_connection((host, int(port)), timeout=60) as home:
        home.sendall(json.dumps({"type": "synthesize", "data": {"text": LONG}}).encode() + b"\n")
        assert b"audio-start" in home.recv(1000)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 0
    with pytest.raises(requests.RequestException):
        list(pieces)


def test_a_server_that_is_killed_loses_what_was_in_flight_alone(program, tmp_path):
    server = program()
    port = server.url.rpartition(":")[2]
    answer = requests.post(
        f"{server.url}/v1/audio/speech", json=BODY | {"input": LONG}, timeout=60, stream=True
    )
    pieces = answer.iter_content(None)
    next(pieces)
    server.kill()
    with pytest.raises(requests.RequestException):
        list(pieces)
    with contextlib.suppress(requests.RequestException):
        answer.close()
    again = program("--port", port)
    sound = as_file(np.zeros((1, 1600), np.float32))
    clean = requests.post(
        f"{again.url}/v1/audio/enhance", files={"file": sound}, data={"model": "spectral-tiny"},
        timeout=60,
    )  # fmt: skip
    assert clean.content == sound
