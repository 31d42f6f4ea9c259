"""SIGKILL at random moments of the set-up and of a recipe: the same command again mends it.

The set-up runs for real, from a folder of wheels in place of the network: setuptools as it is, the
other packages empty but for their names and versions.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.torture.running import contents

EMPTY = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
CPU = "class version:\n    cuda = None\n"


def killed(command: list[str], seconds: float, **settings: object) -> int:
    """Status of ``command`` when its process group is killed after so many seconds."""
    process = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        **settings,  # type: ignore[call-overload]
    )  # fmt: skip
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def well(command: list[str], **settings: object) -> str:
    """What ``command`` says; it must succeed."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, check=False, **settings
    )  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return str(done.stdout + done.stderr)


# ---------------------------------------------------------------------------- the set-up
def write_wheel(folder: Path, name: str, version: str, module: str = "") -> None:
    """A wheel with one module, ``module`` being its text."""
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{plain}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{plain}/__init__.py", module)
        wheel.writestr(f"{info}/METADATA", EMPTY.format(name=name, version=version))
        wheel.writestr(f"{info}/WHEEL", WHEEL)
        wheel.writestr(f"{info}/RECORD", "")


def pack_installed(folder: Path, name: str) -> None:
    """The wheel of a package of pure Python that is installed here."""
    found = importlib.metadata.distribution(name)
    with zipfile.ZipFile(folder / f"{name}-{found.version}-py3-none-any.whl", "w") as wheel:
        for file in found.files or []:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                wheel.write(str(found.locate_file(file)), str(file))


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Path:
    """A checkout as far as the set-up reads it, and the wheels it needs."""
    root, wheels = tmp_path / "a checkout", tmp_path / "wheels"
    (root / "speechgen").mkdir(parents=True)
    wheels.mkdir()
    shutil.copytree(repository / "tools", root / "tools")
    for name in ("pyproject.toml", "README.md", "speechgen/LICENSE", "speechgen/__init__.py"):
        shutil.copy(repository / name, root / name)
    for line in (root / "tools" / "constraints.txt").read_text().splitlines():
        name, equal, version = line.partition("==")
        if name == "torch":
            write_wheel(wheels, name, f"{version}+cpu", CPU)
        elif equal and name != "setuptools":
            write_wheel(wheels, name, version)
    pack_installed(wheels, "setuptools")
    for line in (root / "tools" / "setup.sh").read_text().splitlines():
        if line.startswith("triton_version="):
            write_wheel(wheels, "triton", line.partition("=")[2].split()[0])
    return root


@pytest.mark.torture
def test_the_set_up(checkout: Path) -> None:
    environment = {
        **os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout.parent / "wheels"),
        "PYTHON": os.path.realpath(sys.executable), "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_NO_COMPILE": "1",
    }  # fmt: skip
    kill_set_up(checkout, environment, int(os.environ.get("TORTURE_KILLS", 50)))


# A Python whose environments hold a copy of itself, and whose pip writes down what it is told.
POOR_PYTHON = """#!/usr/bin/env bash
case "$*" in
-m\\ venv*) mkdir -p "$3/bin"; sleep 0.02; cp "$0" "$3/bin/python" ;;
-m\\ pip*) for word; do sleep 0.003; echo "$word" >>"${0%/bin/*}/installed"; done ;;
*) cat >/dev/null </dev/null ;;
esac
"""


def test_the_set_up_with_a_poor_python(checkout: Path) -> None:
    python = checkout.parent / "python"
    python.write_text(POOR_PYTHON)
    python.chmod(0o755)
    kill_set_up(checkout, {**os.environ, "PYTHON": str(python)}, 6)


def kill_set_up(checkout: Path, environment: dict[str, str], kills: int) -> None:
    """Kill the set-up so often; each time the next call must make what an undisturbed one does."""
    command, venv = ["bash", "tools/setup.sh"], checkout / ".venv"
    settings = {"cwd": checkout, "env": environment}
    began = time.monotonic()
    well(command, **settings)
    seconds = time.monotonic() - began
    wanted, rng, struck = state_of(venv), random.Random(0), 0
    for _ in range(kills):
        shutil.rmtree(venv)
        struck += killed(command, rng.uniform(0, seconds), **settings) == -signal.SIGKILL
        well(command, **settings)
        assert state_of(venv) == wanted
        assert well(command, **settings) == ""
    assert struck


def state_of(venv: Path) -> dict[str, bytes]:
    """All files but compiled ones and lists of installed files, which name those."""
    return {
        name: content
        for name, content in contents(venv).items()
        if "__pycache__" not in name and not name.endswith("/RECORD")
    }


# ---------------------------------------------------------------------------- a recipe
TABLE = "rbm rbm data.batch_size=8 model.arguments.hidden_units=8\n"


@pytest.mark.torture
def test_a_recipe(repository: Path, tmp_path: Path) -> None:
    """From images to weights and results."""
    from speechgen.images.data.dataset import digits, save_images, split_images

    parts = split_images(digits().take(slice(160)), {"valid": 24, "test": 24}, seed=0)
    for name, part in parts.items():
        save_images(tmp_path / "images" / f"{name}.npz", part)
    (tmp_path / "table").write_text(TABLE)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    settings = {"env": {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}}

    def command(exp: Path) -> list[str]:
        words = ["--data-root", tmp_path / "images", "--table", tmp_path / "table"]
        words += ["--exp", exp, "--nj", "1", "--ngpu", "0", "--samples", "30"]
        words += ["--", "trainer.max_steps=6", "trainer.checkpoint_every_steps=2"]
        words += ["trainer.validation_items=8", "trainer.threads=1"]
        return ["bash", str(repository / "recipes" / "pixels" / "run.sh"), *map(str, words)]

    exp, rng = tmp_path / "an exp", random.Random(0)
    began = time.monotonic()
    well(command(exp), **settings)
    seconds = time.monotonic() - began
    wanted, struck = results_of(exp), 0
    for _ in range(int(os.environ.get("TORTURE_KILLS", 50))):
        shutil.rmtree(exp)
        struck += killed(command(exp), rng.uniform(0, seconds), **settings) == -signal.SIGKILL
        well(command(exp), **settings)
        found = results_of(exp)
        assert found.keys() == wanted.keys()
        assert [name for name in wanted if found[name] != wanted[name]] == []
    assert struck


def results_of(exp: Path) -> dict[str, object]:
    """Weights, pictures, and the numbers of results without those of the clock."""
    found: dict[str, object] = {}
    for name, content in contents(exp).items():
        if name.endswith((".safetensors", ".png")):
            found[name] = content
        elif "/results/" in name:
            values = json.loads(content)
            found[name] = {key: values[key] for key in values if key != "context"}
    assert found
    return found
