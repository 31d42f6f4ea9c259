"""A run that goes on where another stopped: done is only what is known to be the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from speechgen.enhancement import enhance_paths
from speechgen.enhancement.batch.resume import NAME, settings_key
from speechgen.enhancement.options import EnhanceOptions
from speechgen.errors import OutputError
from speechgen.models.classical.identity import Identity


def make(path: Path, seed: int = 0, length: int = 700) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(seed).uniform(-0.5, 0.5, length), 16000)
    return path


class Counting(nn.Module):
    """An identity with a weight, and with a count of its calls outside of what it is."""

    sample_rate, window_samples = 16000, 2048
    calls = 0

    def __init__(self, weight: float = 1.0, setting: int = 0) -> None:
        super().__init__()
        self.weight, self.setting = nn.Parameter(torch.tensor(weight)), setting

    def enhance(self, noisy: Tensor) -> Tensor:
        type(self).calls += 1
        return noisy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.wav", "deep/b.flac", "c.wav"):
        make(tmp_path / "in" / name)
    enhance_paths(Counting(), [tmp_path / "in"], tmp_path / "out")
    Counting.calls = 0
    return tmp_path


def again(folder: Path, model: nn.Module | None = None, **options) -> tuple[set[str], set[str]]:
    """Names of what is done and of what is skipped."""
    out = folder / "out"
    found = enhance_paths(model or Counting(), [folder / "in"], out, **options)
    assert found.failed == []
    return tuple({str(p.relative_to(out)) for p in paths} for paths in (found.done, found.skipped))


def test_nothing_is_done_twice(folder: Path) -> None:
    assert again(folder) == (set(), {"a.wav", "deep/b.flac", "c.wav"})
    assert Counting.calls == 0


def test_what_is_missing_or_new_is_done(folder: Path) -> None:
    (folder / "out" / "c.wav").unlink()
    make(folder / "in" / "new.wav")
    assert again(folder) == ({"c.wav", "new.wav"}, {"a.wav", "deep/b.flac"})
    assert again(folder)[0] == set()


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: make(folder / "in" / "a.wav", seed=1),  # same size, another time
        lambda folder: make(folder / "in" / "a.wav", length=701),
        lambda folder: make(folder / "out" / "a.wav", seed=2),
        lambda folder: (folder / "out" / NAME).unlink(),
        lambda folder: (folder / "out" / NAME).write_text("[]\n{\n{}\n\n1\n"),
    ],
)
def test_an_output_that_is_not_known_as_done_is_refused(folder: Path, change) -> None:
    time.sleep(0.01)
    change(folder)
    before = (folder / "out" / "a.wav").read_bytes()
    with pytest.raises(OutputError, match="a.wav.*--overwrite"):
        again(folder)
    assert (folder / "out" / "a.wav").read_bytes() == before
    assert Counting.calls == 0
    assert again(folder, overwrite=True)[0] == {"a.wav", "deep/b.flac", "c.wav"}
    assert again(folder)[0] == set()


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (Counting(weight=2.0), {}),
        (Counting(setting=1), {}),
        (Identity(), {}),
        (Counting(), {"options": EnhanceOptions(wet=0.9)}),
        (Counting(), {"options": EnhanceOptions(max_attenuation_db=20.0)}),
    ],
)
def test_other_settings_are_another_run(folder: Path, model, options) -> None:
    with pytest.raises(OutputError, match="settings.*--overwrite"):
        again(folder, model, **options)


def test_the_key_knows_the_model_and_not_the_machine() -> None:
    key = settings_key(Counting(), EnhanceOptions())
    assert settings_key(Counting().eval(), EnhanceOptions(window_batch=3)) == key
    assert settings_key(Counting(), EnhanceOptions(max_attenuation_db=float("inf"))) == key
    for name in ("sample_rate", "window_samples", "hop_samples", "latency_samples"):
        one, other = Identity(**{name: 77}), Identity()
        assert settings_key(one, EnhanceOptions()) != settings_key(other, EnhanceOptions())


def test_the_key_of_a_recurrent_model_knows_its_weights_and_not_their_place() -> None:
    models = [nn.LSTM(2, 3) for _ in range(3)]
    models[1].load_state_dict(models[0].state_dict())
    one, same, other = (settings_key(model, EnhanceOptions()) for model in models)
    assert one == same != other


def test_a_file_of_the_same_size_and_time_elsewhere_is_another_file(folder: Path) -> None:
    (folder / "other").mkdir()
    twin = make(folder / "other" / "a.wav", seed=5)
    facts = (folder / "in" / "a.wav").stat()
    os.utime(twin, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    with pytest.raises(OutputError, match="--overwrite"):
        enhance_paths(Counting(), [twin], folder / "out")


def test_a_picture_that_is_missing_is_drawn(folder: Path) -> None:
    assert again(folder, chart=True)[0] == {"a.wav", "deep/b.flac", "c.wav"}
    assert again(folder, chart=True)[0] == set()
    (folder / "out" / "a.wav.png").unlink()
    assert again(folder, chart=True)[0] == {"a.wav"}
    assert (folder / "out" / "a.wav.png").exists()


def test_the_report_of_a_run_that_went_on_has_every_file(folder: Path) -> None:
    (folder / "out" / "c.wav").unlink()
    again(folder, report=folder / "r.jsonl")
    lines = [json.loads(line) for line in (folder / "r.jsonl").read_text().splitlines()]
    assert [Path(line["source"]).name for line in lines] == ["a.wav", "c.wav", "b.flac"]
    assert ["done_before" in line for line in lines] == [True, False, True]
    assert all(line["seconds"] == pytest.approx(700 / 16000, abs=1e-5) for line in lines)


def test_one_file_into_a_file_leaves_no_record(tmp_path: Path) -> None:
    source = make(tmp_path / "a.wav")
    enhance_paths(Identity(), [source], tmp_path / "out" / "b.wav")
    assert os.listdir(tmp_path / "out") == ["b.wav"]


_PROGRAM = """
import sys, time
from pathlib import Path
from torch import nn
from speechgen.enhancement import EnhanceOptions, enhance_paths
from speechgen.models.classical.identity import Identity

