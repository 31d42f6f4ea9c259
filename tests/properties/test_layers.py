"""The import order: rooms import from lower floors only, and the check would notice if not."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def check(repository: Path) -> ModuleType:
    path = repository / "tools" / "check_layers.py"
    spec = importlib.util.spec_from_file_location("check_layers", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_layers"] = module
    spec.loader.exec_module(module)
    return module


def test_the_package_keeps_the_contract(check: ModuleType, repository: Path) -> None:
    assert check.violations(repository) == []


def test_every_room_has_a_floor_and_says_what_it_is(check: ModuleType, repository: Path) -> None:
    contract = check.Contract.read(repository / "pyproject.toml")
    package = repository / "speechgen"
    for entry in package.iterdir():
        if entry.is_dir() and any(entry.rglob("*.py")):
            assert entry.name in contract.floors
            assert (entry / "__init__.py").read_text().startswith('"""'), entry


@pytest.mark.parametrize(
    ("room", "code", "complaint"),
    [
        ("causal", "from speechgen.models import wavenet", "floor 3) imports models (floor 4"),
        ("causal", "def f():\n    import speechgen.cli.train", "imports cli"),
        ("causal", "from speechgen import models", "imports models"),
        ("causal", "from ..training import run", "imports training"),
        ("causal", "from .. import training", "imports training"),
        ("causal", "from speechgen.adversarial import schedule", "imports adversarial (floor 3)"),
        ("causal", "import importlib\nimportlib.import_module('speechgen.store')", "imports store"),
        ("causal", "if False:\n    from speechgen.data import bank", "imports data"),
        ("audio", "from speechgen import registry", "imports registry (floor 1)"),
        ("models", "import recipes.lib", "imported by nothing"),
        ("models", "from tools import check_layers", "imported by nothing"),
        ("models", "from speechgen import enhance", "is no room"),
        ("attic", "import speechgen.errors", "no floor"),
        ("causal", "from speechgen.layers import norm\nfrom speechgen.errors import X", None),
        ("causal", "from speechgen import errors, files\nfrom .conv import Conv", None),
        ("causal", "import speechgen.causal.conv, torch\nfrom speechgen import __version__", None),
        ("audio", "from speechgen.files import atomic_path", None),
    ],
)
def test_the_check_sees_every_kind_of_import(
    check: ModuleType, repository: Path, tmp_path: Path, room: str, code: str, complaint: str | None
) -> None:
    folder = tmp_path / "speechgen" / room
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text((repository / "pyproject.toml").read_text())
    (folder / "thing.py").write_text(code)
    found = check.violations(tmp_path)
    if complaint is None:
        assert found == []
    else:
        assert len(found) == 1
        assert complaint in found[0]
        assert found[0].startswith(f"speechgen/{room}/thing.py:")


def test_the_package_itself_imports_no_room(
    check: ModuleType, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "speechgen").mkdir()
    (tmp_path / "pyproject.toml").write_text((repository / "pyproject.toml").read_text())
    (tmp_path / "speechgen" / "__init__.py").write_text("from speechgen.store import load")
    assert "is lazy" in check.violations(tmp_path)[0]
