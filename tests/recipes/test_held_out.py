"""The enhancement recipe with rooms, voices for the test and noises for validation apart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from speechgen.audio import write
from speechgen.data import load_data_directory

PARTS = ("train", "valid", "test")


def run(script: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(script), "--nj", "1", "--ngpu", "0", *words],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """Four heard voices, one unheard, five noises (one held out) and a room; spaces in names."""
    rng = np.random.default_rng(0)
    found = {name: tmp_path / f"the {name}" for name in ("heard", "unheard", "noises", "rooms")}
    for voice in range(5):
        for take in range(3):
            time = np.arange(20000) / 16000
            wave = np.sin(2 * np.pi * (100 + 20 * voice) * time) * np.sin(9 * time + take)
            folder = found["unheard" if voice == 4 else "heard"] / f"v{voice}"
            write(folder / f"{take}.wav", 0.2 * wave[None], 16000)
    for name in ("outside/a", "hum/a", "hum/b", "hum/c", "hum/d"):
        write(found["noises"] / f"{name}.wav", 0.1 * rng.standard_normal((1, 32000)), 16000)
    write(found["rooms"] / "r.wav", np.eye(1, 4000, 30), 16000)
    (tmp_path / "held_out").write_text("# of the test\noutside\n")
    return found | {"held_out": tmp_path / "held_out", "exp": tmp_path / "an exp"}


@pytest.mark.slow
def test_what_is_for_the_test_or_validation_is_in_no_training(
    repository: Path, places: dict[str, Path]
) -> None:
    script = repository / "recipes" / "enhance" / "run.sh"
    words = ["--data-root", str(places["heard"]), "--noise-root", str(places["noises"])]
    words += ["--held-out", str(places["held_out"]), "--valid-noises", "1"]
    words += ["--rooms-root", str(places["rooms"]), "--exp", str(places["exp"])]
    words += ["--eval-speech-root", str(places["unheard"]), "--test-mixes", "3"]
    words += ["--stop-stage", "1", "--", "trainer.max_steps=2", "trainer.validation_items=2"]
    done = run(script, *words, "data.batch_size=2")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    data = places["exp"] / "enhance" / "data"
    assert not (data / "test").exists()
    tests = load_data_directory(data / "pairs" / "test")
    assert len(tests) == 3 and set(tests.speakers.values()) == {"v4"}
    trained, valid = (
        set(load_data_directory(data / part).speakers.values()) for part in ("train", "valid")
    )
    assert trained | valid == {"v0", "v1", "v2", "v3"} and not trained & valid
    noises = {part: load_data_directory(data / "noise" / part).ids for part in PARTS}
    assert [len(noises[part]) for part in PARTS] == [3, 1, 1]
    assert noises["test"] == ["outside-a"]
    rows = (data / "pairs" / "valid" / "pairs.tsv").read_text().splitlines()[1:]
    assert {row.split("\t")[2] for row in rows} == set(noises["valid"])
    trained_with = next((places["exp"] / "enhance" / "segan").rglob("config.yaml"))
    text = yaml.safe_load(trained_with.read_text())
    assert str(places["rooms"]) in str(text) and "augmentation" in str(text)


def test_roots_that_do_not_go_together_are_refused(
    repository: Path, places: dict[str, Path]
) -> None:
    script = repository / "recipes" / "enhance" / "run.sh"
    words = ["--pairs-root", str(places["heard"]), "--exp", str(places["exp"])]
    done = run(script, *words, "--rooms-root", str(places["rooms"]))
    assert done.returncode == 2 and "--rooms-root" in done.stderr
    done = run(script, *words, "--eval-speech-root", "nowhere")
    assert done.returncode == 2 and "--eval-speech-root nowhere: no such folder" in done.stderr
    assert not places["exp"].exists()
