"""Streaming causal convolutions: chunks of any length, past inputs as the state.

::

    forward(x)  ==  concatenation of the outputs of  stream(chunk, state)  over any cutting of x

``forward`` is ``stream`` from the initial state, nothing else. States are tensors of the last
``(kernel - 1) * dilation`` inputs, or tuples of the states of parts; none is changed in place.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.causal.receptive_field import left_padding
from speechgen.errors import ConfigError

Chunk = Float[Tensor, "batch channel time"]
Outputs = Float[Tensor, "batch out_channel out_time"]


class ChunkedConv1d(nn.Module):
    """A causal dilated convolution over chunks.

    Parameters
    ----------
    in_channels, out_channels
        Channels.
    kernel_size, dilation
        Taps, the last of which is the present input, and their distance.
    gain
        Factor of the initial weights, which have unit gain.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        *,
        dilation: int = 1,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        if min(in_channels, out_channels, kernel_size, dilation) < 1:
            raise ConfigError(
                "a causal convolution needs channels, kernel size and dilation of 1 or more, got "
                f"{in_channels}, {out_channels}, {kernel_size}, {dilation}"
            )
        self.dilation = dilation
        self.kept = left_padding(kernel_size, dilation)
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        nn.init.normal_(self.weight, std=gain * (in_channels * kernel_size) ** -0.5)

    def initial_state(self, batch: int) -> Tensor:
        """The state after zeros only."""
        return self.weight.new_zeros(batch, self.weight.shape[1], self.kept)

    def stream(self, x: Chunk, state: Tensor) -> tuple[Outputs, Tensor]:
        """The outputs of the next inputs, as many as those, and the state after them."""
        context = torch.cat([state, x], dim=2) if self.kept else x
        y = F.conv1d(context, self.weight, self.bias, dilation=self.dilation)
        return y, context[:, :, context.shape[2] - self.kept :]

    def forward(self, x: Chunk) -> Outputs:
        """A whole sequence, with zeros before it."""
        return self.stream(x, self.initial_state(x.shape[0]))[0]


class ChunkedUpsample(nn.Module):
    """``factor`` outputs for each input, from it and the input before it.

    A transposed convolution with a kernel of ``2 * factor`` whose tail, after the last input's own
    outputs, is left for the next chunk::

        inputs            x0          x1          x2
        outputs       [y0 .. y3]  [y4 .. y7]  [y8 .. y11]     factor 4
        from             0, x0       x0, x1      x1, x2
    """

    def __init__(
        self, in_channels: int, out_channels: int, factor: int, *, gain: float = 1.0
    ) -> None:
        super().__init__()
        if factor < 1:
            raise ConfigError(f"factor must be 1 or more, not {factor}")
        self.factor = factor
        self.conv = ChunkedConv1d(in_channels, out_channels * factor, 2, gain=gain)

    def initial_state(self, batch: int) -> Tensor:
        """The state after zeros only."""
        return self.conv.initial_state(batch)

    def stream(self, x: Chunk, state: Tensor) -> tuple[Outputs, Tensor]:
        """(batch, channel, n) -> (batch, out channel, n * factor), and the state after."""
        y, state = self.conv.stream(x, state)
        y = y.unflatten(1, (-1, self.factor)).transpose(2, 3)  # (batch, channel, n, factor)
        return y.flatten(2), state


class ChunkedResidual(nn.Module):
    """``x + conv 1 (f(conv k (f(x))))`` over chunks, with an activation ``f`` of each entry.

    Parameters
    ----------
    channels
        Width.
    before, between
        Modules that keep shapes and work on each time step alone.
    kernel_size, dilation
        Of the first convolution.
    """

    def __init__(
        self,
        channels: int,
        before: nn.Module,
        between: nn.Module,
        *,
        kernel_size: int = 3,
        dilation: int = 1,
    ) -> None:
        super().__init__()
        self.before, self.between = before, between
        self.wide = ChunkedConv1d(channels, channels, kernel_size, dilation=dilation)
        self.last = ChunkedConv1d(channels, channels, 1, gain=0.3)

    def initial_state(self, batch: int) -> Tensor:
        """The state after zeros only."""
        return self.wide.initial_state(batch)

    def stream(self, x: Chunk, state: Tensor) -> tuple[Outputs, Tensor]:
        """As many outputs as inputs, and the state after."""
        y, state = self.wide.stream(self.before(x), state)
        return x + self.last(self.between(y)), state


class ChunkedChain(nn.ModuleList):
    """Chunked modules one after the other; the state is the tuple of theirs."""

    def initial_state(self, batch: int) -> tuple[Any, ...]:
        """Of all parts."""
        return tuple(part.initial_state(batch) for part in self)  # type: ignore[operator]

    def stream(self, x: Chunk, state: tuple[Any, ...]) -> tuple[Outputs, tuple[Any, ...]]:
        """Through all parts in order."""
        after = []
        for part, one in zip(self, state, strict=True):
            x, one = part.stream(x, one)  # type: ignore[operator]
            after.append(one)
        return x, tuple(after)
