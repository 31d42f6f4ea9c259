"""The benchmark of training runs the trainer itself, and the report shows what it measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from speechgen.reporting import write_report
from speechgen.reporting.sections.training_speed import training_speed_tables


@pytest.fixture(scope="module")
def bench(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("bench_training")


def test_the_benchmark_writes_what_the_report_shows(repository: Path, tmp_path: Path) -> None:
    words = [
        "--experiments", "speaker_encoder", "--steps", "1", "--repeats", "1", "--clock", "cpu",
        "--json", str(tmp_path / "b.json"), "--markdown", str(tmp_path / "b.md"),
    ]  # fmt: skip
    script = str(repository / "tools" / "bench_training.py")
    run = subprocess.run(
        [sys.executable, script, *words], capture_output=True, text=True, check=True
    )
    result = json.loads((tmp_path / "b.json").read_text())
    (row,) = result["rows"]
    assert row["samples_per_step"] % (2 * 16000) == 0  # crops of two seconds
    rate = row["samples_per_step"] * row["steps_per_second"]
    assert row["samples_per_second"] == pytest.approx(rate)
    table = training_speed_tables([result])
    assert f"| speaker_encoder | auto | 1 | {row['samples_per_step']:,} |" in table
    assert table in run.stdout and table in (tmp_path / "b.md").read_text()
    assert "## Speed of training" in write_report(tmp_path).read_text()


def test_ratios_are_those_of_neighbouring_runs(bench: ModuleType) -> None:
    task = {"experiment": "segan", "precision": "32", "threads": 1}
    now = [{"step_seconds": seconds, "samples_per_step": 100} for seconds in (1.0, 2.0, 4.0)]
    before = [{"step_seconds": 2 * one["step_seconds"]} for one in now]
    row = bench.row_of(task, now, before)
    assert row["samples_per_second"] == 50 and row["samples_per_second_before"] == 25
    assert row["times"] == 2
    failed = bench.row_of(task, now, [{"note": "not measured: why"}])
    result = {"rows": [row, failed], "versions": {}}
    result["context"] = {"machine": "m", "estimator": "e", "kind": "training speed"}
    table = training_speed_tables([result])
    assert "| segan | 32 | 1 | 100 | 0.50 | 50 | 25 | 2.00 |" in table
    assert "not measured: why" in table


def test_what_fails_is_a_row_with_the_reason(bench: ModuleType, repository: Path) -> None:
    task = {"experiment": "nowhere", "precision": "auto", "threads": 1, "steps": 1, "clock": "cpu"}
    assert "nowhere" in bench.in_process({**task, "folder": "/"}, repository, 100)["note"]
