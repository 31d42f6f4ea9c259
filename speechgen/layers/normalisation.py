"""Virtual batch normalisation: each example is normalised by a fixed batch and by itself."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn


class VirtualBatchNorm(nn.Module):
    """Normalise with statistics that other examples of the batch cannot influence.

    Salimans et al. 2016 (arXiv:1606.03498), section 3.4. A reference batch chosen once goes
    through the network in front of the examples, so its statistics always belong to the current
    weights, and gradients reach the weights through them. With R reference examples, an example's
    mean and mean square count with 1 / (R + 1), those of the reference with R / (R + 1). The
    reference itself is normalised by its own statistics.

    The layer has a scale and a shift per channel and no buffers: nothing is kept between
    calls, so nothing can leak from one training step into the next.
    """

    def __init__(self, channels: int, *, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.epsilon = epsilon
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def forward(
        self, x: Float[Tensor, "batch channel time"], num_reference: int
    ) -> Float[Tensor, "batch channel time"]:
        """Normalise (batch, channel, time), of which the first ``num_reference`` are the reference.

        Raises
        ------
        ValueError
            There is no reference example in front.
        """
        if not 1 <= num_reference <= x.shape[0]:
            raise ValueError(
                f"num_reference is {num_reference} of a batch of {x.shape[0]}; "
                "put at least one reference example in front"
            )
        dtype = x.dtype
        x = x.float()
        means = x.mean(dim=2, keepdim=True)  # (batch, channel, 1)
        squares = x.square().mean(dim=2, keepdim=True)
        mean = _combine(means, num_reference)
        variance = (_combine(squares, num_reference) - mean.square()).clamp_min(0.0)
        normal = (x - mean) * torch.rsqrt(variance + self.epsilon)
        return (normal * self.scale[:, None] + self.shift[:, None]).to(dtype)


def _combine(
    moments: Float[Tensor, "batch channel 1"], num_reference: int
) -> Float[Tensor, "batch channel 1"]:
    """The moment each example is normalised with: the reference's, mixed with its own."""
    reference = moments[:num_reference].mean(dim=0, keepdim=True)
    own = 1.0 / (num_reference + 1.0)
    examples = own * moments[num_reference:] + (1.0 - own) * reference
    return torch.cat([reference.expand(num_reference, -1, -1), examples])
