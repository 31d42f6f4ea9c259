"""``speechgen score curves``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

HEAD = "step,seconds,split,name,value\n"


def training(folder: Path, points: int) -> Path:
    folder.mkdir()
    rows = [f"{50 * n},{180.0 * n},train,loss,{9 - n}\n" for n in range(1, points + 1)]
    for n in range(1, points + 1):
        rows += [f"{100 * n},{360.0 * n},valid,pesq,{1 + n / 10}\n"]
        rows += [f"{100 * n},{360.0 * n},valid,si_sdr,{n}.0\n"]
    (folder / "metrics.csv").write_text(HEAD + "".join(rows) + "100,36")  # a line cut short
    return folder


def test_curves_of_two_runs(run: Any, tmp_path: Path) -> None:
    first, second = training(tmp_path / "first", 3), training(tmp_path / "second", 30)
    outcome = run(
        "score", "curves", first, second, "--measure", "pesq", "--figure", tmp_path / "c.png",
        "--markdown", tmp_path / "c.md", "--json", tmp_path / "c.json",
        "--name", "a", "--name", "b",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    lines = (tmp_path / "c.md").read_text().splitlines()
    assert lines[2:5] == [
        "| a | 0.10 | 100 | 1.1 |",
        "|  | 0.20 | 200 | 1.2 |",
        "|  | 0.30 | 300 | 1.3 |",
    ]
    assert len(lines) == 2 + 3 + 12  # of thirty points twelve, the first and the last among them
    assert lines[5] == "| b | 0.10 | 100 | 1.1 |" and lines[-1] == "|  | 3.00 | 3,000 | 4 |"
    points = json.loads((tmp_path / "c.json").read_text())
    assert points["a"][2] == {"hours": 0.3, "steps": 300, "pesq": 1.3, "si_sdr": 3.0}
    assert len(points["b"]) == 30
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["empty"], "no metrics.csv"), (["begun"], "no validation yet"),
     (["first", "--measure", "stoi"], "stoi: was not measured; there are pesq, si_sdr"),
     (["first", "--name", "a", "--name", "b"], "--name: 2 for 1 runs")],
)  # fmt: skip
def test_what_has_no_curve_is_said(run: Any, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "metrics.csv").write_text(HEAD + "1,2.0,train,loss,3.0\n")
    training(tmp_path / "first", 2)
    outcome = run("score", "curves", tmp_path / words[0], *words[1:])
    assert outcome.status == 1 and said in outcome.err
    assert "Traceback" not in outcome.err
