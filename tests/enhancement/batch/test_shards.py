"""A folder done by a job array: no file twice, none left out, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from speechgen.audio.finding import look_for_audio
from speechgen.cli.entry import app
from speechgen.data import validate
from speechgen.enhancement import enhance_data, enhance_paths
from speechgen.enhancement.batch.resume import NAME
from speechgen.errors import ConfigError, OutputError
from speechgen.files.shard import Shard
from speechgen.models.classical.identity import Identity

MODEL = Identity(window_samples=2048)


def make(path: Path, seed: int = 0, length: int = 700, format: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.random.default_rng(seed).uniform(-0.5, 0.5, length)
    soundfile.write(path, wave, 16000, format=format)
    return path


def sounds(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix == ".wav" and not path.name.startswith(".")
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(30):
        make(tmp_path / "in" / f"s{number % 3}" / f"{number}.wav", number)
    return tmp_path


def test_all_shards_together_are_the_whole_and_every_file_is_done_once(folder: Path) -> None:
    enhance_paths(MODEL, [folder / "in"], folder / "whole")
    done: list[Path] = []
    for number in (3, 1, 2):
        found = enhance_paths(MODEL, [folder / "in"], folder / "out", shard=Shard(number, 3))
        assert found.done and not found.failed and not found.skipped
        done += found.done
    assert len(done) == len(set(done)) == 30
    assert sounds(folder / "out") == sounds(folder / "whole")


def test_an_array_of_another_size_and_a_run_without_shards_go_on(folder: Path) -> None:
    out, given = folder / "out", [folder / "in"]
    first = enhance_paths(MODEL, given, out, shard=Shard(2, 4)).done
    later = [enhance_paths(MODEL, given, out, shard=Shard(n, 3)) for n in (1, 2)]
    assert sorted(path for one in later for path in one.skipped) != []
    done = [*first, *(path for one in later for path in one.done)]
    assert len(done) == len(set(done)) < 30
    report = folder / "all.jsonl"
    found = enhance_paths(MODEL, given, out, report=report)
    assert len(found.done) + len(found.skipped) == 30 and set(found.skipped) == set(done)
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert len(lines) == 30 and sum("done_before" in line for line in lines) == len(done)
    for number in (1, 2, 3, 4, 5):
        assert not enhance_paths(MODEL, given, out, shard=Shard(number, 5)).done


def test_a_record_that_is_older_does_not_undo_a_later_one(folder: Path) -> None:
    """Other settings by an array of other size: what it wrote last is what is there."""
    out, given = folder / "out", [folder / "in"]
    other = Identity(window_samples=4096)
    for number in (1, 2):
        enhance_paths(MODEL, given, out, shard=Shard(number, 2))
    time.sleep(0.01)
    for number in (1, 2, 3):
        enhance_paths(other, given, out, shard=Shard(number, 3), overwrite=True)
    assert len(enhance_paths(other, given, out).skipped) == 30
    with pytest.raises(OutputError, match="settings are others now"):
        enhance_paths(MODEL, given, out, shard=Shard(1, 2))


def test_names_that_would_be_written_to_one_place_fall_to_one_shard(tmp_path: Path) -> None:
    for number in range(8):
        make(tmp_path / "in" / f"{number}.wav", number)
        make(tmp_path / "in" / f"{number}.ogg", number, format="OGG")
    for number in range(1, 5):
        enhance_paths(MODEL, [tmp_path / "in"], tmp_path / "out", shard=Shard(number, 4))
    names = [name for n in range(8) for name in (f"{n}.wav", f"{n}.ogg.wav")]
    assert sorted(sounds(tmp_path / "out")) == sorted(names)


def test_a_shard_that_holds_nothing_is_done_and_an_empty_folder_is_not(tmp_path: Path) -> None:
    make(tmp_path / "in" / "a.wav")
    found = [
        enhance_paths(MODEL, [tmp_path / "in"], tmp_path / "out", shard=Shard(n, 9))
        for n in range(1, 10)
    ]
    assert sum(len(one.done) for one in found) == 1 and not any(one.failed for one in found)
    (tmp_path / "empty").mkdir()
    found = enhance_paths(MODEL, [tmp_path / "empty"], tmp_path / "x", shard=Shard(2, 9))
    assert found.failed == [(tmp_path / "empty", "no sound files in this folder")]
    with pytest.raises(ConfigError, match="folder as --output"):
        enhance_paths(MODEL, [tmp_path / "in/a.wav"], tmp_path / "b.wav", shard=Shard(1, 2))


def test_a_data_directory_is_done_in_shards(folder: Path) -> None:
    data = folder / "data"
    data.mkdir()
    files = sorted((folder / "in").rglob("*.wav"), key=lambda path: path.stem)
    (data / "wav.scp").write_text("".join(f"{path.stem} {path}\n" for path in files))
    (data / "utt2spk").write_text("".join(f"{path.stem} {path.stem}\n" for path in files))
    (data / "spk2utt").write_text((data / "utt2spk").read_text())
    assert not validate(data)
    done = [
        path
        for number in (1, 2)
        for path in enhance_data(MODEL, data, folder / "out", shard=Shard(number, 2)).done
    ]
    assert len(done) == len(set(done)) == 30


_PROGRAM = """
import sys, time
from pathlib import Path
from torch import nn
from speechgen.enhancement import enhance_paths
from speechgen.files.shard import Shard
from speechgen.models.classical.identity import Identity

