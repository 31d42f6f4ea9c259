"""Streaming convolutions of one sequence, as a graph takes them: the state beside the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.causal.convnext import ChunkedConvNeXt
from speechgen.causal.streaming_conv import ChunkedConv1d
from speechgen.export.graph import Port


def chunked(
    layer: ChunkedConv1d | ChunkedConvNeXt, x: Tensor, state: Tensor, *modulation: Tensor
) -> tuple[Tensor, Tensor]:
    """``layer.stream`` of (1, channel, time), whatever the length, by the one way of computing."""
    context = torch.cat([state, x], dim=2)
    after = context[:, :, context.shape[2] - layer.kept :]
    if isinstance(layer, ChunkedConv1d):
        y = F.conv1d(context, layer.weight, layer.bias, dilation=layer.dilation)
        return y, after
    convolved = F.conv1d(context, layer.depthwise, groups=len(layer.scale))
    return x + layer.added(convolved, *modulation), after


def through(
    layers: Sequence[Any], x: Tensor, states: Sequence[Tensor], modulations: Sequence[Tensor] = ()
) -> tuple[Tensor, list[Tensor]]:
    """One layer after the other, from the second on each with its modulation, if there are any."""
    after = []
    told = [(), *((one,) for one in modulations)] if modulations else [()] * len(layers)
    for layer, state, modulation in zip(layers, states, told, strict=True):
        x, past = chunked(layer, x, state, *modulation)
        after.append(past)
    return x, after


def ports(name: str, layers: Sequence[Any]) -> list[Port]:
    """The states of ``layers``."""
    return [
        Port(f"{name}_{number}", tuple(layer.initial_state(1).shape), "past of a convolution")
        for number, layer in enumerate(layers)
    ]
