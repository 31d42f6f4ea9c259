"""WebSocket /v1/audio/live: what comes is what the offline stream gives, however it was cut."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest

from speechgen.audio.raw_pcm import RawFormat
from tests.serving.conftest import wait_for


@contextlib.contextmanager
def connected(served, **headers):
    client = pytest.importorskip("websockets.sync.client", reason="websockets is not installed")
    with client.connect(served.live, additional_headers=headers, max_size=None) as socket:
        yield socket


def run(served, start, data, cuts):
    """What comes of ``data`` that is sent in pieces of so many bytes: first, bytes, last."""
    with connected(served) as socket:
        socket.send(json.dumps(start))
        ready, begin = json.loads(socket.recv()), 0
        for size in cuts:
            socket.send(data[begin : begin + size])
            begin += size
        socket.send(data[begin:])
        socket.send(json.dumps({"type": "end"}))
        out = b""
        while isinstance(message := socket.recv(timeout=60), bytes):
            out += message
    return ready, out, json.loads(message)


@pytest.mark.parametrize(
    ("rate", "channels", "kind", "model", "low_delay"),
    [
        (16000, 1, "s16le", "spectral-tiny", True),
        (48000, 2, "f32le", "spectral-small", False),
        (48000, 2, "f32le", "spectral-small", True),
    ],
)
def test_enhancement_is_that_of_the_stream(served, wave, rate, channels, kind, model, low_delay):
    from speechgen.enhancement.core.stream_enhancer import StreamEnhancer
    from speechgen.enhancement.options import EnhanceOptions
    from speechgen.store import load, shipped_models

    form = RawFormat(rate, channels, kind)
    data = form.encode(wave[:channels])
    start = {"task": "enhance", "sample_rate": rate, "channels": channels, "format": kind,
             "model": model, "max_attenuation_db": 12, "low_delay": low_delay}  # fmt: skip
    ready, out, done = run(served, start, data, [1, 3, 5000, 30_001, 2])
    network = load(shipped_models()[model])
    options = EnhanceOptions(max_attenuation_db=12, window_batch=1, low_delay=low_delay)
    wanted = StreamEnhancer(network, rate, channels, options).process(form.decode(data), last=True)
    assert np.abs(form.decode(out) - wanted).max() < (2e-6 if kind == "f32le" else 1 / 32767)
    assert done == {"type": "done", "samples": wave.shape[1]}
    assert ready["delay_seconds"] == pytest.approx(ready["delay_samples"] / rate, abs=1e-4)
    assert 0.01 < ready["delay_seconds"] < (0.07 if low_delay else 0.2)


def test_conversion_is_that_of_the_stream(served, wave):
    from speechgen.synthesis.live import LiveConverter

    form = RawFormat(16000, 1, "s16le")
    data = form.encode(wave[:1])
    start = {"task": "convert", "sample_rate": 16000, "voice": "bdl", "semitones": 1, "seed": 3}
    ready, out, done = run(served, start, data, [999, 20_000])
    live = LiveConverter("bdl", semitones=1, seed=3, device="cpu")
    wanted = np.concatenate([live.process(form.decode(data)[0]), live.flush()])
    assert np.abs(form.decode(out)[0] - wanted).max() <= 1 / 32767
    assert done["samples"] == wave.shape[1]
    assert ready["delay_samples"] == pytest.approx(live.delay_samples, abs=320)


def test_sound_comes_out_while_more_goes_in(served):
    """Never later than was said at the start."""
    with connected(served) as socket:
        socket.send(json.dumps({"sample_rate": 16000, "model": "spectral-tiny"}))
        delay = json.loads(socket.recv())["delay_samples"]
        sent = got = 0
        for _ in range(50):
            socket.send(b"\0\0" * 320)
            sent += 320
            while got < sent - delay:
                got += len(socket.recv(timeout=60)) // 2


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("no json", "invalid_value"),
        ("[]", "invalid_value"),
        ("{}", "invalid_value"),
        (b"\0\0", "invalid_body"),
        ({"sample_rate": 16001}, "invalid_value"),
        ({"sample_rate": 16000, "channels": 1000}, "invalid_value"),
        ({"sample_rate": 16000, "wet": 2}, "invalid_value"),
        ({"sample_rate": 16000, "model": "/etc"}, "model_not_found"),
        ({"sample_rate": 16000, "voice": "slt"}, "invalid_value"),
        ({"sample_rate": 16000, "task": "convert"}, "missing"),
        ({"sample_rate": 16000, "task": "convert", "voice": "/etc/passwd"}, "voice_not_found"),
        ({"sample_rate": 16000, "output": "x.wav"}, "invalid_value"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_told_and_the_connection_closed(served, first, code):
    websockets = pytest.importorskip("websockets", reason="websockets is not installed")
    with connected(served) as socket:
        socket.send(json.dumps(first) if isinstance(first, dict) else first)
        error = json.loads(socket.recv(timeout=60))["error"]
        assert error["code"] == code
        assert error["request_id"].startswith("req_")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            socket.recv(timeout=60)
    assert closed.value.rcvd.code == 1008
    wait_for(lambda: served.state.streams.taken == 0)


@pytest.mark.parametrize(
    "after",
    [np.array([np.nan], "<f4").tobytes(), '{"type": "what"}', "{", "[" * 100_000],
    ids=["NaN", "what", "cut", "deep"],
)
def test_a_stream_that_goes_wrong_is_told_so(served, after):
    with connected(served) as socket:
        socket.send(json.dumps({"sample_rate": 16000, "format": "f32le", "model": "spectral-tiny"}))
        socket.recv()
        socket.send(np.zeros(1000, "<f4").tobytes())
        socket.send(after)
        messages = [socket.recv(timeout=60)]
        while isinstance(messages[-1], bytes):
            messages.append(socket.recv(timeout=60))
    assert json.loads(messages[-1])["error"]["code"] in ("unusable_audio", "invalid_body")


def test_connections_need_the_token_and_a_place(strict, key):
    websockets = pytest.importorskip("websockets", reason="websockets is not installed")
    with pytest.raises(websockets.InvalidStatus) as refused, connected(strict):
        pass
    assert refused.value.response.status_code == 401
    assert json.loads(refused.value.response.body)["error"]["code"] == "invalid_api_key"
    page = connected(strict, **key, Origin="https://evil.example")
    with pytest.raises(websockets.InvalidStatus) as refused, page:
        pass
    assert refused.value.response.status_code == 403
    with connected(strict, **key) as one:
        one.send(json.dumps({"sample_rate": 16000, "model": "spectral-tiny"}))
        assert json.loads(one.recv())["type"] == "ready"
        with connected(strict, **key) as other:
            assert json.loads(other.recv())["error"]["code"] == "queue_full"
    wait_for(lambda: strict.state.streams.taken == 0)
    with connected(strict, **key) as again:
        again.send(json.dumps({"sample_rate": 16000, "model": "spectral-tiny"}))
        assert json.loads(again.recv())["type"] == "ready"
