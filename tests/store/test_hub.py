"""Models from and to a hub: the real client against a hub on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read_mono, write
from speechgen.errors import ConfigError
from speechgen.store import shipped_models
from speechgen.store.hub import HubReference
from tests.store.hub_server import Hub, Repository

pytest.importorskip("huggingface_hub", reason="the extra hub is not installed")
TINY, CLASSICAL = (shipped_models()[name] for name in ("spectral-tiny", "classical"))
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    for name, folder in (("them/tiny", TINY), ("them/classical", CLASSICAL)):
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        server.repositories[name] = Repository()
        server.repositories[name].commit(files)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(hub: Hub, tmp_path: Path) -> Run:
    """Runs a line of Python, or verbs, where that hub is the hub: (status, what was printed)."""

    def run(*words: str, token: str = "") -> tuple[int, str]:
        environment = {
            **os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": token,
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }  # fmt: skip
        line = ["-c", f"import speechgen.hub as hub; {words[0]}"]
        command = line if len(words) == 1 else ["-m", "speechgen", *words]
        done = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=300
        )
        return done.returncode, done.stderr if done.returncode else done.stdout

    return run


WEIGHTS = "print(sum(float(p.detach().sum()) for p in hub.load({!r}).parameters()))"


def weights(run: Run, reference: str) -> float:
    status, told = run(WEIGHTS.format(reference))
    assert status == 0, told
    return float(told)


def test_what_is_pushed_is_what_is_loaded(hub: Hub, run: Run) -> None:
    status, first = run(f"print(hub.push({str(TINY)!r}, 'hf:me/mine'))", token=hub.token)
    assert status == 0, first
    status, second = run(f"print(hub.push({str(CLASSICAL)!r}, 'hf:me/mine'))", token=hub.token)
    assert status == 0, second
    first, second = first.strip(), second.strip()
    assert first != second and first.startswith("hf:me/mine@")
    assert weights(run, first) == weights(run, "hf:them/tiny") != 0
    status, name = run("print(type(hub.load('hf:me/mine')).__name__)")
    assert name.strip() == "LogMmse" or "mmse" in name.lower()


def test_a_commit_that_is_here_asks_nobody(hub: Hub, run: Run) -> None:
    commit = next(iter(hub.repositories["them/tiny"].commits))
    found = weights(run, f"hf:them/tiny@{commit}")
    hub.requests.clear()
    assert weights(run, f"hf:them/tiny@{commit}") == found
    assert not hub.requests


def test_only_three_files_are_fetched(hub: Hub, run: Run) -> None:
    repository = hub.repositories["them/tiny"]
    files = next(iter(repository.commits.values()))
    repository.commit({**files, "pytorch_model.bin": b"\x80\x04.", "setup.py": b"raise SystemExit"})
    weights(run, "hf:them/tiny")
    assert not [one for one in hub.requests if "pytorch_model" in one or "setup.py" in one]


def test_a_file_that_arrives_damaged_is_refused_and_fetched_anew(hub: Hub, run: Run) -> None:
    hub.spoilt.add("model.safetensors")
    status, told = run(WEIGHTS.format("hf:them/tiny"))
    assert status == 1 and "is not what the hub says it is" in told
    hub.spoilt.clear()
    weights(run, "hf:them/tiny")


def test_without_a_network(hub: Hub, run: Run) -> None:
    found = weights(run, "hf:them/tiny")
    hub.shutdown()
    hub.server_close()
    assert weights(run, "hf:them/tiny") == found
    status, told = run(WEIGHTS.format("hf:them/classical"))
    assert status == 1 and "cannot be reached and the model is not here yet" in told


def test_private_models_need_a_token(hub: Hub, run: Run) -> None:
    hub.repositories["them/tiny"].private = True
    status, told = run(WEIGHTS.format("hf:them/tiny"))
    assert status == 1 and "there is no such model, or it is private" in told
    assert run(WEIGHTS.format("hf:them/tiny"), token=hub.token)[0] == 0


@pytest.mark.parametrize(
    ("reference", "line"),
    [
        ("hf:nobody/nothing", "there is no such model"),
        ("hf:them/tiny@v9", "has no revision 'v9'"),
        ("hf:them/other", "has no config.yaml"),
        ("hf:-them/tiny-", "no hub has such a name"),
    ],
)
def test_what_is_not_there(hub: Hub, run: Run, reference: str, line: str) -> None:
    hub.repositories["them/other"] = Repository()
    hub.repositories["them/other"].commit({"pytorch_model.bin": b"\x80\x04."})
    sound = str(CLASSICAL / "README.md")  # the model is looked for first
    status, told = run("enhance", sound, "--model", reference, "--output", "never.wav")
    assert status == 1 and line in told and "Traceback" not in told


def test_weights_of_another_model_are_refused(hub: Hub, run: Run) -> None:
    ours, theirs = (next(iter(hub.repositories[n].commits.values())) for n in hub.repositories)
    name = "model.safetensors"
    hub.repositories["them/tiny"].commit({**ours, name: theirs[name]})
    status, told = run(WEIGHTS.format("hf:them/tiny"))
    assert status == 1 and "model.safetensors: config.yaml asks for a far larger model" in told


def test_verbs_take_such_names(hub: Hub, run: Run, tmp_path: Path) -> None:
    noisy = 0.1 * np.random.default_rng(0).standard_normal(16000).astype(np.float32)
    write(tmp_path / "noisy.wav", noisy, 16000)
    made = []
    for number, model in enumerate(("hf:them/tiny", "spectral-tiny")):
        target = tmp_path / f"{number}.wav"
        status, told = run(
            "enhance", str(tmp_path / "noisy.wav"), "--model", model, "--output", str(target)
        )
        assert status == 0, told
        made.append(read_mono(target, 16000))
    assert np.array_equal(*made)


@pytest.mark.parametrize("text", ["hf:", "hf:a", "hf:../x", "hf:a/b/c", "hf:a/b@", "hf:a/..", "x"])
def test_malformed_references(text: str) -> None:
    with pytest.raises(ConfigError, match="is no model on a hub"):
        HubReference.parse(text)
