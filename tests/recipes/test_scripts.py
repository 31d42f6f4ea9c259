"""The scripts as they stand: they parse, refuse, explain themselves and keep the house rules."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RUNS = sorted([*ROOT.glob("recipes/*/run.sh"), *ROOT.glob("egs/*/run.sh")])
SCRIPTS = sorted([*RUNS, *ROOT.glob("recipes/lib/*.sh"), *ROOT.glob("tools/*.sh")])


def run(script: Path, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(script), *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def code_of(script: Path) -> str:
    lines = script.read_text().splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def name_of(script: Path) -> str:
    return script.relative_to(ROOT).as_posix()


def test_there_are_recipes_and_experiments() -> None:
    names = {name_of(script) for script in RUNS}
    recipes, experiments = (
        ("synthesize", "speak", "enhance", "vocode", "copies", "latent", "pixels"),
        ("vctk", "voicebank_demand", "arctic", "ljspeech", "fsdd", "digits", "mnist"),
    )
    assert {f"recipes/{name}/run.sh" for name in recipes} <= names
    assert {f"egs/{name}/run.sh" for name in experiments} <= names


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_scripts_parse(script: Path) -> None:
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", RUNS, ids=name_of)
def test_shellcheck_finds_no_error(script: Path) -> None:
    command = ["shellcheck", "--severity=error", "--external-sources", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", [s for s in SCRIPTS if "tools" not in s.parts], ids=name_of)
def test_no_eval_no_python_no_deletion(script: Path) -> None:
    code = code_of(script)
    assert not re.search(r"\beval\b(?![-_])", code)
    assert not re.search(r"\bpython3?\b", code)
    assert not re.search(r"\brm\s+-[a-z]*[rR]|\brmdir\b|-delete\b", code)


@pytest.mark.parametrize("script", RUNS, ids=name_of)
def test_help_is_the_comment_and_an_unknown_option_is_refused(script: Path, tmp_path: Path) -> None:
    shown = run(script, "--help", cwd=tmp_path)
    assert shown.returncode == 0 and "--exp DIR" in shown.stdout
    refused = run(script, "--frobnicate", "1", cwd=tmp_path)
    assert refused.returncode == 2 and "unknown option --frobnicate" in refused.stderr
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("script", [s for s in RUNS if "recipes" in s.parts], ids=name_of)
def test_recipes_know_no_corpus(script: Path) -> None:
    code = code_of(script).lower()
    assert not re.search(r"mini|vctk|voicebank|arctic|esc10", code)
    refused = run(script)
    assert refused.returncode == 2 and "--data-root DIR" in refused.stderr


@pytest.mark.parametrize("script", sorted(ROOT.glob("egs/*/run.sh")), ids=name_of)
def test_experiments_are_short_and_set_up_first(script: Path) -> None:
    code = code_of(script)
    assert len(script.read_text().splitlines()) < 80
    called = re.search(r"recipes/\w+/run\.sh", code)
    assert called is not None
    assert code.index("parse_options") < code.index("tools/setup.sh") < called.start()


@pytest.mark.parametrize("file", sorted(ROOT.glob("egs/*/conf/experiment/*.yaml")), ids=name_of)
def test_experiment_files_compose_and_state_cost(file: Path) -> None:
    from speechgen.registry import ENTRIES
    from speechgen.training.composition import compose

    text = file.read_text()
    assert "Memory:" in text and "Time:" in text
    overrides = [f"experiment={file.stem}", "output=x", "data.train=x", "data.speaker_vectors=x"]
    if file.stem.endswith("converter"):
        overrides.append("objective.recogniser=x")
    tree = compose(overrides, file.parents[1])
    for key, value in yaml.safe_load(text).get("trainer", {}).items():
        assert tree["trainer"][key] == value
    assert tree["model"]["name"] in ENTRIES


@pytest.mark.parametrize(
    ("corpus", "kinds"),
    [
        ("vctk", ("recogniser", "speaker", "converter", "wavenet", "text", "segan")),
        ("arctic", ("wavenet", "harmonic", "parallel", "text")),
        ("fsdd", ("vae", "gan", "text")),
    ],
)
def test_an_experiment_names_only_settings_that_exist(corpus: str, kinds: tuple[str, ...]) -> None:
    found = {file.stem for file in ROOT.glob(f"egs/{corpus}/conf/experiment/*.yaml")}
    assert found >= {f"{data}_{kind}" for data in ("mini", "real") for kind in kinds}
