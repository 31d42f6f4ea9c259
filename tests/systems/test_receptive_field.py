"""Dilations make the receptive field grow: (k - 1) sum(dilations) + 1, as the gradient finds it."""

from __future__ import annotations

import pytest
import torch

from speechgen.causal import stacked_receptive_field
from tests.images.models.autoregressive.pixel_networks import stirred

EXPERIMENTS = ("wavenet_mel",)


@pytest.mark.parametrize(("kernel", "stacks", "layers"), [(2, 1, 5), (2, 2, 3), (3, 1, 4)])
def test_the_formula_is_the_support_of_the_gradient(configured, kernel, stacks, layers):
    network = stirred(configured(
        "wavenet_mel", kernel_size=kernel, stacks=stacks, layers_per_stack=layers, classes=4,
        residual_channels=6, gate_channels=12, skip_channels=24,
    ))  # fmt: skip
    dilations = [2**layer for layer in range(layers)] * stacks
    wanted = (kernel - 1) * sum([1, *dilations]) + 1  # the strict first layer has dilation 1
    assert network.receptive_field == wanted
    assert stacked_receptive_field([kernel] * len(dilations), dilations) == wanted - (kernel - 1)
    time = wanted + 5
    x = torch.randn(1, 6, time, dtype=torch.float64, requires_grad=True)
    skips = network.stack(x, None)
    (gradient,) = torch.autograd.grad(skips[0, :, -1].sum(), x)
    seen = torch.nonzero(gradient[0].abs().sum(dim=0)).flatten()
    assert seen.tolist() == list(range(time - (wanted - (kernel - 1)), time))


def test_doubling_dilations_reach_a_second_with_few_layers():
    """Fourteen layers of kernel 2 see 16,384 samples; without dilation they would see 15."""
    assert stacked_receptive_field([2] * 14, [2**layer for layer in range(14)]) == 16384
    assert stacked_receptive_field([2] * 14, [1] * 14) == 15
