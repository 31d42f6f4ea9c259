"""The ablation of a small WaveNet: its table by hand, and a whole small run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def test_the_table_has_means_and_how_much_seeds_deviate(script) -> None:
    tool = script("bench_ablation")
    voices = [[{"P.808": 3.0}, {"P.808": 3.2}], [{"P.808": 2.0}, {"P.808": 2.2}]]
    cells = [line.split("|") for line in tool.table({"base": voices}).splitlines()]
    row = dict(zip((name.strip() for name in cells[0]), cells[2], strict=True))
    assert row["P.808"].strip() == "2.60 ± 0.10"
    assert row["MCD"].strip() == "-"


def test_an_unknown_arm_is_named(script, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        script("bench_ablation").parse(["slt", "--arms", "base,nois"])
    assert "no arm 'nois'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_from_nothing_and_again(
    script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two steps of training on a generated voice; what is there is not made again."""
    tool = script("bench_ablation")
    log = tmp_path / "log"
    tool.speechgen("prepare", "mini", "--output", tmp_path / "mini", log=log)
    tool.speechgen("prepare", "auto", tmp_path / "mini", "--output", tmp_path / "all", log=log)
    words = ("--by", "sentence", "--valid", "0.2", "--test", "0.2")
    tool.speechgen(
        "prepare", "split", tmp_path / "all", "--output", tmp_path / "a", *words, log=log
    )
    words = [str(tmp_path / "a"), "--output", str(tmp_path / "exp"), "--steps", "2", "--seeds", "0"]
    words += ["--utterances", "1", "--arms", "base,temperature,all_voices"]
    monkeypatch.setattr(sys, "argv", ["bench_ablation", *words])
    tool.main()
    first = capsys.readouterr().out
    assert [line.count("|") for line in first.splitlines()] == [9] * 5
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "exp").rglob("*.json")}
    tool.main()
    assert capsys.readouterr().out == first
    assert made == {path: path.stat().st_mtime_ns for path in (tmp_path / "exp").rglob("*.json")}
