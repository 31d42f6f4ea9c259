"""PixelCNN: convolutions made causal by masks, with the blind spot that two gated stacks mend."""

from __future__ import annotations

import pytest
import torch

from tests.images.models.autoregressive.pixel_networks import (
    SMALL,
    all_images,
    sensitivities,
    stirred,
)

EXPERIMENTS = ("pixelcnn", "gated_pixelcnn")


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_images_sum_to_one_and_nothing_later_is_seen(configured, experiment):
    network = stirred(configured(experiment, image_shape=[1, 3, 3], **SMALL[experiment]))
    with torch.no_grad():
        total = network.log_prob(all_images((1, 3, 3))).exp().sum().item()
    assert total == pytest.approx(1.0, abs=1e-9)
    assert torch.all(torch.triu(sensitivities(network)[0]) == 0.0)


def support(configured, experiment):
    """(height, width) bool: what the pixel (6, 2) of a 7 x 7 image sees through many layers."""
    arguments = SMALL[experiment] | {"blocks": 8, "channels": 16}
    network = stirred(configured(experiment, image_shape=[1, 7, 7], **arguments))
    return (sensitivities(network)[0, 6 * 7 + 2] > 0).view(7, 7)


def test_two_stacks_leave_no_blind_spot(configured):
    assert support(configured, "gated_pixelcnn").flatten()[: 6 * 7 + 2].all()


def test_masked_convolutions_leave_a_wedge_on_the_right(configured):
    """Each layer goes one row up for every column to the right (arXiv:1606.05328, figure 1)."""
    seen = support(configured, "pixelcnn")
    for row in range(6):
        reached = 2 + (6 - row)
        assert seen[row, : reached + 1].all()
        assert not seen[row, reached + 1 :].any()
    assert seen[6, :2].all()
