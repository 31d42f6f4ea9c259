"""The set-up says in one line what is missing, and returns at once when it is done."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

_NEEDED = ("bash", "cat", "cut", "dirname", "pwd", "sha256sum", "shasum", "env")


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Path:
    """A checkout as far as the set-up reads it, and a ``bin`` folder with next to nothing in it."""
    root = tmp_path / "a checkout"
    (root / "bin").mkdir(parents=True)
    shutil.copytree(repository / "tools", root / "tools")
    shutil.copy(repository / "pyproject.toml", root)
    for name in _NEEDED:
        if found := shutil.which(name):
            (root / "bin" / name).symlink_to(found)
    return root


def _set_up(root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    bash = shutil.which("bash")
    assert bash is not None
    return subprocess.run(
        [bash, "tools/setup.sh"],
        cwd=root,
        env={"PATH": str(root / "bin"), "HOME": str(root), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_python_is_named(checkout: Path) -> None:
    result = _set_up(checkout)
    assert result.returncode == 1
    assert "no Python 3.11, 3.12 or 3.13 found" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_python_that_is_too_old_is_a_missing_one(checkout: Path) -> None:
    old = checkout / "bin" / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    result = _set_up(checkout)
    assert "no Python 3.11" in result.stderr


def test_a_missing_compiler_is_named_before_anything_is_made(checkout: Path) -> None:
    base = Path(sys.base_prefix) / "bin" / "python3"
    if not base.exists():
        pytest.skip(f"no interpreter at {base}")
    result = _set_up(checkout, PYTHON=str(base))
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "no C compiler" in result.stderr or "package" in result.stderr
    assert not (checkout / ".venv").exists()


def test_a_finished_set_up_returns_at_once(repository: Path) -> None:
    if not (repository / ".venv" / ".speechgen-ready").is_file():
        pytest.skip("the checkout was not set up by tools/setup.sh")
    began = time.perf_counter()
    subprocess.run(["bash", "tools/setup.sh"], cwd=repository, check=True, env=dict(os.environ))
    assert time.perf_counter() - began < 2
