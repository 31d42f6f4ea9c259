"""Past symbols a pitch period ago, as an input beside the last ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from speechgen.causal.conv import History
from speechgen.causal.embedding import INITIAL_GAIN, smooth_table, summed_rows
from speechgen.likelihood import Likelihood, MuLawCategorical


class LaggedInput(nn.Module):
    """A strict convolution of the symbols around the time t - lag(t).

    ``y[t] = sum over taps of table[tap, symbol[t - lag[t] + tap - kernel // 2]]``. With the pitch
    period for a lag the network sees the same place of the last period, however long that is, which
    is what pitch-dependent dilation is for (quasi-periodic WaveNet, arXiv:1907.00797, section 3.2).
    Where the lag is 0, and before the beginning, it adds nothing.

    Parameters
    ----------
    likelihood
        Of the symbols: rows of a table for classes, plain values for everything else.
    channels
        Channels of the output.
    kernel_size
        Taps, an odd number; the middle one lies ``lag`` samples back.
    max_lag
        The longest lag, in samples.
    """

    def __init__(
        self, likelihood: Likelihood, channels: int, kernel_size: int, max_lag: int
    ) -> None:
        super().__init__()
        self.likelihood = likelihood
        self.kernel_size = kernel_size
        self.min_lag, self.max_lag = kernel_size // 2 + 1, max_lag
        if isinstance(likelihood, MuLawCategorical):
            tables = [smooth_table(likelihood.classes, channels) for _ in range(kernel_size)]
            initial = torch.stack(tables) * kernel_size**-0.5
        else:
            initial = torch.randn(kernel_size, 1, channels) * INITIAL_GAIN * kernel_size**-0.5
        self.weight = nn.Parameter(initial)  # (tap, class or 1, channel)

    @property
    def classes(self) -> bool:
        """Whether symbols are classes."""
        return isinstance(self.likelihood, MuLawCategorical)

    @property
    def memory_samples(self) -> int:
        """Past symbols that may be looked at."""
        return self.max_lag + self.kernel_size // 2

    def delays(self, lags: Tensor) -> Tensor:
        """How many samples ago each tap looks: (..., tap), for lags (...) above 0."""
        taps = torch.arange(self.kernel_size, device=lags.device)
        return lags.unsqueeze(-1) + (self.kernel_size // 2 - taps)

    def forward(self, symbols: Tensor, lags: Tensor) -> Tensor:
        """Whole sequences.

        Parameters
        ----------
        symbols
            (batch, time).
        lags
            (batch, time) long: 0, or ``min_lag`` to ``max_lag``.

        Returns
        -------
        Tensor
            (batch, channel, time); position t sees symbols before t only.
        """
        time = torch.arange(symbols.shape[1], device=symbols.device).unsqueeze(1)
        places = time - self.delays(lags)  # (batch, time, tap)
        there = (places >= 0) & (lags > 0).unsqueeze(2)
        places = torch.where(there, places, torch.zeros_like(places))
        found = symbols.gather(1, places.flatten(1)).view(places.shape)
        return self._sum(found, there).transpose(1, 2)

    def initial_state(self, batch: int) -> History:
        """Before the beginning: the class after the last one, which stands for none, or silence."""
        silence = torch.zeros(self.memory_samples, batch, device=self.weight.device)
        symbols = self.likelihood.encode(silence)
        return History(torch.full_like(symbols, self.weight.shape[1]) if self.classes else symbols)

    def step(self, state: History, lags: Tensor) -> Tensor:
        """One sample: (batch,) lags -> (batch, channel).

        ``state`` holds the past symbols, that of the sample before among them.
        """
        count = len(state.slots)
        there = (lags > 0).unsqueeze(1).expand(-1, self.kernel_size)
        places = (state.position - self.delays(lags)) % count  # (batch, tap)
        rows = torch.arange(len(lags), device=lags.device).unsqueeze(1)
        return self._sum(state.slots[places, rows], there)

    def _sum(self, found: Tensor, there: Tensor) -> Tensor:
        """Symbols (..., tap), and whether they count -> (..., channel)."""
        if self.classes:
            found = torch.where(there, found, self.weight.shape[1])
            return summed_rows(self.weight, found)
        values = self.likelihood.decode(found).to(self.weight.dtype) * there
        total: Tensor | float = 0.0
        for tap, weight in enumerate(self.weight):
            total = total + values[..., tap, None] * weight
        assert isinstance(total, Tensor)
        return total
