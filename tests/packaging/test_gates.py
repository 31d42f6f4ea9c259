"""Every gate of tools/gates.sh notices its fault, and everybody runs the same gates."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml

SLOW = {"tables"}  # imports torch: not before every commit


def gates_of(repository: Path) -> list[str]:
    """The names in the order in which they run."""
    text = (repository / "tools" / "gates.sh").read_text()
    (names,) = re.findall(r"^all=\((.*)\)$", text, re.MULTILINE)
    return names.split()


@pytest.fixture
def house(repository: Path, tmp_path: Path) -> Path:
    """A checkout of two modules with all the rules and tools, in which every fast gate passes."""
    shutil.copytree(
        repository / "tools" / "house",
        tmp_path / "tools" / "house",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in ("gates.sh", "check_layers.py"):
        shutil.copy(repository / "tools" / name, tmp_path / "tools")
    shutil.copy(repository / "pyproject.toml", tmp_path)
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1], target_is_directory=True)
    plant(tmp_path, "speechgen/__init__.py", '"""A package."""\n')
    plant(tmp_path, "speechgen/errors.py", '"""Errors."""\n')
    return tmp_path


def plant(house: Path, name: str, code: str) -> None:
    (house / name).parent.mkdir(parents=True, exist_ok=True)
    (house / name).write_text(code)


def passes(house: Path, *gates: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(house / "tools" / "gates.sh"), *gates]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_fast_gates_pass_where_nothing_is_wrong(house: Path, repository: Path) -> None:
    fast = [gate for gate in gates_of(repository) if gate not in SLOW]
    done = passes(house, *fast)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"gate (\w+): ok", done.stderr) == fast


ONE, TWO = "from speechgen.data import two\n", "from speechgen.data import one\n"


@pytest.mark.parametrize(
    ("gate", "files", "told"),
    [
        ("lint", {"speechgen/x.py": "import os\n"}, "F401"),
        ("format", {"speechgen/x.py": "x = {'a':1}\n"}, "would be reformatted"),
        (
            "types",
            {"speechgen/x.py": 'def f() -> int:\n    return "one"\n'},
            "speechgen/x.py:2: error: Incompatible return value type",
        ),
        (
            "house",
            {"speechgen/causal/x.py": "from speechgen.models import wavenet\n"},
            "speechgen/causal/x.py:1: causal (floor 3) imports models (floor 4)",
        ),
        (
            "house",
            {"speechgen/data/one.py": ONE, "speechgen/data/two.py": TWO},
            "speechgen/data/one.py:1: import circle speechgen.data.one -> speechgen.data.two",
        ),
        ("house", {"speechgen/attic/x.py": ""}, "room 'attic' has no floor"),
        ("house", {"tests/test_x.py": "#\n" * 401}, "tests/test_x.py:401: has 401 lines"),
        (
            "house",
            {"speechgen/data/x.py": "", "speechgen/data/kaldi/x.py": ""},
            "speechgen/data/x.py:1: another module of speechgen/data/ is named x too",
        ),
    ],
    ids=["lint", "format", "type", "floor", "circle", "room", "length", "name"],
)
def test_a_planted_fault_is_seen(house: Path, gate: str, files: dict[str, str], told: str) -> None:
    for name, code in files.items():
        plant(house, name, code)
    done = passes(house, gate)
    assert done.returncode == 1
    assert told in done.stderr
    assert f"gate {gate}: failed; " in done.stderr


@pytest.mark.parametrize(
    ("tool", "target", "made"),
    [("systems_table", "PAGE", "page"), ("collect_results", "TARGET", "lines")],
)
def test_a_stale_table_is_seen(
    script: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tool: str,
    target: str,
    made: str,
) -> None:
    module = script(tool)
    monkeypatch.setattr(module, target, tmp_path / "table")
    monkeypatch.setattr(module, made, lambda: "old")
    monkeypatch.setattr(sys, "argv", [tool])
    assert module.main() == 0
    monkeypatch.setattr(sys, "argv", [tool, "--check"])
    assert module.main() == 0
    monkeypatch.setattr(module, made, lambda: "new")
    assert module.main() == 1
    assert f"run python tools/{tool}.py" in capsys.readouterr().err


def test_the_first_gate_that_fails_ends_it(house: Path) -> None:
    plant(house, "speechgen/data/x.py", "import os\n\n\n\n\n")
    done = passes(house, "house", "lint", "format")
    assert re.findall(r"gate (\w+): (ok|failed)", done.stderr) == [
        ("house", "ok"),
        ("lint", "failed"),
    ]
    assert passes(house, "lnt").returncode == 2


def test_the_test_runner_passes_all_gates_first(repository: Path) -> None:
    lines = (repository / "tools" / "test.sh").read_text().splitlines()
    assert [line for line in lines if "gates.sh" in line and line[0] != "#"] == [
        "bash tools/gates.sh"
    ]
    assert lines.index("bash tools/gates.sh") < len(lines) - 1
    assert "pytest" in lines[-1]


def test_every_commit_passes_the_fast_gates(repository: Path) -> None:
    text = (repository / ".pre-commit-config.yaml").read_text()
    (local,) = yaml.safe_load(text)["repos"]
    assert local["repo"] == "local"
    assert [hook["id"] for hook in local["hooks"]] == [
        gate for gate in gates_of(repository) if gate not in SLOW
    ]
    for hook in local["hooks"]:
        assert hook["entry"] == f"bash tools/gates.sh {hook['id']}"
        assert (hook["language"], hook["pass_filenames"]) == ("system", False)


def test_continuous_integration_runs_the_test_runner(repository: Path) -> None:
    flow = yaml.safe_load((repository / ".github" / "workflows" / "ci.yml").read_text())
    assert flow["permissions"] == {"contents": "read"}
    steps = {name: job["steps"] for name, job in flow["jobs"].items()}
    assert {name: [s["run"] for s in some if "run" in s] for name, some in steps.items()} == {
        "test": ["bash tools/setup.sh", "bash tools/test.sh"],
        "site": [
            "bash tools/setup.sh",
            "bash tools/site.sh",
            ".venv/bin/python -m pytest tests/packaging/test_site.py",
        ],
        "wheel": ["bash tools/setup.sh", "bash tools/wheel.sh"],
    }
    assert flow["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    used = [step["uses"] for some in steps.values() for step in some if "uses" in step]
    assert all(re.fullmatch(r"actions/(checkout|setup-python)@v\d+", one) for one in used)
