"""The strict first layer over symbols: a causal convolution of their embedding.

Mu-law symbols are one-hot vectors, whose convolution is a sum of table rows; the symbols of other
distributions are their values.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal.conv import CausalConv1d, History, delayed
from speechgen.causal.receptive_field import left_padding
from speechgen.likelihood import Likelihood

INITIAL_GAIN = 16.0  # of CausalScalars: speech of 0.06 makes about as much as the biases


class CausalEmbedding(nn.Module):
    """A strict :class:`CausalConv1d` over one-hot symbols, without the one-hot vectors.

    ``y[t] = sum over taps of table[tap, symbol[t - 1 - (kernel - 1 - tap)]]``; symbols before the
    beginning contribute nothing, as zeros would. Symbols are those of an ordered scale (mu-law
    values), so the table starts as a smooth function of the symbol: neighbours start with
    similar rows, and the network need not learn that first.
    """

    def __init__(self, classes: int, channels: int, kernel_size: int = 2) -> None:
        super().__init__()
        self.classes = classes
        self.kernel_size = kernel_size
        tables = [smooth_table(classes, channels) for _ in range(kernel_size)]
        self.weight = nn.Parameter(torch.stack(tables) * kernel_size**-0.5)  # (tap, class, channel)

    @property
    def none(self) -> int:
        """The symbol that stands for no sample."""
        return self.classes

    @property
    def receptive_field(self) -> int:
        """Number of past symbols seen."""
        return left_padding(self.kernel_size) + 1

    def forward(self, symbols: Tensor) -> Tensor:
        """(batch, time) long -> (batch, channel, time); position t sees symbols before t only."""
        time = symbols.shape[1]
        past = F.pad(symbols, (self.kernel_size, 0), value=self.none)
        taps = [past[:, tap : tap + time] for tap in range(self.kernel_size)]
        return summed_rows(self.weight, torch.stack(taps, dim=2)).transpose(1, 2)

    def initial_state(self, batch: int) -> History:
        """Before the beginning: the symbol that stands for none."""
        shape = (max(1, self.kernel_size - 1), batch)
        missing = torch.full(shape, self.none, dtype=torch.long, device=self.weight.device)
        return History(missing)

    def step(self, previous: Tensor, state: History) -> tuple[Tensor, History]:
        """One sample: symbols (batch,) of the step *before* -> (batch, channel).

        At the very first step there is no symbol before; give ``none`` there.
        """
        total = self._row(previous, self.kernel_size - 1)
        for tap in range(self.kernel_size - 1):
            total = total + self._row(state.ago(self.kernel_size - 1 - tap), tap)
        state.push(previous)
        return total, state

    def _row(self, symbols: Tensor, tap: int) -> Tensor:
        return F.embedding(symbols, F.pad(self.weight[tap], (0, 0, 0, 1)))

    def as_convolution(self) -> CausalConv1d:
        """The same map as a strict convolution of one-hot vectors (for checks; not for speed)."""
        taps, classes, channels = self.weight.shape
        conv = CausalConv1d(classes, channels, taps, strict=True, bias=False).to(self.weight)
        conv.weight.data.copy_(self.weight.detach().permute(2, 1, 0))
        return conv


def summed_rows(weight: Tensor, symbols: Tensor) -> Tensor:
    """The sum over taps of each tap's row: (tap, class, channel), (..., tap) -> (..., channel).

    A symbol that is the number of classes stands for none and adds nothing. One look-up for all
    taps: of its gradient, too, there is only one.
    """
    taps, classes, channels = weight.shape
    table = F.pad(weight.flatten(0, 1), (0, 0, 0, 1))
    first = classes * torch.arange(taps, device=symbols.device)
    places = torch.where(symbols < classes, symbols + first, taps * classes)
    rows = F.embedding_bag(places.reshape(-1, taps), table, mode="sum")
    return rows.view(*symbols.shape[:-1], channels)


class CausalScalars(nn.Module):
    """A strict causal convolution of the waveform values of symbols.

    ``y[t] = bias + sum over taps of weight[tap] value[t - 1 - (kernel - 1 - tap)]``, with zeros
    before the beginning. Speech is mostly small, so initial weights are large and the biases
    differ: the gates that follow then see each value through curves of many places and slopes.

    Parameters
    ----------
    likelihood
        Its symbols are taken, and decoded.
    channels
        Channels of the output.
    kernel_size
        Taps.
    """

    def __init__(self, likelihood: Likelihood, channels: int, kernel_size: int = 2) -> None:
        super().__init__()
        self.likelihood = likelihood
        self.kernel_size = kernel_size
        self.weight = nn.Parameter(torch.randn(kernel_size, 1, channels) * INITIAL_GAIN)
        self.bias = nn.Parameter(torch.randn(channels))

    @property
    def none(self) -> int | float:
        """The symbol that stands for no sample: that of the value 0."""
        return self.likelihood.encode(torch.zeros(())).item()

    @property
    def receptive_field(self) -> int:
        """Number of past symbols seen."""
        return left_padding(self.kernel_size) + 1

    def forward(self, symbols: Tensor) -> Tensor:
        """(batch, time) -> (batch, channel, time); position t sees symbols before t only."""
        values = self.likelihood.decode(symbols).to(self.weight.dtype).unsqueeze(2)
        taps = [delayed(values, self.kernel_size - tap) for tap in range(self.kernel_size)]
        return self._sum(taps).transpose(1, 2)

    def initial_state(self, batch: int) -> History:
        """Before the beginning: the symbol that stands for none."""
        silence = torch.zeros(max(1, self.kernel_size - 1), batch, device=self.weight.device)
        return History(self.likelihood.encode(silence))

    def step(self, previous: Tensor, state: History) -> tuple[Tensor, History]:
        """One sample: symbols (batch,) of the step *before* -> (batch, channel).

        At the very first step there is no symbol before; give ``none`` there.
        """
        symbols = [state.ago(self.kernel_size - 1 - tap) for tap in range(self.kernel_size - 1)]
        values = self.likelihood.decode(torch.stack([*symbols, previous])).to(self.weight.dtype)
        state.push(previous)
        return self._sum(list(values.unsqueeze(2))), state

    def _sum(self, taps: list[Tensor]) -> Tensor:
        """Values (..., 1) of every tap -> (..., channel); products, which autocast lets alone."""
        total = self.bias
        for value, weight in zip(taps, self.weight, strict=True):
            total = total + value * weight
        return total


def smooth_table(classes: int, channels: int, *, max_cycles: float = 4.0) -> Tensor:
    """(class, channel) of unit variance, each column a slow sinusoid of the class value.

    Phases and frequencies (up to ``max_cycles`` periods over the scale, the low ones oftenest) come
    from torch's generator, as all initial weights do.
    """
    value = torch.linspace(-1.0, 1.0, classes).unsqueeze(1)
    cycles = max_cycles * torch.rand(1, channels) ** 2
    phase = 2 * math.pi * torch.rand(1, channels)
    return math.sqrt(2.0) * torch.sin(math.pi * cycles * value + phase)
