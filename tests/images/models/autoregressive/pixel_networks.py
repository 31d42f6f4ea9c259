"""What the tests of autoregressive image networks share: small sizes, all images, gradients."""

from __future__ import annotations

import itertools

import torch

# arguments that make each experiment's network small
SMALL = {
    "pixelcnn": {"blocks": 2, "channels": 12, "head_channels": 24, "first_kernel_size": 3},
    "gated_pixelcnn": {"blocks": 3, "channels": 12, "head_channels": 24, "first_kernel_size": 3},
    "pixelrnn_row": {"layers": 1, "hidden": 6, "head_channels": 24, "first_kernel_size": 3},
    "pixelrnn_diagonal": {"layers": 1, "hidden": 6, "head_channels": 24, "first_kernel_size": 3},
    "pixelcnnpp": {"layers": 1, "channels": 6, "scales": 2, "levels": 2},
}
EXPERIMENTS = tuple(SMALL)
MASKED = tuple(name for name in SMALL if name != "pixelcnnpp")  # a channel after another


def stirred(network):
    """In float64 and eval mode, with all weights moved, biases too."""
    network = network.double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return network


def all_images(shape, levels=2):
    """Every image of a shape: (image, channel, height, width) float64 in [0, 1]."""
    channel, height, width = shape
    values = [level / (levels - 1) for level in range(levels)]
    rows = list(itertools.product(values, repeat=channel * height * width))
    return torch.tensor(rows, dtype=torch.float64).view(-1, *shape)


def sensitivities(network, labels=None):
    """(group, place, value): |d params of a group at a place / d an input value|, in raster order.

    Of the grid that the layers see; places and values are numbered in the order in which values
    are drawn: row, column, channel. The params are weighted by random numbers, so that nothing
    cancels.
    """
    images = torch.rand(1, *network.grid_shape, dtype=torch.float64, requires_grad=True)
    params = network.params(images, labels)
    params = params * torch.randn_like(params[..., :1, :1])
    targets = params[0].sum(dim=0).flatten(1)  # (group, place)
    found = []
    for target in targets.flatten():
        (gradient,) = torch.autograd.grad(target, images, retain_graph=True)
        found.append(gradient[0].permute(1, 2, 0).flatten().abs())
    return torch.stack(found).view(*targets.shape, -1)
