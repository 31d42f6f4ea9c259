"""Strict causality: no params depend on the value they describe or on later ones, by gradient."""

from __future__ import annotations

import pytest
import torch

from tests.images.models.autoregressive.pixel_networks import SMALL, sensitivities, stirred

EXPERIMENTS = (*SMALL, "wavenet_mel")


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("experiment", list(SMALL))
def test_nothing_of_the_present_or_the_future_is_seen(configured, experiment, training):
    network = stirred(configured(experiment, image_shape=[1, 5, 6], **SMALL[experiment]))
    seen = sensitivities(network.train(training))[0]
    assert torch.all(torch.triu(seen) == 0.0)  # exactly
    assert (seen > 0).sum(dim=1)[1:].min() > 0  # every pixel but the first sees some before it


@pytest.mark.parametrize("training", [False, True])
def test_of_a_wave_too(configured, training):
    sizes = {"residual_channels": 6, "gate_channels": 8, "skip_channels": 32}
    network = stirred(configured("wavenet_mel", stacks=1, layers_per_stack=3, classes=5, **sizes))
    network.train(training)
    symbols = torch.randint(0, 5, (1, 20))
    one_hot = network.likelihood.embed(symbols).double().requires_grad_()
    x = network.embedding.as_convolution()(one_hot)
    skips = network.stack(x, None)
    params = network.head(skips.transpose(1, 2)).sum(dim=2)[0]
    assert torch.allclose(params, network(symbols).sum(dim=1)[0])  # it is the same network
    for place in range(20):
        (gradient,) = torch.autograd.grad(params[place], one_hot, retain_graph=True)
        seen = gradient[0].abs().sum(dim=0)
        assert torch.all(seen[place:] == 0.0)
        assert place == 0 or seen[place - 1] > 0
