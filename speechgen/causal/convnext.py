"""ConvNeXt block over frames, causal and in chunks; the depthwise convolution looks back only."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.causal.receptive_field import left_padding
from speechgen.causal.streaming_conv import Chunk
from speechgen.layers.convnext import ConvNeXt

_FEW_FRAMES = 8


class ChunkedConvNeXt(ConvNeXt):
    """One block; chunks of any length, the last ``kernel_size - 1`` inputs as the state.

    The last of the depthwise convolution's taps is the present frame; parameters as of
    :class:`speechgen.layers.convnext.ConvNeXt`.
    """

    @property
    def kept(self) -> int:
        """Frames of the state."""
        return left_padding(self.depthwise.shape[2], 1)

    def initial_state(self, batch: int) -> Tensor:
        """The state after zeros only: (batch, channel, kernel_size - 1)."""
        return self.scale.new_zeros(batch, len(self.scale), self.kept)

    def stream(
        self, x: Chunk, state: Tensor, modulation: Tensor | None = None
    ) -> tuple[Chunk, Tensor]:
        """The outputs of the next frames, as many as those, and the state after them.

        ``modulation`` is that of :meth:`speechgen.layers.convnext.ConvNeXt.added`.
        """
        context = torch.cat([state.to(x.dtype), x], dim=2)
        after = context[:, :, context.shape[2] - self.kept :]
        return x + self.added(self._convolved(context), modulation), after

    def _convolved(self, context: Tensor) -> Tensor:
        """The depthwise convolution; of few frames a plain sum is ten times as fast."""
        if context.shape[2] - self.kept > _FEW_FRAMES:
            return F.conv1d(context, self.depthwise, groups=len(self.scale))
        taps = context.unfold(2, self.depthwise.shape[2], 1)
        return (taps * self.depthwise).sum(dim=3)
