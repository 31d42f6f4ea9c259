"""What an image tells of the code it was generated from: the bound on mutual information.

X. Chen et al., "InfoGAN", arXiv:1606.03657, equation 5: for a recogniser Q(c | x),

    L_I(G, Q) = E[log Q(c | x)] + H(c)  <=  I(c; G(z, c)),

with equality where Q is the posterior. Everything is in nats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import log_softmax, one_hot

_LOG_2_PI = math.log(2.0 * math.pi)
#: Q is never surer than this of a number: else it pays to write numbers into images as fine noise,
#: which the paper meets with a smaller weight (section 4) and its code with a fixed variance
LEAST_LOG_VARIANCE = -1.0


@dataclass(frozen=True)
class CodeSpace:
    """Codes of independent parts: uniform categories, then uniform numbers in [-1, 1].

    A code is a row of numbers: a one-hot vector for each categorical part, then the numbers. Q's
    parameters are a row too: logits of each categorical part, then means, then log-variances.

    Parameters
    ----------
    categories
        The number of classes of each categorical part, 2 or more each.
    continuous
        How many numbers.
    """

    categories: tuple[int, ...] = (10,)
    continuous: int = 2

    def __post_init__(self) -> None:
        if any(k < 2 for k in self.categories) or self.continuous < 0 or not self.size:
            raise ValueError(
                f"a code of categories {self.categories} and {self.continuous} numbers; "
                "categories need 2 classes or more, and a code needs a part"
            )

    @property
    def size(self) -> int:
        """Numbers in a code."""
        return sum(self.categories) + self.continuous

    @property
    def num_params(self) -> int:
        """Numbers that Q gives for an image."""
        return sum(self.categories) + 2 * self.continuous

    @property
    def entropy_nats(self) -> float:
        """H(c); of the numbers it is the differential entropy, log 2 each."""
        return sum(math.log(k) for k in self.categories) + self.continuous * math.log(2.0)

    def draw(
        self, count: int, *, generator: torch.Generator | None = None
    ) -> Float[Tensor, "batch code"]:
        """``count`` codes, on the CPU."""
        parts = [
            one_hot(torch.randint(classes, (count,), generator=generator), classes).float()
            for classes in self.categories
        ]
        numbers = 2.0 * torch.rand(count, self.continuous, generator=generator) - 1.0
        return torch.cat([*parts, numbers], dim=1)

    def log_prob(
        self, params: Float[Tensor, "batch param"], codes: Float[Tensor, "batch code"]
    ) -> Float[Tensor, " batch"]:
        """log Q(c | x) of each code, nats."""
        total = params.new_zeros(len(params))
        start = 0
        for classes in self.categories:
            part = slice(start, start + classes)
            total = total + (log_softmax(params[:, part], dim=1) * codes[:, part]).sum(dim=1)
            start += classes
        mean, log_variance = params[:, start:].chunk(2, dim=1)
        log_variance = log_variance.clamp_min(LEAST_LOG_VARIANCE)
        squares = (codes[:, start:] - mean).square() * torch.exp(-log_variance)
        return total - 0.5 * (squares + log_variance + _LOG_2_PI).sum(dim=1)

    def bound_nats(
        self, params: Float[Tensor, "batch param"], codes: Float[Tensor, "batch code"]
    ) -> Float[Tensor, ""]:
        """L_I, the mean over the batch: a lower bound, to be raised."""
        return self.log_prob(params, codes).mean() + self.entropy_nats

    def recovered(
        self, params: Float[Tensor, "batch param"], codes: Float[Tensor, "batch code"]
    ) -> Float[Tensor, ""]:
        """Share of categorical parts that Q's best guess gets right; 0 where there are none."""
        hits: list[Tensor] = [
            guess.argmax(dim=1) == true.argmax(dim=1)
            for guess, true in zip(
                params[:, : sum(self.categories)].split(list(self.categories), dim=1),
                codes[:, : sum(self.categories)].split(list(self.categories), dim=1),
                strict=True,
            )
        ]
        return torch.stack(hits).float().mean() if hits else params.new_zeros(())
