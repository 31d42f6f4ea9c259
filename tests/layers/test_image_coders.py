"""Perceptrons, labels, and strided coders that give odd images back in their own size."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ModelError
from speechgen.layers.image_coders import ImageDecoder, ResidualBlock, image_encoder, level_sizes
from speechgen.layers.labels import one_hot
from speechgen.layers.perceptron import ACTIVATIONS, perceptron


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 7, 5), (1, 1, 2), (1, 28, 28), (2, 13, 9)])
@pytest.mark.parametrize("blocks", [0, 1])
def test_coders_keep_any_size(shape: tuple[int, int, int], blocks: int) -> None:
    options = {"channels": (4, 6), "blocks": blocks}
    encoder = image_encoder(shape, 5, **options)
    decoder = ImageDecoder(5, shape, outputs=2 * shape[0], **options)
    features = encoder(torch.rand(2, *shape))
    assert features.shape == (2, 5)
    assert decoder(features).shape == (2, 2 * shape[0], *shape[1:])


def test_every_pixel_matters_and_every_pixel_is_reached() -> None:
    shape = (1, 7, 5)
    encoder, decoder = image_encoder(shape, 6), ImageDecoder(6, shape)
    image = torch.rand(1, *shape, requires_grad=True)
    out = decoder(encoder(image))
    (gradient,) = torch.autograd.grad(out.square().sum(), image)
    assert (gradient != 0).all()
    other = decoder(encoder(image + 0.5))
    assert (out != other).all()


def test_sides_are_halved_upwards() -> None:
    assert level_sizes((1, 28, 5), 3) == [(28, 5), (14, 3), (7, 2), (4, 1)]


def test_a_new_residual_block_changes_nothing() -> None:
    x = torch.randn(2, 3, 4, 4)
    assert torch.equal(ResidualBlock(3)(x), x)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_perceptrons_have_their_widths(activation: str) -> None:
    network = perceptron(6, (5, 4), 3, activation=activation)
    assert network(torch.randn(2, 7, 6)).shape == (2, 7, 3)
    assert sum(p.numel() for p in network.parameters()) == 7 * 5 + 6 * 4 + 5 * 3
    assert len(perceptron(6, (), 3)) == 1
    with pytest.raises(ValueError, match="swish"):
        perceptron(6, (5,), 3, activation="swish")


def test_labels_become_vectors_and_wrong_ones_are_named() -> None:
    assert one_hot(torch.tensor([1, 0]), 3).tolist() == [[0, 1, 0], [1, 0, 0]]
    with pytest.raises(ModelError, match="0 to 2"):
        one_hot(None, 3)
    for bad in ([3], [-1, 0]):
        with pytest.raises(ModelError, match="0 to 2"):
            one_hot(torch.tensor(bad), 3)
