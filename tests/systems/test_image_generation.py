"""A grid of samples from a trained network and its bits per dimension, written by a run."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.images.data.dataset import digits, save_images
from speechgen.images.sampling.pixels import sample_pixels
from speechgen.store import load_model
from speechgen.training import run
from speechgen.training.loop.metrics_log import read_metrics

EXPERIMENTS = ("gated_pixelcnn",)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    save_images(folder / "train.npz", digits().take(slice(300)))
    save_images(folder / "valid.npz", digits().take(slice(300, 310)))
    run([
        "experiment=gated_pixelcnn", f"data.train={folder / 'train.npz'}",
        f"data.valid={folder / 'valid.npz'}", f"output={folder / 'run'}", "trainer.max_steps=12",
        "trainer.validate_every_steps=12", "trainer.log_every_steps=1", "trainer.precision=32",
        "model.arguments={blocks: 2, channels: 8, head_channels: 8}",
        "objective.optimizer.warmup_steps=0", "objective.optimizer.learning_rate=2e-2",
    ])  # fmt: skip
    return folder / "run"


def values(folder, split, name):
    rows = read_metrics(folder / "metrics.csv")
    return [float(row["value"]) for row in rows if row["split"] == split and row["name"] == name]


def test_nats_fall_and_bits_per_dim_are_written(trained):
    nats = values(trained, "train", "nll_nats")
    assert sum(nats[-3:]) < 0.9 * sum(nats[:3])
    (held_out,), (bits,) = (
        values(trained, "valid", "nll_nats"),
        values(trained, "valid", "bits_per_dim"),
    )
    assert bits == pytest.approx(held_out / (64 * math.log(2)), rel=1e-5)


def test_a_picture_of_samples_is_written(trained):
    (picture,) = (trained / "samples").glob("*.png")
    from matplotlib.image import imread

    height, width = imread(picture).shape[:2]
    assert width == 2 * height  # four digits above four drawn ones


def test_the_stored_network_draws_a_grid(trained):
    network = load_model(trained / "model").model
    images = sample_pixels(network, 6, seed=0)
    assert images.shape == (6, 1, 8, 8)
    assert set(images.unique().tolist()) <= {0.0, 1.0}
    assert torch.equal(images, sample_pixels(network, 6, seed=0))
    assert not torch.equal(images[0], images[1])
