"""What the distributions of a waveform's sample can say: each fitted to the same two humps."""

from __future__ import annotations

import math
from itertools import pairwise

from svg import LINE, SOFT, STRONG, Sheet

_BINS = 96
_HUMPS = ((-0.25, 0.06), (0.3, 0.15))  # mean and deviation of each half of the samples


def likelihoods() -> Sheet:
    """The probability of each bin by each distribution, beside that of the samples themselves."""
    from speechgen.likelihood import OUTPUTS

    sheet = Sheet(760, 214, "Each distribution fitted to the same samples")
    truth = _truth()
    peak = max(truth) * 1.25
    for number, name in enumerate(OUTPUTS):
        left, width, foot = 14 + number * 186, 174, 160
        masses, num_params, lost = _fitted(name)
        for values, colour, thick in ((truth, LINE, 4.0), (masses, STRONG, 1.6)):
            points = [
                (round(left + width * (place + 0.5) / _BINS, 1), round(foot - 118 * value / peak))
                for place, value in enumerate(values)
            ]
            sheet.line(points, colour=colour, width=thick)
        sheet.line([(left, foot), (left + width, foot)], colour=SOFT)
        middle = left + width / 2
        sheet.text(middle, 24, name, anchor="middle", bold=True)
        words = (f"{num_params} numbers a sample", f"{lost:.2f} nats off")
        for line, word in enumerate(words):
            sheet.text(middle, foot + 20 + 16 * line, word, anchor="middle", size=11, soft=True)
    return sheet


def _truth() -> list[float]:
    """Probability of each bin of [-1, 1]."""
    from statistics import NormalDist

    edges = [2 * place / _BINS - 1 for place in range(_BINS + 1)]
    parts = [[NormalDist(*hump).cdf(edge) for edge in edges] for hump in _HUMPS]
    cdf = [sum(values) / len(parts) for values in zip(*parts, strict=True)]
    return [high - low for low, high in pairwise(cdf)]


def _fitted(name: str) -> tuple[list[float], int, float]:
    """(probabilities of the bins, numbers of params, KL divergence in nats) at the best params."""
    import torch

    from speechgen.likelihood import likelihood_named

    wanted = torch.tensor(_truth(), dtype=torch.float64)
    edges = torch.linspace(-1, 1, _BINS + 1, dtype=torch.float64)
    low, high = edges[None, :-1], edges[None, 1:]
    likelihood = likelihood_named(name, mixtures=2)
    start = torch.zeros(likelihood.num_params, dtype=torch.float64)
    bias = likelihood.initial_bias()
    params = (start if bias is None else bias.double().clone()).requires_grad_()
    optimizer = torch.optim.Adam([params], lr=0.05)
    middles, log_width = ((low + high) / 2).float(), math.log(2 / _BINS)
    for _ in range(600):
        optimizer.zero_grad()
        expanded = params[None, :, None].expand(1, -1, _BINS)
        if likelihood.discrete:
            logs = likelihood.log_mass(expanded, low, high)[0]
        else:
            logs = likelihood.log_prob(expanded, middles)[0] + log_width
        (-(wanted * logs).sum()).backward()
        optimizer.step()
    with torch.no_grad():
        logs = likelihood.log_mass(expanded, low, high)[0]
        lost = (wanted * (wanted.clamp(min=1e-300).log() - logs)).sum()
    return logs.exp().tolist(), likelihood.num_params, abs(float(lost))
