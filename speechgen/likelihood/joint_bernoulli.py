"""One softmax over all values that the binary channels of a pixel can take together.

The channels may be those of a patch of pixels (:class:`.PixelNetwork` with a ``patch_size``): the
2**n codes of n channels are one choice, the first channel being the highest bit::

    log p(x_1 ... x_n) = sum_i log p(x_i | x_1 ... x_(i-1)),   each a ratio of sums of the softmax
"""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.likelihood.base import at_least_float32
from speechgen.likelihood.categorical import cumulative, invert
from speechgen.likelihood.pixels import PixelLikelihood

_MOST_CHANNELS = 12


class JointBernoulli(PixelLikelihood):
    """p(channels of a pixel) by 2**channels logits; shapes as in :mod:`.pixels`, but one uniform.

    Raises
    ------
    ConfigError
        ``channels`` is not in [1, 12].

    Examples
    --------
    >>> logits = torch.zeros(1, 16, 1, 2, 2)
    >>> JointBernoulli(4).log_prob(logits, torch.ones(1, 4, 2, 2)).sum().exp().item() * 2**16
    1.0
    """

    name = "joint_bernoulli"
    joint = True
    levels = 2

    def __init__(self, channels: int = 1) -> None:
        if not 1 <= channels <= _MOST_CHANNELS:
            raise ConfigError(
                f"joint_bernoulli takes 1 to {_MOST_CHANNELS} channels, or pixels of a patch, "
                f"not {channels}"
            )
        self.channels = channels
        self.num_params = 2**channels

    def __str__(self) -> str:
        return f"softmax over {self.num_params} codes"

    def codes(self, images: Tensor) -> Tensor:
        """(batch, channel, ...) in [0, 1] -> the nearest codes (batch, ...), long."""
        bits = self.quantise(images).long()
        return (bits.movedim(1, -1) << self._places(images)).sum(dim=-1)

    def values(self, codes: Tensor, params: Tensor) -> Tensor:
        """The inverse of :meth:`codes`, in the precision of ``params``."""
        bits = (codes.unsqueeze(-1) >> self._places(codes)) & 1
        return bits.movedim(-1, 1).to(at_least_float32(params).dtype)

    def log_prob(self, params: Tensor, images: Tensor) -> Tensor:
        """(batch, channel, ...): log p(channel | channels before it) in nats."""
        nats = torch.log_softmax(at_least_float32(params).squeeze(2), dim=1)
        codes, before, found = self.codes(images), torch.zeros_like(nats[:, 0]), []
        for channel in range(self.channels):
            left = self.channels - 1 - channel
            beginnings = nats.unflatten(1, (-1, 2**left)).logsumexp(dim=2)
            total = beginnings.gather(1, (codes >> left).unsqueeze(1)).squeeze(1)
            found.append(total - before)
            before = total
        return torch.stack(found, dim=1)

    def sample(self, params: Tensor, noise: Tensor, temperature: float = 1.0) -> Tensor:
        """One uniform (batch, 1, ...) picks the code, by inversion of the cumulative sums."""
        sums = cumulative(params.squeeze(2), temperature)
        return self.values(invert(sums, noise[:, 0]), params)

    def sample_given(
        self, params: Tensor, noise: Tensor, temperature: float, images: Tensor, known: Tensor
    ) -> Tensor:
        """The code is drawn given the known channels, whichever they are."""
        logits = at_least_float32(params)
        codes = self._every(logits)
        codes = codes.view(1, *codes.shape, *[1] * (images.dim() - 2))
        clashes = known.unsqueeze(1) & (self.quantise(images).unsqueeze(1) != codes)
        clashes = clashes.any(dim=2, keepdim=True)  # (batch, code, 1, ...)
        return self.sample(logits.masked_fill(clashes, -torch.inf), noise, temperature)

    def mode(self, params: Tensor) -> Tensor:
        """The likeliest code."""
        return self.values(params.squeeze(2).argmax(dim=1), params)

    def mean(self, params: Tensor) -> Tensor:
        """p(1) of every channel, (batch, channel, ...)."""
        weights = torch.softmax(at_least_float32(params).squeeze(2), dim=1)
        return torch.einsum("bk...,kc->bc...", weights, self._every(params))

    def noise_channels(self, channels: int) -> int:
        """One uniform for all channels."""
        return 1

    def _places(self, like: Tensor) -> Tensor:
        """By how many bits each channel is moved in a code."""
        return torch.arange(self.channels - 1, -1, -1, device=like.device)

    def _every(self, params: Tensor) -> Tensor:
        """The channels of all codes: (code, channel)."""
        return self.values(torch.arange(self.num_params, device=params.device), params)
