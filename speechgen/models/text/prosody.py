"""How long, how high and how loud each symbol is, drawn one after the other.

::

    encoded symbol --------------.
    values of the symbol before --+--> GRU --> is it there, normal distribution of each value

A normal distribution of every value, given those before: A. Graves, "Generating sequences with
recurrent neural networks", arXiv:1308.0850, section 4, with one component; a temperature scales the
deviations, so that 0 gives the means.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: log-duration (frames), log-F0, loudness
VALUES = 3
_INPUTS = VALUES + 1
_NOISE = 0.1  # of the values before, in training
LEAST_LOG_DEVIATION = -3.0


class SymbolProsody(nn.Module):
    """Values of the symbols of an utterance.

    Parameters
    ----------
    channels
        Of the encoded symbols.
    recurrent_channels
        Of the GRU.
    """

    def __init__(self, channels: int, recurrent_channels: int = 256) -> None:
        super().__init__()
        self.recurrent = nn.GRU(channels + _INPUTS, recurrent_channels, batch_first=True)
        self.out = nn.Linear(recurrent_channels, 1 + 2 * VALUES)

    def loss(self, encoded: Tensor, values: Tensor, present: Tensor, skippable: Tensor) -> Tensor:
        """Negative log-likelihood in nats of each symbol, (batch, symbol).

        Parameters
        ----------
        encoded
            (batch, channel, symbol).
        values
            (batch, VALUES, symbol), of the symbols that are ``present``.
        present, skippable
            (batch, symbol), bool: whether a symbol has frames, and whether it may have none.
        """
        there = present.float()[:, None]
        seen = torch.cat([there, (values + _NOISE * self._noise(values)) * there], dim=1)
        before = F.pad(seen, (1, 0))[:, :, :-1]
        hidden, _ = self.recurrent(torch.cat([encoded, before.to(encoded)], 1).transpose(1, 2))
        logit, mean, log_deviation = self._distribution(hidden)
        scaled = (values.transpose(1, 2) - mean) * torch.exp(-log_deviation)
        nll = (0.5 * scaled**2 + log_deviation + 0.5 * math.log(2.0 * math.pi)).sum(dim=2)
        chance = F.binary_cross_entropy_with_logits(logit, present.float(), reduction="none")
        return nll * present + chance * skippable

    def sample(
        self,
        encoded: Tensor,
        skippable: Tensor,
        temperature: float,
        generator: torch.Generator | None,
    ) -> tuple[Tensor, Tensor]:
        """Values (batch, VALUES, symbol) and presence (batch, symbol), bool.

        ``temperature`` 0 gives the means, 1 draws as they were learnt.
        """
        state = None
        before = encoded.new_zeros(len(encoded), _INPUTS)
        drawn = []
        for here, skip in zip(encoded.unbind(dim=2), skippable.unbind(dim=1), strict=True):
            hidden, state = self.recurrent(torch.cat([here, before], dim=1)[:, None], state)
            logit, mean, log_deviation = self._distribution(hidden[:, 0])
            chance, noise = _draws(mean, generator)
            there = (logit + temperature * chance > 0) | ~skip
            values = mean + temperature * noise * torch.exp(log_deviation)
            before = torch.cat([there[:, None].float(), values * there[:, None]], dim=1)
            drawn.append(before)
        steps = torch.stack(drawn, dim=2)
        return steps[:, 1:], steps[:, 0] > 0.5

    def _distribution(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logit of presence, means, logarithms of deviations."""
        logit, mean, log_deviation = self.out(hidden).float().split([1, VALUES, VALUES], dim=-1)
        return logit[..., 0], mean, log_deviation.clamp(LEAST_LOG_DEVIATION, 3.0)

    def _noise(self, values: Tensor) -> Tensor:
        return torch.randn_like(values) if self.training else torch.zeros_like(values)


def _draws(mean: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """Logistic noise (batch,) and normal noise as the means; of the CPU, whatever the device."""
    uniform = torch.rand(len(mean), generator=generator).clamp(1e-6, 1 - 1e-6)
    normal = torch.randn(mean.shape, generator=generator)
    return torch.logit(uniform).to(mean.device), normal.to(mean.device)
