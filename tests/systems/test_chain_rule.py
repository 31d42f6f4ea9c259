"""The chain rule p(x) = prod p(x_i | x_<i) in raster order: all images together have probability 1.

Any weights will do, since every factor is a distribution and sees only what comes before it.
"""

from __future__ import annotations

import pytest
import torch

from tests.images.models.autoregressive.pixel_networks import SMALL, all_images, stirred

EXPERIMENTS = (*SMALL, "wavenet_mel")


@pytest.mark.parametrize("shape", [(1, 2, 3), (1, 3, 3), (3, 1, 2)])
@pytest.mark.parametrize("experiment", list(SMALL))
def test_all_black_and_white_images_sum_to_one(configured, experiment, shape):
    network = stirred(configured(experiment, image_shape=shape, **SMALL[experiment]))
    with torch.no_grad():
        nats = network.log_prob(all_images(shape))
    assert nats.exp().sum().item() == pytest.approx(1.0, abs=1e-9)
    assert nats.std() > 0.01  # they are not all equally probable


@pytest.mark.parametrize(("experiment", "output"), [
    ("gated_pixelcnn", "categorical"), ("pixelrnn_row", "categorical"),
    ("pixelcnn", "logistic_mixture"), ("pixelcnnpp", "logistic_mixture"),
])  # fmt: skip
def test_all_colours_of_a_pixel_and_all_labels(configured, experiment, output):
    arguments = SMALL[experiment] | {"output": output, "levels": 3, "num_classes": 2}
    network = stirred(configured(experiment, image_shape=[3, 1, 1], **arguments))
    images = all_images((3, 1, 1), levels=3)
    with torch.no_grad():
        for label in (0, 1):
            nats = network.log_prob(images, torch.full((27,), label))
            assert nats.exp().sum().item() == pytest.approx(1.0, abs=1e-9)


def test_all_short_sequences_of_wavenet_sum_to_one(configured):
    sizes = {"residual_channels": 4, "gate_channels": 4, "skip_channels": 8}
    network = stirred(configured("wavenet_mel", stacks=1, layers_per_stack=2, classes=4, **sizes))
    sequences = torch.cartesian_prod(*[torch.arange(4)] * 4)
    with torch.no_grad():
        nats = network.likelihood.log_prob(network(sequences), sequences).sum(dim=1)
    assert nats.exp().sum().item() == pytest.approx(1.0, abs=1e-9)
