"""Recurrent autoencoders of any number of rows, convolutional ones of any image size."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from speechgen.images.data.dataset import digits
from speechgen.images.training.reconstruction import ReconstructionObjective
from speechgen.training.loop.optimisation import OptimizerSettings

EXPERIMENTS = ("recurrent_autoencoder", "conv_autoencoder")


@pytest.mark.parametrize("height", [1, 3, 8, 13])
def test_any_height_in_and_out(configured: Any, height: int) -> None:
    network = configured("recurrent_autoencoder", image_shape=[2, 8, 5])
    images = torch.rand(3, 2, height, 5)
    codes = network.latents(images)
    assert codes.shape == (3, 32)
    back = network.decode(codes, height=height)
    assert back.shape == images.shape
    torch.testing.assert_close(network.reconstruct(images), back)


def test_padding_changes_neither_code_nor_rows(configured: Any) -> None:
    network = configured("recurrent_autoencoder", image_shape=[1, 8, 5])
    lengths = torch.tensor([4, 9, 1])
    rows = torch.rand(3, 9, 5)
    codes = network.encode_rows(rows, lengths)
    back = network.decode_rows(codes, lengths)
    assert back.shape == rows.shape
    for index, length in enumerate(lengths.tolist()):
        alone = rows[index : index + 1, :length]
        code = network.encode_rows(alone, lengths[index : index + 1])
        torch.testing.assert_close(codes[index : index + 1], code)
        torch.testing.assert_close(
            back[index : index + 1, :length],
            network.decode_rows(code, lengths[index : index + 1]),
        )
        assert not back[index, length:].any()


def test_every_row_that_counts_matters(configured: Any) -> None:
    network = configured("recurrent_autoencoder", image_shape=[1, 6, 5])
    images = torch.rand(1, 1, 6, 5, requires_grad=True)
    network.latents(images).square().sum().backward()
    assert (images.grad.abs().sum(-1) > 0).all()


def test_lengths_that_do_not_fit_are_refused(configured: Any) -> None:
    network = configured("recurrent_autoencoder", image_shape=[1, 6, 5])
    with pytest.raises(ValueError, match="do not fit"):
        network.encode_rows(torch.rand(2, 4, 5), torch.tensor([4, 5]))


def test_rows_learnt_by_heart_at_two_heights(configured: Any) -> None:
    network = configured("recurrent_autoencoder", image_shape=[1, 8, 8], hidden=64)
    whole = torch.from_numpy(digits().images[:8]).float() / 255
    batches = [{"image": whole[:4]}, {"image": whole[4:, :, 2:7]}]
    objective = ReconstructionObjective(
        network, optimizer=OptimizerSettings(name="adam", learning_rate=1e-2)
    )
    optimizer = objective.configure_optimizers()
    for _ in range(600):
        optimizer.zero_grad()
        torch.stack([objective.training_step(one, 0) for one in batches]).sum().backward()
        optimizer.step()
    with torch.no_grad():
        errors = [objective.validation_values(one)["mse"].item() for one in batches]
    assert max(errors) < 5e-3


def test_odd_heights_and_widths_convolve(configured: Any) -> None:
    for shape in ([1, 5, 8], [1, 9, 3]):
        network = configured("conv_autoencoder", image_shape=shape)
        images = torch.rand(2, *shape)
        assert network.decode(network.latents(images)).shape == images.shape
