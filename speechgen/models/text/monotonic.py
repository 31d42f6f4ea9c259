"""Monotonic alignments of symbols and frames: the sum over all of them, and the best one.

Every symbol takes one or more successive frames, in order; those that may be skipped take none or
more, but no two neighbours of them are skipped at once::

    symbol  2 |         o o o
            1 |     o o            (1 may be skipped: then 0 --> 2)
            0 | o o
              +----------------> frame

R. Badlani et al., "One TTS alignment to rule them all", arXiv:2108.10447, sections 2.1 and 2.2; the
skips are as those of blanks in A. Graves et al., ICML 2006, section 4.1.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

_NEVER = -1e9
_LEAST = -60.0  # of log-probabilities, in sums
_TINY = 1e-300


def forward_sum(scores: Tensor, frames: Tensor, symbols: Tensor, skippable: Tensor) -> Tensor:
    """Logarithm of the sum over all alignments of the products of their probabilities.

    Parameters
    ----------
    scores
        (batch, frame, symbol), log-probabilities.
    frames, symbols
        (batch,), how many of each count.
    skippable
        (batch, symbol), bool.

    Returns
    -------
    Tensor
        (batch,) in nats; its gradient is how likely a symbol has a frame. Where there are fewer
        frames than symbols that need one it is 0, without a gradient.
    """
    total: Tensor = _ForwardSum.apply(scores, frames, symbols, skippable)
    return total


class _ForwardSum(torch.autograd.Function):
    """Forward-backward, scaled: L. Rabiner, Proc. IEEE 77(2), 1989, equations 19 to 27, 91 to 93.

    Rows of probabilities are brought to a sum of 1, and the sum of the logarithms of their factors
    is the result.
    """

    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, frames: Tensor, symbols: Tensor, skippable: Tensor
    ) -> Tensor:
        """See :func:`forward_sum`."""
        odds = scores.double().clamp_min(_LEAST).exp().transpose(0, 1).contiguous()
        count, batch, width = odds.shape
        skip = skippable.double()
        before, after = F.pad(skip, (1, 0))[:, :-1], F.pad(skip, (0, 1))[:, 1:]
        going = (torch.arange(count, device=frames.device)[:, None] < frames)[:, :, None]
        first, last = _first(skip, 1.0), _last(symbols, skip, 1.0)
        alphas = odds.new_zeros(count, batch, width + 2)
        betas = odds.new_zeros(count, batch, width)
        factors = odds.new_ones(count, batch, 1)
        row = first * odds[0]
        for t in range(count):
            if t:
                past = alphas[t - 1]
                row = (past[:, 2:] + past[:, 1:-1] + past[:, :-2] * before) * odds[t]
            factor = row.sum(dim=1, keepdim=True).clamp_min(_TINY)
            alphas[t, :, 2:] = torch.where(going[t], row / factor, past[:, 2:] if t else row)
            factors[t] = torch.where(going[t], factor, 1.0)
        end = (alphas[-1, :, 2:] * last).sum(dim=1, keepdim=True)
        last = last / end.clamp_min(_TINY)
        betas[-1] = last
        later = odds.new_zeros(batch, width + 2)
        for t in range(count - 2, -1, -1):
            later[:, :width] = betas[t + 1] * odds[t + 1] / factors[t + 1]
            row = later[:, :-2] + later[:, 1:-1] + later[:, 2:] * after
            betas[t] = torch.where(going[t + 1], row, last)
        possible = end[:, 0] > 0
        occupied = alphas[:, :, 2:] * betas * (going & possible[:, None])
        ctx.save_for_backward(occupied.transpose(0, 1).to(scores.dtype))
        total = factors.log().sum(dim=0) + end.clamp_min(_TINY).log()
        return (total[:, 0] * possible).to(scores.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        """Of the scores: the probability that a frame belongs to a symbol."""
        (occupied,) = ctx.saved_tensors
        return gradients[0][:, None, None] * occupied, None, None, None


@torch.no_grad()
def best_path(scores: Tensor, frames: Tensor, symbols: Tensor, skippable: Tensor) -> Tensor:
    """The likeliest alignment, by Viterbi's algorithm.

    Parameters are those of :func:`forward_sum`.

    Returns
    -------
    Tensor
        (batch, frame), the symbol of each frame; of what follows the last frame it is the last.
    """
    steps = scores.float().transpose(0, 1).contiguous()
    skip = torch.where(skippable, 0.0, _NEVER)
    before = F.pad(skip, (1, 0))[:, :-1]
    best = F.pad(_first(skip, 0.0, _NEVER) + steps[0], (2, 0), value=_NEVER)
    choices = []
    going = (torch.arange(len(steps), device=frames.device)[:, None] < frames)[:, :, None]
    for step, on in zip(steps[1:], going[1:], strict=True):
        value, choice = torch.stack([best[:, 2:], best[:, 1:-1], best[:, :-2] + before]).max(dim=0)
        best[:, 2:] = torch.where(on, value + step, best[:, 2:])
        choices.append(choice * on)
    place = (best[:, 2:] + _last(symbols, skip, 0.0, _NEVER)).argmax(dim=1, keepdim=True)
    path = [place]
    for choice in reversed(choices):
        place = (place - choice.gather(1, place)).clamp_min(0)
        path.append(place)
    return torch.cat(path[::-1], dim=1)


def durations_of(path: Tensor, frames: Tensor, num_symbols: int) -> Tensor:
    """How many frames each symbol has on a path (batch, frame): (batch, symbol), long."""
    counted = torch.arange(path.shape[1], device=path.device) < frames[:, None]
    return path.new_zeros(len(path), num_symbols).scatter_add(1, path, counted.to(path.dtype))


def static_prior(frames: Tensor, symbols: Tensor, shape: tuple[int, int]) -> Tensor:
    """Logarithm of a beta-binomial prior near the diagonal; arXiv:2108.10447, section 2.3.

    Parameters
    ----------
    frames, symbols
        (batch,).
    shape
        Numbers of frames and symbols of what is returned.

    Returns
    -------
    Tensor
        (batch, frame, symbol), float32; what lies beyond the lengths has no meaning.
    """
    t = torch.arange(1, shape[0] + 1, device=frames.device, dtype=torch.float32)[:, None]
    k = torch.arange(shape[1], device=frames.device, dtype=torch.float32)
    n = (symbols.float() - 1.0)[:, None, None]
    a, b = t, (frames[:, None, None] - t).clamp_min(0.0) + 1.0
    rest = (n - k).clamp_min(0.0)
    chosen = torch.lgamma(n + 1.0) - torch.lgamma(k + 1.0) - torch.lgamma(rest + 1.0)
    return chosen + _log_beta(k + a, rest + b) - _log_beta(a, b)


def _log_beta(a: Tensor, b: Tensor) -> Tensor:
    return torch.lgamma(a) + torch.lgamma(b) - torch.lgamma(a + b)


def _first(skip: Tensor, yes: float, no: float = 0.0) -> Tensor:
    """What a path may begin with: ``yes`` or, where symbols before it are skipped, ``skip``."""
    start = torch.full_like(skip, no)
    start[:, 0] = yes
    if skip.shape[1] > 1:
        start[:, 1] = skip[:, 0]
    return start


def _last(symbols: Tensor, skip: Tensor, yes: float, no: float = 0.0) -> Tensor:
    """What a path may end with, likewise."""
    place = torch.arange(skip.shape[1], device=skip.device)
    end = symbols[:, None] - 1
    before = torch.where(place == end - 1, skip.gather(1, end), no)
    return torch.where(place == end, yes, before)
