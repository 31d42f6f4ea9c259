"""What happens to one of two processes ends both, in one line and with a status, and loses nothing.

The cases are forks of one pair of processes, as ``torchrun`` would start them; two more let the
command start its second process itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.images.data.dataset import digits, save_images
from speechgen.training import run
from speechgen.training.loop.checkpoint import checkpoint_path
from speechgen.training.loop.data_parallel import machines_of
from speechgen.training.sweep import outcomes, sweep
from tests.training.pairs import REPOSITORY, free_port, pair

PROGRAM = "tests.training.rank_faults"
#: fault, the process that has it
CASES = {
    "nan": ("nan", 1), "error": ("error", 1), "killed": ("SIGKILL", 1), "stopped": ("SIGTERM", 1),
    "warned": ("SIGUSR1", 1), "full": ("full", 0),
}  # fmt: skip

#: what is said in the end, once, by the process that knows
ONE_LINE = {
    "nan": "is nan at step 4: the training diverged",
    "error": "b.wav: a file that this process alone has read",
    "full": "cannot be written (no space left",
}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five images: fewer than the two processes take in a step."""
    path = tmp_path_factory.mktemp("images") / "digits.npz"
    save_images(path, digits().take(slice(5)))
    return path


def command(images: Path, output: Path, **trainer: Any) -> list[str]:
    """Overrides of a run that would take long."""
    told = {"max_steps": 100000, "log_every_steps": 1, "checkpoint_every_steps": 2} | trainer
    return [
        "experiment=vae", "model.arguments={hidden: [4], latent: 2}", f"data.train={images}",
        "data.batch_size=4", "trainer.devices=2", "trainer.accelerator=cpu", f"output={output}",
        *(f"trainer.{key}={value}" for key, value in told.items()),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def ends(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which every case left NAME.RANK.status, .out and .err."""
    folder = tmp_path_factory.mktemp("ends")
    listed = [
        {"name": name, "fault": fault, "rank": rank, "port": free_port(),
         "overrides": command(images, folder / name)}
        for name, (fault, rank) in CASES.items()
    ]  # fmt: skip
    (folder / "cases.json").write_text(json.dumps(listed), encoding="utf-8")
    with pair(PROGRAM, folder / "cases.json", folder) as both:
        for one in both:
            assert one.wait(300) == 0
    return folder


def end(ends: Path, name: str) -> tuple[list[int], list[str]]:
    """The statuses of both processes, and what they said beside the course of the training."""
    statuses = [int((ends / f"{name}.{rank}.status").read_text()) for rank in range(2)]
    said = [
        line
        for rank in range(2)
        for ending in ("out", "err")
        for line in (ends / f"{name}.{rank}.{ending}").read_text().splitlines()
        if not line.startswith("vae: ")
    ]
    return statuses, said


def test_what_happens_to_one_process_ends_both(ends: Path) -> None:
    """One test, so that one worker makes the runs."""
    for name, words in ONE_LINE.items():
        statuses, said = end(ends, name)
        assert statuses == [1, 1], name
        assert len(said) == 1 and words in said[0], name
    assert end(ends, "killed") == ([1, -9], [])  # torchrun tells of it
    for name in ("stopped", "warned"):
        statuses, said = end(ends, name)
        assert statuses == [130, 130], name
        assert len(said) == 1 and "stopped at step 4; the same command goes on" in said[0]
        saved = torch.load(checkpoint_path(ends / name), weights_only=True)
        assert saved["speechgen"]["steps_done"] == 4
        assert_equal(ends / name)


def assert_equal(kept: Path) -> dict[str, Any]:
    """Both processes ended with the same state, which is returned."""
    first, second = (
        torch.load(kept.with_suffix(f".{rank}.pt"), weights_only=True) for rank in range(2)
    )
    assert first["steps"] == second["steps"] and first["why"] == second["why"]
    for key, value in first["state"].items():
        assert torch.equal(value, second["state"][key]), key
    return first


def test_processes_that_would_each_train_alone_are_refused(
    images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = {"TORCHELASTIC_RUN_ID": "x", "LOCAL_WORLD_SIZE": "3", "WORLD_SIZE": "6"}
    for name, value in started.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=r"3 processes were started here; .* trainer\.devices=3"):
        run(command(images, tmp_path / "run"))
    assert machines_of(3) == 2
    assert not (tmp_path / "run").exists()
    monkeypatch.delenv("TORCHELASTIC_RUN_ID")
    sweep([*command(images, tmp_path / "sweep"), "seed=1,2"])
    assert all("a sweep take one process" in one["error"] for one in outcomes(tmp_path / "sweep"))


def test_a_limit_of_time_is_the_first_process_s_clock(images: Path, tmp_path: Path) -> None:
    """The command itself, with a second process that is slower than the first."""
    overrides = command(images, tmp_path / "run", max_seconds=1.5, checkpoint_every_steps=1000)
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM, "slow", str(tmp_path / "kept"), *overrides],
        capture_output=True, text=True, timeout=240, check=False, cwd=REPOSITORY,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"model written to {tmp_path / 'run' / 'model'}\n"
    assert done.stderr.count("time is up") == 1
    found = assert_equal(tmp_path / "kept")
    assert found["why"] == "seconds" and 1 < found["steps"] < 100
