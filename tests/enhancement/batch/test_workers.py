"""Several processes: the same files, the same report, the same errors as one."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from torch import nn

from speechgen.enhancement import enhance_paths
from speechgen.enhancement.batch.job import do_in_processes
from speechgen.enhancement.batch.plan import plan
from speechgen.enhancement.options import EnhanceOptions
from speechgen.errors import ConfigError
from speechgen.models.classical.log_mmse import LogMMSE

_TIMES = ("processing_seconds", "real_time_factor")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        wave = 0.2 * np.random.default_rng(number).standard_normal(6000 + number)
        path = tmp_path / "in" / f"{number}.wav"
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, wave, 16000)
    wave = np.full(20000, np.nan, np.float32)
    soundfile.write(tmp_path / "in" / "3.wav", wave, 16000, subtype="FLOAT")
    (tmp_path / "in" / "9.wav").write_text("no sound")
    return tmp_path


def test_two_processes_do_what_one_does(folder: Path) -> None:
    reports = [
        enhance_paths(LogMMSE(), [folder / "in"], folder / f"out{jobs}", jobs=jobs, chart=True)
        for jobs in (1, 2)
    ]
    names = [[path.name for path in report.done] for report in reports]
    assert names[0] == names[1] == ["0.wav", "1.wav", "2.wav", "4.wav"]
    assert reports[0].failed == reports[1].failed
    assert [path.name for path, _ in reports[0].failed] == ["9.wav", "3.wav"]
    for name in sorted(os.listdir(folder / "out1")):
        if not name.startswith("."):
            one, two = ((folder / f"out{jobs}" / name).read_bytes() for jobs in (1, 2))
            assert one == two
    kept = [
        [{k: v for k, v in line.items() if k not in (*_TIMES, "output")} for line in report.lines]
        for report in reports
    ]
    assert kept[0] == kept[1]
    again = enhance_paths(LogMMSE(), [folder / "in"], folder / "out2", jobs=2, chart=True)
    assert len(again.skipped) == 4


def test_a_process_that_dies_takes_one_file_with_it(folder: Path) -> None:
    jobs = plan([folder / "in"], folder / "out").jobs
    killed = []

    def kill(number: int) -> None:
        if number == 1:
            for process in multiprocessing.active_children():
                process.kill()
                process.join()
                killed.append(process.pid)

    outcomes = dict(
        do_in_processes(
            LogMMSE(), jobs, EnhanceOptions(), 1, on_begin=kill, on_progress=lambda *_: None
        )
    )
    assert len(killed) == 1
    assert sorted(outcomes) == list(range(len(jobs)))
    assert "SIGKILL" in outcomes[1]["error"]
    assert [number for number in outcomes if "error" in outcomes[number]] == [1, 3]
    assert multiprocessing.active_children() == []


def test_leaving_early_ends_the_processes(folder: Path) -> None:
    jobs = plan([folder / "in"], folder / "out").jobs
    nothing = {"on_begin": lambda _: None, "on_progress": lambda *_: None}
    running = do_in_processes(LogMMSE(), jobs, EnhanceOptions(), 2, **nothing)
    next(running)
    running.close()
    assert multiprocessing.active_children() == []
    assert not [name for name in os.listdir(folder / "out") if ".part" in name]


def test_what_cannot_be_sent_or_done_is_said(folder: Path) -> None:
    class Local(LogMMSE):
        pass

    with pytest.raises(ConfigError, match="use 1 job"):
        enhance_paths(Local(), [folder / "in"], folder / "out", jobs=2)
    with pytest.raises(ConfigError, match="jobs"):
        enhance_paths(nn.Identity(), [folder / "in"], folder / "out", jobs=0)
