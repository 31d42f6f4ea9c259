"""What is generated from the rest is what the rest would generate now."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("tool", ["systems_table.py", "collect_results.py"])
def test_generated_texts_are_up_to_date(tool: str) -> None:
    command = [sys.executable, str(ROOT / "tools" / tool), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_system_but_one_has_a_test_and_its_configurations() -> None:
    table = (ROOT / "tools" / "docs" / "systems.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([DF]\d+) \|[^\n]*\.\./tests/systems/(test_\w+\.py)", table, re.MULTILINE
    )
    wanted = {f"D{n}" for n in range(1, 37)} | {f"F{n}" for n in range(1, 22)} - {"F19"}
    assert {code for code, _ in rows} == wanted
    for _, test in rows:
        assert (ROOT / "tests" / "systems" / test).is_file()


MODELS = sorted(
    path
    for folder in ("models", "images/models")
    for path in (ROOT / "speechgen" / folder).rglob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("path", MODELS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_file_of_a_model_has_more_than_200_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200
