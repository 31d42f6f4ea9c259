"""The Wyoming protocol: what a home assistant hears is what speechgen.say makes."""

from __future__ import annotations

import contextlib
import json
import socket

import numpy as np
import pytest

from speechgen.audio.writing import quantise
from speechgen.errors import ConfigError
from speechgen.synthesis.say import say
from tests.serving.conftest import TEXT, wait_for

pytest.importorskip("wyoming", reason="the extra 'wyoming' is not installed")


@pytest.fixture(scope="module")
def home(served):
    """Where the server of the other tests answers to this protocol as well."""
    import asyncio
    import threading

    from speechgen.serving.running import listening, wyoming_server

    listener, loop = listening("127.0.0.1", 0), asyncio.new_event_loop()
    place = listener.getsockname()
    server = wyoming_server(served.state)
    loop.run_until_complete(server.start(listener))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield place
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def events(place, *sent):
    """What comes after some events, as they are written on the wire: (type, data, payload)."""
    with socket.create_connection(place, timeout=60) as connection:
        for one in sent:
            connection.sendall(one if isinstance(one, bytes) else json.dumps(one).encode() + b"\n")
        file = connection.makefile("rb")
        while line := file.readline():
            head = json.loads(line)
            data = json.loads(file.read(head.get("data_length", 0)) or b"{}")
            yield head["type"], data, file.read(head.get("payload_length", 0))


def test_voices_are_described(home):
    kind, data, _ = next(events(home, {"type": "describe"}))
    assert kind == "info"
    (program,) = data["tts"]
    assert {"slt", "bdl"} <= {voice["name"] for voice in program["voices"]}
    assert program["voices"][0]["languages"] == ["en"]


def test_a_text_is_said(home, speaker):
    said, wave = {"type": "synthesize", "data": {"text": TEXT, "voice": {"name": "slt"}}}, b""
    for kind, data, payload in events(home, {"type": "ping"}, said):
        if kind.startswith("audio"):
            assert kind == "audio-stop" or (data["rate"], data["width"]) == (16000, 2)
        wave += payload
        if kind == "audio-stop":
            break
    wanted = quantise(say(TEXT, voice=speaker), "PCM_16") >> 16
    assert (np.frombuffer(wave, "<i2") == wanted).all()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"text": "Hi.", "voice": {"name": "/etc/passwd"}}, "voice_not_found"),
        ({"text": "Hi.", "voice": {"name": {}}}, "voice_not_found"),
        ({"text": 3}, "invalid_value"),
        ({}, "invalid_value"),
        ({"text": "<speak>Hi.</speak>", "text_format": "ssml"}, "invalid_value"),
        ({"text": "x" * 5000}, "text_too_long"),
        ({"text": "😀"}, "unusable_text"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_said_is_told(served, home, data, code):
    kind, error, _ = next(events(home, {"type": "synthesize", "data": data}))
    assert (kind, error["code"]) == ("error", code)
    wait_for(lambda: served.state.requests.taken == 0)


@pytest.mark.parametrize(
    "sent",
    [b"no json\n", b"[]\n", b"{}\n", b"[" * 100_000 + b"\n", b"x" * 1_000_000 + b"\n",
     b'{"type": "describe", "data_length": 1000000000}\n',
     b'{"type": "describe", "payload_length": -1}\n',
     b'{"type": "describe", "data": 3}\n'],
    ids=lambda value: str(value[:40]),
)  # fmt: skip
def test_what_is_no_event_ends_the_connection_and_nothing_else(home, sent):
    with contextlib.suppress(ConnectionError):
        assert not list(events(home, sent))
    assert next(events(home, {"type": "ping"}))[0] == "pong"


def test_others_are_not_let_in_past_the_token():
    from speechgen.serving.settings import Settings

    with pytest.raises(ConfigError, match="no token"):
        Settings(host="0.0.0.0", token="a-token-for-tests", wyoming_port=10200)
