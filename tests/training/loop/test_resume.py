"""A run that is killed and started again goes on as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from speechgen.training import run
from speechgen.training.loop.checkpoint import checkpoint_path
from speechgen.training.loop.metrics_log import read_metrics

OBJECTIVES = ("likelihood", "segan", "metricgan", "vocoder", "speaker", "ctc", "text")

# trains in a process of its own and kills it, as a power cut would, in the middle of step 9
KILLED = """
import os, signal, sys
import torch
torch.set_num_threads(1)
from speechgen.training import run
from speechgen.training.objectives.base import Objective
honest = Objective.set_learning_rate
def deadly(self, progress):
    if self.steps_done == 8:
        os.kill(os.getpid(), signal.SIGKILL)
    return honest(self, progress)
Objective.set_learning_rate = deadly
run(sys.argv[1:])
"""


def losses(folder: Path) -> dict[tuple[int, str, str], float]:
    """All logged values by (step, split, name)."""
    rows = read_metrics(folder / "metrics.csv")
    assert rows
    keys = [(row["step"], row["split"], row["name"]) for row in rows]
    assert len(set(keys)) == len(keys), "a step was logged twice"
    return {key: float(row["value"]) for key, row in zip(keys, rows, strict=True)}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_losses_go_on_after_a_kill(
    objective: str, tiny: dict[str, list[str]], tmp_path: Path
) -> None:
    straight = run([*tiny[objective], f"output={tmp_path / 'straight'}"])
    command = [*tiny[objective], f"output={tmp_path / 'broken'}"]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *command],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    kept = torch.load(checkpoint_path(tmp_path / "broken"), weights_only=True)
    assert kept["speechgen"]["steps_done"] == 6
    resumed = run(command)

    expected, found = losses(straight.parent), losses(resumed.parent)
    assert set(found) == set(expected)
    assert max(step for step, _, _ in found) == 12
    for key, value in expected.items():
        assert found[key] == pytest.approx(value, rel=1e-4, abs=1e-5), key
    _assert_same_model(straight, resumed)


def _assert_same_model(one: Path, other: Path) -> None:
    from speechgen.store import load_model

    state, again = (load_model(folder).model.state_dict() for folder in (one, other))
    for name, value in state.items():
        torch.testing.assert_close(again[name], value, rtol=1e-4, atol=1e-5, msg=name)


def test_finished_run_returns_at_once(
    tiny: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [*tiny["speaker"], f"output={tmp_path / 'run'}", "trainer.max_steps=2"]
    model = run(command)
    before = (model / "model.safetensors").stat().st_mtime_ns

    def refuse(*args: object) -> None:
        raise AssertionError("a finished run opened its data")

    monkeypatch.setattr("speechgen.training.datasets.open_data", refuse)
    assert run(command) == model
    assert (model / "model.safetensors").stat().st_mtime_ns == before


def test_more_steps_continue_a_finished_run(tiny: dict[str, list[str]], tmp_path: Path) -> None:
    command = [*tiny["speaker"], f"output={tmp_path / 'run'}"]
    run([*command, "trainer.max_steps=2"])
    model = run([*command, "trainer.max_steps=4"])
    assert sorted({step for step, split, _ in losses(model.parent) if split == "train"}) == [
        1, 2, 3, 4,
    ]  # fmt: skip
