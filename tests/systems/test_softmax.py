"""The softmax over classes: probabilities sum to 1, and uniform logits cost log K nats."""

from __future__ import annotations

import math

import pytest
import torch

from speechgen.likelihood import MuLawCategorical, PixelLevels

EXPERIMENTS = ("gated_pixelcnn", "wavenet_mel")


@pytest.mark.parametrize("classes", [2, 17, 256])
def test_uniform_logits_cost_log_k(classes):
    images = torch.randint(0, classes, (2, 1, 3, 3)) / (classes - 1)
    nats = PixelLevels(classes).log_prob(torch.full((2, classes, 1, 3, 3), 7.0), images)
    torch.testing.assert_close(nats, torch.full((2, 1, 3, 3), -math.log(classes)))
    symbols = torch.randint(0, classes, (2, 5))
    nats = MuLawCategorical(classes).log_prob(torch.zeros(2, classes, 5), symbols)
    torch.testing.assert_close(nats, torch.full((2, 5), -math.log(classes)))


def test_probabilities_of_the_levels_sum_to_one(configured):
    network = configured(
        "gated_pixelcnn",
        image_shape=[3, 2, 2],
        output="categorical",
        levels=9,
        blocks=2,
        channels=6,
    ).double()
    images = torch.randint(0, 9, (4, 3, 2, 2)).double() / 8
    params = network.params(images)
    every = torch.linspace(0, 1, 9).double()
    masses = [network.likelihood.log_prob(params, images * 0 + value).exp() for value in every]
    torch.testing.assert_close(sum(masses), torch.ones_like(images))
    cross_entropy = torch.nn.functional.cross_entropy(params, (images * 8).round().long())
    torch.testing.assert_close(-network.likelihood.log_prob(params, images).mean(), cross_entropy)


def test_probabilities_of_the_classes_of_a_sample_sum_to_one(configured):
    sizes = {"residual_channels": 4, "gate_channels": 4, "skip_channels": 8, "classes": 11}
    network = configured("wavenet_mel", stacks=1, layers_per_stack=2, **sizes).double()
    params = network(torch.randint(0, 11, (2, 9)))
    every = torch.arange(11)
    masses = [network.likelihood.log_prob(params, every[k].expand(2, 9)).exp() for k in range(11)]
    torch.testing.assert_close(sum(masses), torch.ones(2, 9, dtype=torch.float64))
