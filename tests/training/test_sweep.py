"""Sweeps: a run for every combination of values, in folders of their own, with a table."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from speechgen.cli.entry import app
from speechgen.errors import ConfigError, OutputError
from speechgen.reporting.sweep import sweep_page, sweep_table
from speechgen.training import run
from speechgen.training.run_lock import only_run
from speechgen.training.sweep import outcomes, sweep

QUICK = ["trainer.max_steps=2", "trainer.threads=1", "trainer.accelerator=cpu"]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Overrides that name two small sets of images."""
    folder = tmp_path_factory.mktemp("images of digits")
    rng = np.random.default_rng(0)
    given = []
    for split in ("train", "valid"):
        images = rng.integers(0, 256, (40, 1, 8, 8), dtype=np.uint8)
        np.savez(folder / f"{split}.npz", images=images, labels=np.arange(40) % 10)
        given.append(f"data.{split}='{folder}/{split}.npz'")
    return given


def test_every_combination_has_a_run_that_is_what_it_would_be_alone(
    digits: list[str], tmp_path: Path
) -> None:
    output = tmp_path / "a sweep"
    given = ["experiment=vae,iwae", "seed=1,2", *digits, *QUICK]
    assert sweep([*given, f"output='{output}'"]) == output
    names = [f"experiment={name},seed={seed}" for name in ("iwae", "vae") for seed in (1, 2)]
    found = outcomes(output)
    assert [run["name"] for run in found] == names
    assert all(run["steps"] == 2 and run["validation"] and not run["error"] for run in found)
    alone = [item.replace("'", "") for item in digits]
    model = run(["experiment=vae", "seed=2", *alone, *QUICK, f"output={tmp_path / 'alone'}"])
    ours = output / "experiment=vae,seed=2" / "model" / "model.safetensors"
    assert ours.read_bytes() == (model / "model.safetensors").read_bytes()
    written = {path.name for path in output.iterdir()}
    assert written == {*names, "multirun.yaml"}


def test_it_goes_on_and_leaves_finished_runs_alone(digits: list[str], tmp_path: Path) -> None:
    given = ["experiment=vae", *digits, *QUICK, f"output={tmp_path}"]
    sweep([*given, "seed=1"])
    (first,) = tmp_path.glob("*/model/model.safetensors")
    before = first.stat().st_mtime_ns
    sweep([*given, "seed=1,2"])
    assert [run["name"] for run in outcomes(tmp_path)] == ["seed=1", "seed=2"]  # this sweep's
    sweep([*given, "seed=1,2"])
    assert first.stat().st_mtime_ns == before


def test_a_run_that_fails_says_why_and_the_next_one_begins(
    digits: list[str], tmp_path: Path
) -> None:
    given = ["experiment=vae", "trainer.max_steps=0,2", *digits, QUICK[1], QUICK[2]]
    result = CliRunner().invoke(app, ["train", "--multirun", *given, f"output={tmp_path}"])
    assert result.exit_code == 1
    failed, done = outcomes(tmp_path)
    assert "trainer.max_steps: needs at least 1" in failed["error"]
    assert done["steps"] == 2 and not done["error"]
    assert json.loads((tmp_path / "sweep.json").read_text())["runs"] == [failed, done]
    table = (tmp_path / "sweep.md").read_text()
    assert "max_steps=2" in table and failed["error"] in table