class Slow(Identity):
    def enhance(self, noisy):
        time.sleep(0.05)
        return noisy

Slow.__qualname__ = "Identity"
one = EnhanceOptions(window_batch=1)
enhance_paths(Slow(window_samples=2048), [Path(sys.argv[1])], Path(sys.argv[2]), one)
"""


def _wait(condition) -> None:
    until = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < until, "it never came so far"
        time.sleep(0.02)


def _parts(folder: Path) -> list[Path]:
    return [path for path in folder.glob(".*.part.wav") if path.stat().st_size]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_goes_on_and_leaves_nothing(tmp_path: Path, number: int) -> None:
    for name, length in (("a", 3000), ("b", 600_000), ("c", 3000)):
        make(tmp_path / "in" / f"{name}.wav", length=length)
    out = tmp_path / "out"
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "in"), str(out)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        _wait(lambda: (out / "a.wav").exists() and _parts(out))
        process.send_signal(number)
        assert process.wait(60) != 0
    assert len(_parts(out)) == (number == signal.SIGKILL)
    assert not (out / "b.wav").exists()
    first = (out / "a.wav").stat().st_mtime_ns
    found = enhance_paths(Identity(window_samples=2048), [tmp_path / "in"], out)
    assert {path.name for path in found.done} == {"b.wav", "c.wav"}
    assert (out / "a.wav").stat().st_mtime_ns == first
    assert sorted(os.listdir(out)) == [NAME, "a.wav", "b.wav", "c.wav"]


def test_one_killed_between_the_file_and_the_note_of_it_goes_on(folder: Path) -> None:
    record = folder / "out" / NAME
    lines = [line for line in record.read_text().splitlines() if line]
    last = json.loads(lines[-1])
    record.write_text("\n".join([*lines[:-1], lines[-1][: len(lines[-1]) // 2]]))
    assert again(folder)[0] == {last["target"]}
    assert again(folder)[0] == set()
