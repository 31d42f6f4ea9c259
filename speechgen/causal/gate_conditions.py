"""What conditions add to the gates of every layer."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from speechgen.causal.align import FrameUpsampler, num_frames


@dataclass(frozen=True)
class GateConditions:
    """Conditions of all layers: constant in time, or at the frame rate.

    Attributes
    ----------
    bias
        (layer, batch, gate channel), where there are no ``taps``.
    taps
        (layer, batch, frame, tap, gate channel) of :meth:`FrameUpsampler.taps`.
    upsampler
        Brings ``taps`` to samples.
    """

    bias: Tensor | None = None
    taps: Tensor | None = None
    upsampler: FrameUpsampler | None = None

    def __call__(self, layer: int, gates: Tensor) -> Tensor:
        """Gates (batch, gate channel, time) of one layer, with its conditions added."""
        if self.upsampler is not None and self.taps is not None:
            needed = num_frames(gates.shape[2], self.upsampler.hop_samples)
            return self.upsampler.add(gates, self.taps[layer, :, :needed])
        return gates if self.bias is None else gates + self.bias[layer].unsqueeze(2)

    def to_frames(self, time: int) -> tuple[Tensor, Tensor] | None:
        """Taps, and the kernel (sample, tap) that brings them to ``time`` samples.

        What is constant is one tap of one long frame. None without conditions.
        """
        if self.upsampler is not None and self.taps is not None:
            needed = num_frames(time, self.upsampler.hop_samples)
            taps = self.taps[:, :, :needed]
            return taps, self.upsampler.kernel(taps.shape[3])
        if self.bias is None:
            return None
        return self.bias[:, :, None, None], torch.ones(time, 1, device=self.bias.device)
