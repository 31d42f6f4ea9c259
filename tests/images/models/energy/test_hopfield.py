"""Hopfield's network: rules, classes, clamped recall."""

from __future__ import annotations

import pytest
import torch

from speechgen.errors import ConfigError, ModelError
from speechgen.images.models.energy.hopfield import Hopfield, hebb, pseudo_inverse


def test_hebb_by_hand() -> None:
    patterns = torch.tensor([[1.0, 1.0, -1.0], [1.0, -1.0, -1.0]])
    expected = torch.tensor([[0.0, 0.0, -2.0], [0.0, 0.0, 0.0], [-2.0, 0.0, 0.0]]) / 3
    torch.testing.assert_close(hebb(patterns), expected)


def test_the_pseudo_inverse_keeps_patterns_that_are_much_alike() -> None:
    torch.manual_seed(0)
    first = torch.randn(60).sign()
    patterns = first.repeat(8, 1)
    for index in range(8):
        patterns[index, 5 * index : 5 * index + 5] *= -1
    network = Hopfield(image_shape=(1, 6, 10))
    network.store(patterns)
    assert torch.equal(network.recall(patterns), patterns)
    network.weight.copy_(hebb(patterns))
    assert not torch.equal(network.recall(patterns), patterns)
    weight = pseudo_inverse(patterns)
    assert torch.equal(weight, weight.T)
    assert not weight.diagonal().any()


def test_the_patterns_are_the_binarised_means_of_classes_over_all_batches() -> None:
    network = Hopfield(image_shape=(1, 1, 2), num_classes=3)
    first = torch.tensor([[1.0, 0.0], [0.8, 0.0], [0.1, 0.9]]).view(3, 1, 1, 2)
    network.observe(first, torch.tensor([0, 0, 2]))
    network.observe(torch.tensor([[0.0, 0.9], [0.3, 0.1]]).view(2, 1, 1, 2), torch.tensor([0, 2]))
    # class 0: (0.6, 0.3); class 2: (0.2, 0.5); class 1 was never seen
    assert network.patterns.tolist() == [[1.0, -1.0], [-1.0, -1.0]]
    with pytest.raises(ModelError, match="needs labels"):
        network.observe(first)


def test_inpainting_clamps_the_known_pixels_and_recalls_the_rest() -> None:
    torch.manual_seed(1)
    network = Hopfield(image_shape=(1, 8, 8))
    patterns = torch.randn(5, 64).sign()
    network.store(patterns)
    pictures = network.images(patterns)
    known = torch.ones(5, 1, 8, 8, dtype=torch.bool)
    known[:, :, :4] = False
    grey = pictures * 0.9 + 0.05  # what is known is bit-identical, not black and white
    made = network.inpaint(grey, known, generator=torch.Generator())
    assert torch.equal(made[known], grey[known])
    assert torch.equal(made[~known], pictures[~known])


def test_samples_are_minima() -> None:
    torch.manual_seed(1)
    network = Hopfield(image_shape=(1, 4, 4))
    network.store(torch.randn(2, 16).sign())
    states = network.states(network.sample(20, generator=torch.Generator().manual_seed(0)))
    energy = network.energy(states)
    for unit in range(16):
        flipped = states.clone()
        flipped[:, unit] *= -1
        assert (network.energy(flipped) >= energy - 1e-6).all()


def test_nonsense_is_refused() -> None:
    with pytest.raises(ConfigError, match="rule"):
        Hopfield(rule="none")
