"""The rules of the house are kept, and each check would notice if not."""

from __future__ import annotations

import importlib
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

Check = Callable[[Path], list[str]]


@pytest.fixture(scope="module")
def violations(repository: Path) -> Callable[[Path], list[str]]:
    """``violations(root)``, of tools/check_layers.py."""
    sys.path.insert(0, str(repository / "tools"))
    try:
        return importlib.import_module("check_layers").violations
    finally:
        sys.path.pop(0)


@pytest.fixture
def house(repository: Path, tmp_path: Path) -> Path:
    """A folder with nothing but the rules in it."""
    shutil.copy(repository / "pyproject.toml", tmp_path)
    return tmp_path


def write(path: Path, code: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)


def test_the_package_keeps_the_rules(violations: Check, repository: Path) -> None:
    assert violations(repository) == []


def test_every_room_has_a_floor_and_says_what_it_is(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())
    floors = [room for floor in project["tool"]["speechgen"]["layers"]["floors"] for room in floor]
    assert len(floors) == len(set(floors))
    package = repository / "speechgen"
    for entry in package.iterdir():
        if entry.is_dir() and any(entry.rglob("*.py")):
            assert entry.name in floors
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
    violations: Check, house: Path, room: str, code: str, complaint: str | None
) -> None:
    write(house / "speechgen" / room / "thing.py", code)
    found = violations(house)
    if complaint is None:
        assert found == []
    else:
        assert len(found) == 1
        assert complaint in found[0]
        assert found[0].startswith(f"speechgen/{room}/thing.py:")


def test_the_package_itself_imports_no_room(violations: Check, house: Path) -> None:
    write(house / "speechgen" / "__init__.py", "from speechgen.store import load")
    assert "is lazy" in violations(house)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("from speechgen.data.two import f", "from speechgen.data.one import g"),
        ("from speechgen.data import two", "def f():\n    from speechgen.data import one"),
        ("import speechgen.data.two", "if TYPE_CHECKING:\n    from .one import g"),
        ("from speechgen.data.two import f", "from speechgen.data import three"),
    ],
    ids=["names", "inside a function", "for types only", "by way of a third"],
)
def test_circles_between_files_are_seen(
    violations: Check, house: Path, one: str, other: str
) -> None:
    write(house / "speechgen/data/one.py", "import os\n" + one)
    write(house / "speechgen/data/two.py", other)
    write(house / "speechgen/data/three.py", "from speechgen.data.one import g")
    write(house / "speechgen/data/outside.py", "from speechgen.data import one, two")
    (found,) = violations(house)
    assert found.startswith("speechgen/data/")
    assert "import circle" in found
    assert "speechgen.data.one" in found
    assert "outside" not in found


def test_a_package_that_gathers_its_files_is_in_no_circle(violations: Check, house: Path) -> None:
    write(house / "speechgen/data/__init__.py", "from speechgen.data.one import f")
    write(house / "speechgen/data/one.py", "from speechgen.data.two import f")
    write(house / "speechgen/data/two.py", "")
    assert violations(house) == []
    write(house / "speechgen/data/two.py", "from speechgen.data import f")
    assert "import circle" in violations(house)[0]


@pytest.mark.parametrize(
    "folder", ["speechgen/data", "tests/data", "tools", "recipes/lib", "egs/x"]
)
@pytest.mark.parametrize("suffix", [".py", ".sh"])
def test_a_file_of_401_lines_is_too_long(
    violations: Check, house: Path, folder: str, suffix: str
) -> None:
    path = f"{folder}/long{suffix}"
    write(house / path, "# line\n" * 400)
    assert violations(house) == []
    write(house / path, "# line\n" * 401)
    assert [line.partition(";")[0] for line in violations(house)] == [
        f"{path}:401: has 401 lines, 400 at most"
    ]


@pytest.mark.parametrize(
    ("one", "other", "twins"),
    [
        ("data/kaldi/rows.py", "data/rows.py", True),
        ("data/kaldi/rows.py", "data/corpora/rows.py", True),
        ("training/rows.py", "training/rows/__init__.py", True),
        ("images/models/gan/deep/rows.py", "images/models/gan/rows.py", True),
        ("images/training/deep/rows.py", "images/training/rows.py", True),
        ("data/kaldi/rows.py", "metrics/rows.py", False),
        ("models/segan/rows.py", "models/wavenet/rows.py", False),
        ("images/models/gan/rows.py", "images/models/vae/rows.py", False),
        ("images/training/rows.py", "images/data/rows.py", False),
        ("data/kaldi/__init__.py", "data/corpora/__init__.py", False),
    ],
)
def test_no_module_name_stands_twice_in_a_family(
    violations: Check, house: Path, one: str, other: str, twins: bool
) -> None:
    for path in (one, other):
        write(house / "speechgen" / path, "")
    found = violations(house)
    assert len(found) == twins
    if twins:
        assert "named rows too" in found[0]
