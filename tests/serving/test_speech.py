"""POST /v1/audio/speech: what OpenAI's clients get is what speechgen.say makes."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.audio import resample
from speechgen.audio.writing import quantise
from speechgen.synthesis.say import say
from tests.serving.conftest import TEXT, decoded, wait_for


def steps(wave):
    """(time,) as 16-bit integers, as they are written."""
    return quantise(np.asarray(wave, np.float32), "PCM_16") >> 16


@pytest.fixture(scope="module")
def wanted(speaker):
    return say(TEXT, voice=speaker)


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_lossless_formats_are_what_say_makes(served, wanted, form, tmp_path):
    answer = served.say(response_format=form)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"audio/{form}"
    wave, rate = decoded(answer.content, tmp_path)
    assert rate == 16000
    assert (steps(wave[0]) == steps(wanted)).all()


@pytest.mark.parametrize("form", ["mp3", "opus"])
def test_lossy_formats_sound_like_it(served, wanted, form, tmp_path):
    answer = served.say(response_format=form)
    kind = {"mp3": "audio/mpeg", "opus": "audio/ogg"}[form]
    assert answer.headers["content-type"] == kind
    found, rate = decoded(answer.content, tmp_path)
    assert rate == 16000
    assert 0 <= found.shape[1] - len(wanted) < 2000
    delays = range(2000)
    heard = max((found[0, n : n + 30_000] for n in delays), key=lambda one: one @ wanted[:30_000])
    assert np.corrcoef(heard, wanted[:30_000])[0, 1] > 0.95


def test_mp3_is_what_is_given_where_no_format_is_named(served):
    assert served.say().headers["content-type"] == "audio/mpeg"


def test_pcm_is_at_the_rate_of_openai_s_or_at_that_asked_for(served, wanted):
    usual = np.frombuffer(served.say(response_format="pcm").content, "<i2")
    assert np.abs(usual - steps(resample(wanted, 16000, 24000)).astype(int)).max() <= 1
    own = np.frombuffer(served.say(response_format="pcm", sample_rate=16000).content, "<i2")
    assert (own == steps(wanted)).all()


def test_what_say_can_do_can_be_asked_for(served, speaker, tmp_path):
    answer = served.say(
        response_format="wav", speed=1.5, semitones=3, volume_db=-6, temperature=1, seed=7
    )
    wanted = say(TEXT, voice=speaker, rate=1.5, semitones=3, volume_db=-6, temperature=1, seed=7)
    assert (steps(decoded(answer.content, tmp_path)[0][0]) == steps(wanted)).all()


def test_a_text_is_streamed_as_it_is_made(served):
    """The first sentence is there long before the last; nobody knows the length."""
    text = "This is a sentence of some length, like many others. " * 12
    answer = served.post(
        "/v1/audio/speech", stream=True,
        json={"model": "tts-1", "input": text, "voice": "slt", "response_format": "pcm"},
    )  # fmt: skip
    assert "content-length" not in answer.headers
    pieces = answer.iter_content(None)
    first = next(pieces)
    assert served.state.requests.taken == 1
    assert len(first) < 48_000
    assert sum(map(len, pieces)) > 20 * len(first)


def test_the_openai_package_is_content(served, wanted, tmp_path):
    openai = pytest.importorskip("openai", reason="the package openai is not installed")
    client = openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0)
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="slt", input=TEXT, response_format="wav"
    ) as answer:
        answer.stream_to_file(tmp_path / "hello.wav")
    whole = client.audio.speech.create(
        model="text-small", voice="slt", input=TEXT, response_format="wav", speed=1.0,
        instructions="Speak calmly.", extra_body={"seed": 0},
    )  # fmt: skip
    assert (tmp_path / "hello.wav").read_bytes() == whole.content
    assert (steps(decoded(whole.content, tmp_path)[0][0]) == steps(wanted)).all()
    assert "text-small" in {model.id for model in client.models.list()}
    assert client.models.retrieve("spectral-tiny").id == "spectral-tiny"
    with pytest.raises(openai.BadRequestError, match="voice 'nobody': unknown") as refused:
        client.audio.speech.create(model="tts-1", voice="nobody", input=TEXT)
    assert refused.value.code == "voice_not_found"
    assert refused.value.param == "voice"
    with pytest.raises(openai.NotFoundError):
        client.audio.speech.create(model="no-such-model", voice="slt", input=TEXT)


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"voice": "/etc/passwd"}, 400, "voice"),
        ({"voice": "slt:0.5,bdl:0.5"}, 400, "voice"),
        ({"voice": "../voices.npz"}, 400, "voice"),
        ({"model": "/etc"}, 404, "model"),
        ({"model": "spectral-small"}, 404, "model"),
        ({"input": ""}, 400, "input"),
        ({"input": "x" * 5000}, 400, "input"),
        ({"input": 3}, 400, "input"),
        ({"input": "😀 ♫"}, 422, "input"),
        ({"speed": 4}, 400, "speed"),
        ({"speed": "NaN"}, 400, "speed"),
        ({"seed": -1}, 400, "seed"),
        ({"seed": False}, 400, "seed"),
        ({"response_format": "aac"}, 400, "response_format"),
        ({"response_format": "opus", "sample_rate": 44100}, 400, "sample_rate"),
        ({"stream_format": "sse"}, 400, "stream_format"),
        ({"output": "x.wav"}, 400, "output"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_done_is_told_in_openai_s_shape(served, body, status, param):
    answer = served.post(
        "/v1/audio/speech", json={"model": "tts-1", "input": "Hi.", "voice": "slt"} | body
    )
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["param"] == param
    assert "\n" not in error["message"]
    assert error["request_id"] == answer.headers["x-request-id"]
    wait_for(lambda: served.state.requests.taken == 0)


def test_voices_and_health_are_told(served):
    voices = {voice["id"]: voice for voice in served.get("/v1/audio/voices").json()["voices"]}
    assert voices["slt"]["f0_hz"] > voices["bdl"]["f0_hz"] > 60
    health = served.get("/health").json()
    assert health["status"] == "ok"
    assert "converter-small" in health["models"]
