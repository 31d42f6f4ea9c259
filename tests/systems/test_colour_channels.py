"""Colour channels in order: p(R) p(G | R) p(B | R, G), by the Jacobian within one pixel."""

from __future__ import annotations

import pytest
import torch

from tests.images.models.autoregressive.pixel_networks import MASKED, SMALL, sensitivities, stirred

EXPERIMENTS = (*MASKED, "pixelcnnpp")


@pytest.mark.parametrize("experiment", MASKED)
def test_logits_see_the_channels_before_their_own(configured, experiment):
    arguments = SMALL[experiment] | {"output": "categorical", "levels": 4, "head_channels": 60}
    network = stirred(configured(experiment, image_shape=[3, 2, 3], **arguments))
    # (channel, place, value); several images, as a ReLU may be shut in one of them
    seen = sum(sensitivities(network) for _ in range(4))
    for place in range(6):
        jacobian = seen[:, place, 3 * place : 3 * place + 3]
        assert torch.equal(jacobian > 0, torch.ones(3, 3).tril(-1).bool())
        assert torch.all(seen[:, place, 3 * place + 3 :] == 0.0)
        if place:
            assert (seen[:, place, : 3 * place].view(3, place, 3) > 0).any(dim=1).all()


def test_a_mixture_couples_the_channels_in_the_same_order(configured):
    """The network sees nothing of the pixel; log p(channel) does, through the couplings."""
    network = configured("pixelcnnpp", image_shape=[3, 2, 2], layers=1, channels=6)
    network = stirred(network)
    assert torch.all(sensitivities(network)[0, 3, 9:] == 0.0)
    images = torch.rand(2, 3, 2, 2, dtype=torch.float64)
    params = network.params(images).detach()
    nats = network.likelihood.log_prob(params, images)
    for channel in range(3):
        other = images.clone()
        other[:, channel] = 1 - other[:, channel]
        changed = (network.likelihood.log_prob(params, other) != nats).flatten(2).all(dim=2)
        assert changed.tolist() == [[before >= channel for before in range(3)]] * 2