def test_sweepers_and_launchers_are_chosen_as_in_any_hydra_program(
    digits: list[str], tmp_path: Path
) -> None:
    """By overrides, and in an experiment's file, where an optimising sweeper has its space."""
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "tune.yaml").write_text(
        "# @package _global_\n# seeds\ndefaults:\n  - vae\n  - _self_\n"
        "hydra:\n  sweeper:\n    params:\n      seed: 3,4\n"
    )
    output = tmp_path / "out"
    given = ["experiment=tune", *digits, *QUICK, f"output={output}"]
    plugins = ["hydra/sweeper=basic", "hydra/launcher=basic"]
    sweep([*given, *plugins], tmp_path / "conf", metric="rate_bits")
    assert [run["name"] for run in outcomes(output)] == ["seed=3", "seed=4"]
    with pytest.raises(ConfigError, match="nonsense"):
        sweep([*given, "hydra/launcher=nonsense"], tmp_path / "conf")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("output=a,b", "one folder for all runs"),
        ("seed=[1,2", "not in Hydra's grammar"),
        ("experiment=nonsense", "nonsense"),
    ],
)
def test_what_cannot_be_a_sweep_is_refused(override: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        sweep(["experiment=vae", f"output={tmp_path}", override])
    with pytest.raises(ConfigError, match="output=DIR"):
        sweep(["experiment=vae", "seed=1,2"])


def test_the_table_has_a_column_for_every_value() -> None:
    whole = {"name": "model.arguments.a=1", "steps": 3, "seconds": 1.2}
    whole |= {"validation": {"x": 0.5}, "error": ""}
    other = {"name": "b", "steps": None, "seconds": None, "validation": {}, "error": "no"}
    table = sweep_table([whole, other])
    assert table.header == ("run", "steps", "seconds", "x")
    assert list(table.rows) == [("a=1", "3", "1", "0.5"), ("b", "failed", "-", "-")]
    assert sweep_page([whole, other]).endswith("- b: no\n")


def test_the_last_of_two_overrides_counts_and_old_outcomes_are_forgotten(
    digits: list[str], tmp_path: Path
) -> None:
    given = ["experiment=vae", *digits, *QUICK, f"output={tmp_path}"]
    sweep([*given, "seed=1,-x"])
    assert [bool(run["error"]) for run in outcomes(tmp_path)] == [True, False]
    sweep([*given, "seed=7", "seed=1,2"])
    assert [run["name"] for run in outcomes(tmp_path)] == ["seed=1", "seed=2"]


def test_paths_with_spaces_need_no_quotes(digits: list[str], tmp_path: Path) -> None:
    plain = [item.replace("'", "") for item in digits]
    sweep(["experiment=vae", *plain, *QUICK, f"output={tmp_path / 'a b'}", "seed=1,2"])
    assert not any(run["error"] for run in outcomes(tmp_path / "a b"))


def test_a_metric_must_be_one_that_is_measured(digits: list[str], tmp_path: Path) -> None:
    given = ["experiment=vae", *digits, *QUICK, f"output={tmp_path / 'out'}"]
    sweep([*given, "seed=1"], metric="nonsense")
    (run_,) = outcomes(tmp_path / "out")
    assert "no validation value nonsense" in run_["error"]
    for metric in ("it's", "a b"):
        with pytest.raises(ConfigError, match="needs the name"):
            sweep(given, metric=metric)
    result = CliRunner().invoke(app, ["train", *given, "--metric", "rate_bits"])
    assert "--metric goes with --multirun" in str(result.exception)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="choose another output"):
        sweep([*given[:-1], f"output={tmp_path / 'file'}", "seed=1,2"])
    assert (tmp_path / "file").read_text() == "mine"


def test_a_second_sweep_into_the_folder_is_refused_and_values_keep_their_spelling(
    digits: list[str], tmp_path: Path
) -> None:
    output = tmp_path / "it's 1.10"
    odd = tmp_path / "007 #1"
    odd.mkdir()
    (odd / "1e3").write_bytes(Path(digits[0].split("'")[1]).read_bytes())
    given = ["experiment=vae", f"data.train={odd}/1e3", *QUICK, f"output={output}", "seed=1,2"]
    with only_run(output), pytest.raises(OutputError, match="another run is at work"):
        sweep(given)
    assert not output.exists()
    sweep(given)
    assert [(run["steps"], run["error"]) for run in outcomes(output)] == [(2, "")] * 2
    long = "x" * 150
    sweep([*given[:-1], f"card.notes={long}1,{long}2", f"card.data={long}1,{long}2"])
    assert len(outcomes(output)) == 4 and not any(run["error"] for run in outcomes(output))


@pytest.mark.slow
def test_every_run_of_a_sweep_may_be_a_job_of_its_own(digits: list[str], tmp_path: Path) -> None:
    """By submitit's executor on this machine; that of Slurm differs by where the jobs go."""
    pytest.importorskip("submitit", reason="sweeps on Slurm: submitit is not installed")
    given = ["experiment=vae", *digits, *QUICK, f"output={tmp_path / 'out'}"]
    jobs = ["hydra/launcher=submitit_local", "hydra.launcher.timeout_min=5"]
    sweep([*given, *jobs, "seed=1,2"])
    assert [(run["name"], run["steps"]) for run in outcomes(tmp_path / "out")] == [
        ("seed=1", 2), ("seed=2", 2),
    ]  # fmt: skip
    jobs_there = [
        path for path in (tmp_path / "out" / ".submitit").iterdir() if path.name.isdigit()
    ]
    assert len(jobs_there) == 2
    plain = [item.replace("'", "") for item in digits]
    model = run(["experiment=vae", "seed=2", *plain, *QUICK, f"output={tmp_path / 'alone'}"])
    ours = tmp_path / "out" / "seed=2" / "model" / "model.safetensors"
    assert ours.read_bytes() == (model / "model.safetensors").read_bytes()


def test_a_launcher_that_is_not_installed_names_its_extra(
    digits: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ConfigError, match=r"submitit_slurm: needs .* 'speechgen\[slurm\]'"):
        sweep(["experiment=vae", *digits, "hydra/launcher=submitit_slurm", f"output={tmp_path}"])
