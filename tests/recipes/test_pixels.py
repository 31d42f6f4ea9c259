"""The recipe of images: its tables name what exists; a small one runs from images to RESULTS."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from speechgen import registry
from speechgen.images.data.dataset import digits, save_images, split_images
from speechgen.training import compose
from speechgen.training.catalogue import experiments_by_model
from speechgen.training.datasets import data_settings
from speechgen.training.objectives import objective_settings
from speechgen.training.settings import RunSettings, from_mapping

ROOT = Path(__file__).resolve().parents[2]
TABLES = [
    ROOT / "egs" / "digits" / "local" / "models",
    *(ROOT / "egs" / "mnist" / "local" / how for how in ("dynamic", "static")),
]


def lines_of(table: Path) -> list[list[str]]:
    lines = (line.split() for line in table.read_text().splitlines())
    return [words for words in lines if words and not words[0].startswith("#")]


CASES = [
    pytest.param(words, id=f"{table.parts[-3]}-{table.name}-{words[0]}")
    for table in TABLES
    for words in lines_of(table)
]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    parts = split_images(digits().take(slice(160)), {"valid": 24, "test": 24}, seed=0)
    for name, part in parts.items():
        save_images(folder / f"{name}.npz", part)
    return folder


@pytest.mark.parametrize("words", CASES)
def test_lines_of_tables_are_settings_that_exist(words: list[str], images: Path) -> None:
    name, experiment, *own = words
    assert all("=" in word for word in own), name
    given = [f"experiment={experiment}", f"data.train={images / 'train.npz'}", "output=x",
             "data.binarise=dynamic", *(word.replace("@", "x/") for word in own)]  # fmt: skip
    settings = from_mapping(RunSettings, compose(given), "configuration")
    data = data_settings(settings.data)
    objective_settings(settings.objective, data.kind)
    size = data.size or 28
    arguments = {"image_shape": [data.channels or 1, size, size]} | settings.model.arguments
    with torch.device("meta"):
        registry.build(settings.model.name, arguments)


def test_the_digits_have_every_model_of_images() -> None:
    table = next(path for path in TABLES if "digits" in path.parts)
    there = {words[1] for words in lines_of(table)}
    for name, experiments in experiments_by_model().items():
        parameters = registry.constructor(name).__init__.__annotations__
        if "image_shape" in parameters and name != "dense_classifier":
            assert there & set(experiments), f"no line of {table} trains {name}"


@pytest.mark.slow
def test_a_small_table_from_images_to_results(images: Path, tmp_path: Path) -> None:
    table, exp = tmp_path / "models", tmp_path / "an exp"
    table.write_text(
        "# a table\nvae vae data.batch_size=8\n"
        "hopfield hopfield data.binarise=none\n"
        "dfc dfc_vae data.binarise=none objective.features_from=@classifier/model\n"
        "classifier classifier\n"
    )
    script = ROOT / "recipes" / "pixels" / "run.sh"
    words = ["--data-root", images, "--table", table, "--exp", exp, "--nj", "2", "--ngpu", "0"]
    words += ["--samples", "30", "--", "trainer.max_steps=3", "trainer.validation_items=8"]

    def run() -> str:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", str(script), *map(str, words)], env={**os.environ, "PATH": path},
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{shlex.join(map(str, words))}\n{done.stdout}{done.stderr}"
        return done.stdout

    output = run()
    text = (exp / "RESULTS.md").read_text()
    assert "importance sampling" in text and "Fréchet distance" in text and "| real |" in text
    shown = {path.name for path in (exp / "pixels" / "figures").glob("*.png")}
    assert {"vae_samples.png", "vae_interpolations.png", "hopfield_inpaintings.png"} <= shown
    assert run().count("done already") == output.count(" reads ")
