"""The job script for Slurm, task by task, with an ``srun`` that runs its command here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

REPOSITORY = Path(__file__).parents[2]


def test_the_tasks_of_an_array_do_a_folder(tmp_path: Path) -> None:
    for number in range(6):
        path = tmp_path / "recordings of mine" / f"{number}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, np.random.default_rng(number).uniform(-0.1, 0.1, 8000), 16000)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, line in (
        ("srun", 'exec "$@"'),
        ("speechgen", f'exec {sys.executable} -m speechgen "$@"'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    environment = os.environ | {
        "PATH": f"{programs}:{os.environ['PATH']}", "SLURM_ARRAY_TASK_COUNT": "2",
        "PYTHONPATH": str(REPOSITORY),
    }  # fmt: skip
    script = REPOSITORY / "tools" / "examples" / "enhance_array.slurm"
    written: list[str] = []
    for task in "12":
        done = subprocess.run(
            ["bash", str(script), "recordings of mine", "cleaned"], cwd=tmp_path, check=True,
            env=environment | {"SLURM_ARRAY_TASK_ID": task}, capture_output=True, text=True,
        )  # fmt: skip
        written += done.stdout.split("\n")[:-1]
        report = (tmp_path / "cleaned" / "reports" / f"{task}.jsonl").read_text().splitlines()
        assert len(report) == len(done.stdout.splitlines())
        assert all(json.loads(line)["seconds"] == 0.5 for line in report)
    assert sorted(written) == [f"cleaned/{number}.wav" for number in range(6)]
