"""Samples across a training: one fixed noise, a file with the step's number every N steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from speechgen.data.pictures import read_png
from speechgen.images.data.dataset import digits, save_images
from speechgen.store import load_model
from speechgen.training import run

EXPERIMENTS = ("dcgan",)


def train(folder: Path, steps: int) -> Path:
    if not (folder / "train.npz").exists():
        save_images(folder / "train.npz", digits().take(slice(64)))
    data = folder / "train.npz"
    return run(
        [
            "experiment=dcgan", f"data.train={data}", f"data.valid={data}", "data.batch_size=8",
            f"output={folder / 'run'}", "model.arguments.channels=4",
            "objective.discriminator.arguments={channels: 4}", "trainer.ema_decay=0",
            f"trainer.max_steps={steps}", "trainer.validate_every_steps=2",
            "trainer.validation_items=8", "trainer.accelerator=cpu",
        ]
    )  # fmt: skip


def test_a_grid_of_the_same_latents_every_n_steps(tmp_path: Path) -> None:
    model = train(tmp_path, 4)
    files = sorted((tmp_path / "run" / "samples").glob("*.png"))
    assert [path.stem.split("step")[1].lstrip("0") for path in files] == ["2", "4"]
    first, second = (read_png(path) for path in files)
    assert first.shape == second.shape == (1, 8 * 9 + 1, 8 * 9 + 1)
    assert not np.array_equal(first, second)  # the weights moved
    # the last file is what the trained model makes of the fixed latents: nothing else was drawn
    network = load_model(model).model.eval()
    with torch.no_grad():
        images = network.sample(64, generator=torch.Generator().manual_seed(0)).numpy()
    tiles = second[0, 1:, 1:].reshape(8, 9, 8, 9)[:, :8, :, :8].transpose(0, 2, 1, 3)
    assert np.abs(tiles.reshape(64, 8, 8) - images[:, 0]).max() < 1.0 / 255


def test_a_run_that_goes_on_keeps_its_files_and_latents(tmp_path: Path) -> None:
    train(tmp_path, 2)
    path = next((tmp_path / "run" / "samples").glob("*.png"))
    kept = path.read_bytes()
    train(tmp_path, 4)
    assert len(list((tmp_path / "run" / "samples").glob("*.png"))) == 2
    assert path.read_bytes() == kept
