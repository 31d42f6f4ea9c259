"""What the tortures share: their size, a warm speechgen, small inputs, a disk that breaks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.running import BrokenDisk, Warm
from tests.torture.verbs import Material, make_material


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory) -> Material:
    """Small sounds, data directories and models."""
    return make_material(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> BrokenDisk:
    """A disk that can be told when to fill up."""
    if shutil.which("gcc") is None:
        pytest.skip("gcc, which compiles the disk that breaks, is missing")
    return BrokenDisk(tmp_path_factory.mktemp("disk"))


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory, disk: BrokenDisk) -> Iterator[Warm]:
    """Starts commands that a broken disk or a kill may strike."""
    starter = Warm(tmp_path_factory.mktemp("warm"), disk.library)
    yield starter
    starter.close()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder for outputs."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
