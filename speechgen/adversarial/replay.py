"""Old fakes shown again, so that a discriminator does not forget what it once told apart."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Replay(nn.Module):
    """A pool of earlier fakes, also called image buffer.

    A. Shrivastava et al. 2017 (arXiv:1612.07828), section 2.3. Until the pool is full every fake is
    kept and given back. Then each fake is, with probability ``share``, exchanged with a random one
    of the pool: the old one is shown, the new one takes its place.

    The pool is a buffer: it travels in the checkpoint of the module that owns it.

    Parameters
    ----------
    size
        Fakes in the pool; 0 gives every fake back as it is.
    shape
        Of one fake, without the batch.
    share
        Probability of an exchange.
    """

    pool: Tensor
    count: Tensor

    def __init__(self, size: int, shape: Sequence[int], *, share: float = 0.5) -> None:
        super().__init__()
        if size < 0 or not 0 <= share <= 1:
            raise ValueError(
                f"a pool of {size} fakes with a share of {share}; take 0 or more, and 0 to 1"
            )
        self.size = size
        self.share = share
        self.register_buffer("pool", torch.zeros(size, *shape))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def forward(self, fakes: Tensor, *, generator: torch.Generator | None = None) -> Tensor:
        """(batch, *shape) new fakes to as many to show, without gradients.

        Parameters
        ----------
        generator
            Where the choices come from; torch's default stream if none is given.
        """
        fakes = fakes.detach()
        if not self.size:
            return fakes
        shown = fakes.clone()
        held = int(self.count)
        filling = min(self.size - held, len(fakes))
        self.pool[held : held + filling] = fakes[:filling].to(self.pool.dtype)
        self.count += filling
        rest = torch.arange(filling, len(fakes))
        lots = torch.rand(len(rest), generator=generator)
        old = rest[lots < self.share]
        places = torch.randperm(self.size, generator=generator)[: len(old)]
        old = old[: len(places)]
        shown[old] = self.pool[places].to(fakes.dtype)
        self.pool[places] = fakes[old].to(self.pool.dtype)
        return shown
