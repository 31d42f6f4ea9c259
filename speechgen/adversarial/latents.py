"""Where a generator's latents come from: a standard normal, or the cube the first papers used."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

PRIORS = ("gaussian", "uniform")


def draw_latents(
    prior: str, count: int, size: int, *, generator: torch.Generator | None = None
) -> Float[Tensor, "batch latent"]:
    """``count`` latents of ``size`` numbers, on the CPU.

    Parameters
    ----------
    prior
        "gaussian": N(0, I). "uniform": each number in [-1, 1] (arXiv:1511.06434, section 4).
    """
    if prior not in PRIORS:
        raise ValueError(f"prior is {prior!r}; known are {', '.join(PRIORS)}")
    if prior == "gaussian":
        return torch.randn(count, size, generator=generator)
    return 2.0 * torch.rand(count, size, generator=generator) - 1.0
