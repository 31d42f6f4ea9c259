"""The wheel works away from the checkout: command, configurations, licence, types, models."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that the checkout gets no build folder."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    shutil.copytree(
        repository / "speechgen", source / "speechgen", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md"):
        if (repository / name).is_file():
            shutil.copy(repository / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(source)], check=True)
    (built,) = folder.glob("speechgen-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's contents, as an installation lays them out."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    subprocess.run([*command, "--target", str(target), str(wheel)], check=True)
    return target


def _python(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python from another folder with the installed package and no ``.pth`` file (-S)."""
    path = os.pathsep.join([str(installed), sysconfig.get_paths()["purelib"]])
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "100"},
        cwd=installed.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_of_the_package_is_in_it_and_nothing_else(wheel: Path, repository: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if not name.startswith("speechgen-")}
    package = repository / "speechgen"
    wanted = {
        path.relative_to(repository).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert packed == wanted
    assert {"speechgen/LICENSE", "speechgen/py.typed", "speechgen/conf/train.yaml"} <= packed


def test_metadata_names_licence_and_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        texts = {Path(name).name: archive.read(name).decode() for name in archive.namelist()
                 if ".dist-info/" in name}  # fmt: skip
    assert "License-Expression: MIT" in texts["METADATA"]
    assert "Permission is hereby granted" in texts["LICENSE"]
    assert "speechgen = speechgen.cli:main" in texts["entry_points.txt"]
    needed = [line for line in texts["METADATA"].splitlines() if line.startswith("Requires-Dist")]
    (espeak,) = [line for line in needed if "espeak" in line]
    assert 'extra == "mini"' in espeak, "what is under the GPL stays in an extra of its own"


def test_the_command_runs_away_from_the_checkout(installed: Path) -> None:
    result = _python(installed, "-m", "speechgen", "--help")
    assert result.returncode == 0, result.stderr
    for verb in ("prepare", "train", "synthesize", "enhance", "embed", "score"):
        assert verb in result.stdout
    result = _python(installed, "-m", "speechgen", "info", "nowhere")
    assert result.returncode != 0
    assert "Traceback" not in result.stderr


def test_every_packaged_experiment_composes(installed: Path) -> None:
    code = """
from pathlib import Path
import speechgen, hydra
folder = Path(speechgen.__file__).parent
assert folder.parent == Path({site!r}), folder
names = sorted(path.stem for path in (folder / "conf" / "experiment").glob("*.yaml"))
with hydra.initialize_config_module("speechgen.conf", version_base="1.3"):
    for name in names:
        config = hydra.compose("train", overrides=["experiment=" + name])
        assert config.model.name in speechgen_names(), name
print(len(names))
""".replace("speechgen_names()", "__import__('speechgen.registry').registry.ENTRIES")
    result = _python(installed, "-c", code.format(site=str(installed)))
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= 6


def test_shipped_models_load_from_the_wheel(installed: Path, repository: Path) -> None:
    code = "\n".join(
        [
            "import speechgen, speechgen.store as store",
            "for name in store.shipped_models():",
            "    speechgen.load(name); print(name)",
        ]
    )
    result = _python(installed, "-c", code)
    assert result.returncode == 0, result.stderr
    shipped = repository / "speechgen" / "store" / "shipped"
    expected = sorted(path.name for path in shipped.iterdir()) if shipped.is_dir() else []
    assert result.stdout.split() == expected
