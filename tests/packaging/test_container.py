"""The container has packages that the wheel asks for, at tested versions; its verbs run."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

# What no verb of the container imports: training, scoring, drawing, and what they bring along.
LEFT_OUT = (
    "hydra", "omegaconf", "lightning", "librosa", "numba", "sklearn", "matplotlib", "PIL",
    "pesq", "pystoi", "tensorboard", "pandas",
)  # fmt: skip
VERBS = {
    "enhance": ["enhance", "in.wav", "--output", "out.wav"],
    "synthesize": ["synthesize", "--from", "in.wav", "--speaker", "in.wav", "--output", "out.wav"],
    "say": ["say", "Hello.", "--output", "out.wav"],
    "voices": ["voices"],
    "embed": ["embed", "in.wav", "--output", "out.npz"],
    "models": ["models"],
    "info": ["info", "in.wav"],
}


@pytest.fixture
def recipe(repository: Path) -> str:
    return (repository / "tools" / "Containerfile").read_text(encoding="utf-8")


def test_it_installs_what_the_package_asks_for_at_tested_versions(
    recipe: str, repository: Path
) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    serve = {_name(one) for one in project["optional-dependencies"]["serve"]}
    declared = {_name(one) for one in project["dependencies"]} | serve
    constrained = (repository / "tools" / "constraints.txt").read_text(encoding="utf-8").lower()
    steps = re.sub(r"^#.*\n", "", recipe, flags=re.M).replace("\\\n", "")
    found = re.findall(r"pip install (.*?)(?:&&|\n)", steps)
    words = [word for line in found for word in line.split() if re.match(r"[a-z]", word)]
    installed = {_name(word) for word in words if "/" not in word}
    assert serve <= installed <= declared
    for word in words:
        if "==" in word:
            assert word.partition("+")[0] in constrained.splitlines()


def test_nobody_is_root_in_it(recipe: str) -> None:
    last_stage = recipe.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*$", last_stage, re.M)


@pytest.mark.parametrize("verb", VERBS)
def test_its_verbs_need_nothing_that_is_left_out(verb: str, tmp_path: Path) -> None:
    if verb == "say":
        pytest.importorskip("gruut")
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({LEFT_OUT}))\n"
        "from speechgen.cli import main; main()"
    )
    _write_speech(tmp_path / "in.wav")
    command = [sys.executable, "-c", code, *VERBS[verb]]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def _write_speech(path: Path) -> None:
    """Something with the melody and the syllables of a voice."""
    from speechgen.audio import write
    from speechgen.export.forms import made_up

    write(path, made_up(16000).wave[None], 16000)


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")
