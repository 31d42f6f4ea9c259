"""The benchmark of F0 trackers prints what it promises."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile


@pytest.fixture
def bench(script, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The script with its words."""
    tool = script("bench_pitch")

    def run(*words: str) -> None:
        monkeypatch.setattr(sys, "argv", ["bench_pitch", *words])
        tool.main()

    return run


def test_a_row_for_each_tracker_and_noise(bench, tmp_path: Path, capsys) -> None:
    time = np.arange(8000) / 8000
    (tmp_path / "a").mkdir()
    for number, hz in enumerate((110.0, 170.0)):
        wave = 0.1 * sum(np.sin(2 * np.pi * hz * k * time) / k for k in range(1, 8))
        soundfile.write(tmp_path / "a" / f"{number}.wav", wave * (time > 0.4), 8000)
    bench(str(tmp_path), "--seconds", "0.9", "--snr-db", "20")
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert [row[1:3] for row in rows[2:]] == [
        ["clean", "ours"], ["clean", "pYIN"], ["white, 20 dB", "ours"], ["white, 20 dB", "pYIN"],
    ]  # fmt: skip
    assert rows[3][3:9] == ["0.000", "0.000", "0.000", "0 + 0", rows[3][7], "0 (0)"]
    assert all(float(row[3]) < 0.1 and row[6] == "0 + 0" for row in rows[2:])


def test_nothing_to_measure_is_said_in_one_line(bench, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^bench_pitch: error: no recordings in [^\n]*$"):
        bench(str(tmp_path))


def test_without_recordings_it_says_what_it_wants(bench, monkeypatch) -> None:
    monkeypatch.delenv("SPEECHGEN_CORPORA", raising=False)
    with pytest.raises(SystemExit, match=r"name a folder .* SPEECHGEN_CORPORA$"):
        bench()