class Slow(Identity):
    def enhance(self, noisy):
        time.sleep(0.03)
        return noisy

Slow.__qualname__ = "Identity"
enhance_paths(Slow(window_samples=2048), [Path(sys.argv[1])], Path(sys.argv[2]),
              shard=Shard.parse(sys.argv[3]))
"""


def test_a_job_that_is_killed_is_given_again_while_the_others_work(folder: Path) -> None:
    """Two real jobs; one is killed with files half done. Nothing is done twice but what it held."""
    out = folder / "out"

    def job(part: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(folder / "in"), str(out), part],
            stderr=subprocess.PIPE,
        )

    with job("1/2") as one, job("2/2") as two:
        until = time.monotonic() + 120
        while not (out / NAME).with_suffix(".shards").is_dir() or '"output"' not in "".join(
            path.read_text() for path in (out / NAME).with_suffix(".shards").glob("2-*")
        ):
            assert time.monotonic() < until
            time.sleep(0.01)
        two.send_signal(signal.SIGKILL)
        assert two.wait() == -signal.SIGKILL
        with pytest.raises(OutputError, match="being done by another process"):
            while one.poll() is None:  # the other one still holds its part
                enhance_paths(MODEL, [folder / "in"], out, shard=Shard(1, 2))
            pytest.skip("the other job was too quick")
        before = {path: path.stat().st_mtime_ns for path in out.rglob("*.wav")}
        again = enhance_paths(MODEL, [folder / "in"], out, shard=Shard(2, 2))
        assert one.wait(120) == 0, one.stderr
    assert again.done and again.skipped
    assert all((out / path).stat().st_mtime_ns == before[path] for path in again.skipped)
    enhance_paths(MODEL, [folder / "in"], folder / "whole")
    assert sounds(out) == sounds(folder / "whole")
    assert len(enhance_paths(MODEL, [folder / "in"], out).skipped) == 30


def test_a_listing_takes_memory_for_what_falls_to_the_shard(tmp_path: Path) -> None:
    first = make(tmp_path / "first.wav")
    (tmp_path / "in").mkdir()
    for number in range(20_000):
        os.link(first, tmp_path / "in" / f"utterance_{number:07}.wav")
    peaks = []
    for count in (1, 100):
        tracemalloc.start()
        found = look_for_audio(tmp_path / "in", Shard(1, count).holds)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found.count == 20_000
        assert len(found.names) == pytest.approx(20_000 / count, rel=0.3)
    assert peaks[1] < peaks[0] / 20


def test_the_verb_takes_its_part_from_the_command_line(folder: Path) -> None:
    run = CliRunner()
    given = ["enhance", str(folder / "in"), "--output", str(folder / "out"), "--device", "cpu"]
    result = run.invoke(app, [*given, "--shard", "8"])
    assert "--shard 8: give I/N" in str(result.exception)
    result = run.invoke(app, [*given, "--wet", "0", "--shard", "1/3"])
    assert result.exit_code == 0
    assert 0 < len(result.stdout.splitlines()) == len(sounds(folder / "out")) < 20
