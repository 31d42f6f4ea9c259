"""Who may come in, how many, with how much; and what is written down of it."""

from __future__ import annotations

import logging
import threading

import pytest
import requests

from speechgen.errors import ConfigError
from tests.serving.conftest import TOKEN, as_file, skip_without_extra, wait_for

PATHS = ["/v1/models", "/v1/audio/voices", "/metrics", "/v1/models/x", "/nothing"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "sent", [None, "", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer é"]
)
def test_nothing_is_had_without_the_token(strict, path, sent):
    headers = {} if sent is None else {"authorization": sent.encode("latin-1")}
    answer = strict.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "invalid_api_key"


def test_work_is_not_had_without_the_token(strict, wave):
    answer = strict.post("/v1/audio/enhance", files={"file": as_file(wave)})
    assert answer.status_code == 401
    assert strict.say().status_code == 401


def test_health_is_told_to_anybody_and_the_rest_to_who_has_the_token(strict, key):
    assert strict.get("/health").status_code == strict.head("/health").status_code == 200
    assert strict.get("/v1/models", headers=key).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example"}, {"host": "127.0.0.1.evil.example:80"}, {"origin": "null"},
     {"origin": "https://evil.example"}],
    ids=str,
)  # fmt: skip
def test_pages_of_the_web_are_kept_away(served, headers):
    answer = served.get("/v1/models", headers=headers)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_long_texts_are_refused(strict, key):
    for text, status in (("x" * 101, 400), ("x" * 200_000, 413)):
        body = {"model": "tts-1", "voice": "slt", "input": text}
        answer = strict.post("/v1/audio/speech", json=body, headers=key)
        assert answer.status_code == status
        assert answer.json()["error"]["code"] in ("text_too_long", "request_too_large")


def test_more_requests_than_places_are_told_when_to_come_again(strict, key):
    """Two hold the two places without sending all they announced; a third is refused."""
    release = threading.Event()

    def slow():
        yield b"{"
        release.wait(30)

    def hold():
        requests.post(f"{strict.url}/v1/audio/speech", data=slow(), headers=key, timeout=60)

    holders = [threading.Thread(target=hold) for _ in range(2)]
    for holder in holders:
        holder.start()
    wait_for(lambda: strict.state.requests.taken == 2)
    body = {"model": "tts-1", "voice": "slt", "input": "Hi."}
    answer = strict.post("/v1/audio/speech", json=body, headers=key)
    assert strict.get("/v1/models", headers=key).status_code == 200
    release.set()
    for holder in holders:
        holder.join()
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "queue_full"
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    wait_for(lambda: strict.state.requests.taken == 0)


def test_a_client_that_has_its_answer_finds_a_place(strict, key, wave):
    """As many clients as places are never too many, however quickly one asks again."""
    sound, refused = as_file(wave[:1, :4000]), []

    def ask_often():
        session = requests.Session()
        for _ in range(15):
            answer = session.post(
                f"{strict.url}/v1/audio/enhance", files={"file": sound}, headers=key,
                data={"model": "spectral-tiny"}, timeout=60,
            )  # fmt: skip
            refused.append(answer.status_code == 429)

    clients = [threading.Thread(target=ask_often) for _ in range(2)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert len(refused) == 30
    assert not any(refused)


def test_a_server_that_is_about_to_stop_begins_nothing(served):
    served.state.stopping = True
    try:
        answer, health = served.say(), served.get("/health")
    finally:
        served.state.stopping = False
    assert answer.status_code == health.status_code == 503
    assert answer.json()["error"]["code"] == "stopping"
    assert int(answer.headers["retry-after"]) > 0


def test_the_log_has_requests_and_neither_texts_nor_names(served, wave, caplog):
    def lines():
        return [one.getMessage() for one in caplog.records if one.name == "speechgen.serving"]

    with caplog.at_level(logging.INFO, "speechgen.serving"):
        answer = served.say("Confidential words about a merger.")
        served.say("😀 secret", voice="slt")
        served.get("/secret/path?token=secret")
        served.post("/v1/audio/enhance", files={"file": ("secret.wav", b"secret")})
        wait_for(lambda: len(lines()) >= 4)
    assert any(answer.headers["x-request-id"] in line for line in lines())
    for line in lines():
        assert "secret" not in line
        assert "onfidential" not in line


def test_prometheus_is_told(served):
    served.say()
    text = served.get("/metrics").text
    assert 'speechgen_requests_total{route="/v1/audio/speech",status="200"}' in text
    assert "speechgen_sound_seconds_total" in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "0.0.0.0"},
        {"host": "192.168.1.2"},
        {"host": "example.org"},
        {"token": "short"},
        {"token": "with a space in it"},
        {"token": "long enough", "no_token": True},
        {"port": 70_000},
        {"queue": 0},
        {"max_seconds": float("nan")},
        {"origins": ("*",)},
    ],
    ids=str,
)
def test_settings_that_would_let_others_in_or_make_no_sense_are_refused(settings):
    from speechgen.serving.settings import Settings

    with pytest.raises(ConfigError):
        Settings(**settings)


def test_others_are_let_in_where_that_was_said():
    from speechgen.serving.settings import Settings

    assert not Settings(host="0.0.0.0", token=TOKEN).is_local
    assert not Settings(host="::", no_token=True).is_local
    assert Settings(host="::1").is_local


def test_models_of_one_s_own_are_served_by_name(tmp_path):
    skip_without_extra()
    from speechgen.serving.catalogue import Catalogue
    from speechgen.store import shipped_models

    place = shipped_models()["spectral-tiny"]
    catalogue = Catalogue([f"mine={place}"], "cpu")
    assert catalogue.find("mine", "enhance").directory == place
    with pytest.raises(ConfigError, match="say NAME="):
        Catalogue([str(place)], "cpu")
    with pytest.raises(ConfigError, match="is not served"):
        Catalogue([f"mine={shipped_models()['wavenet-mel']}"], "cpu")
