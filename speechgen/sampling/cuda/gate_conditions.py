"""Conditions of a block of frames in memory that stays where it is: what a captured graph reads."""

from __future__ import annotations

import torch
from torch import Tensor

from speechgen.models.wavenet.prepared_conditions import PreparedConditions
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.cached import bias_of
from speechgen.sampling.condition_window import BLOCK_FRAMES, ConditionWindow

_FOREVER = 2**62


class GateConditions:
    """What is added to the gates of all layers, their biases included, for some frames at a time.

    A sample's share is ``kernel[phase] @ values[frame]``: the phase is the sample's place in its
    frame. Where no condition changes in time there is one frame of one tap, which holds for ever.

    Parameters
    ----------
    model
        A WaveNet.
    window
        Its conditions.
    scale
        (gate channel,): factors of the result, or None.

    Attributes
    ----------
    values
        (frame, tap, layer, batch, gate channel), written anew for every block.
    kernel
        (phase, tap).
    hop_samples
        Samples of a frame, or None where nothing changes.
    lags
        (sample, batch): how far back each sample of the block looks, where the network has an input
        a pitch period ago.
    first, last
        The block is that of the samples ``first`` to ``last`` (not included).
    """

    def __init__(
        self, model: WaveNet, window: ConditionWindow, scale: Tensor | None = None
    ) -> None:
        self.window = window
        self.hop_samples = window.hop_samples
        self.bias = torch.stack([bias_of(block.conv) for block in model.stack])
        self.scale = torch.ones_like(self.bias[0]) if scale is None else scale
        layers, gates = self.bias.shape
        frames, taps = (BLOCK_FRAMES, 4) if self.hop_samples else (1, 1)
        self.values = self.bias.new_zeros(frames, taps, layers, window.batch, gates)
        self.kernel = self.bias.new_ones(self.hop_samples or 1, taps)
        self.lagged = model.lagged
        samples = frames * (self.hop_samples or 1) if self.lagged is not None else 0
        self.lags = torch.zeros(samples, window.batch, dtype=torch.long, device=self.bias.device)
        self.first = self.last = 0

    def cover(self, position: int) -> bool:
        """Have the block hold the sample at ``position``; whether it was read anew for that."""
        if self.first <= position < self.last:
            return False
        hop = self.hop_samples or _FOREVER
        frame = position // hop
        prepared = self.window.frames(frame, frame + len(self.values))
        self._write(prepared)
        if self.lagged is not None:
            self.lags.copy_(prepared.lags(self.lagged).t())
        if prepared.upsampler is not None:
            self.kernel.copy_(prepared.upsampler.kernel(self.kernel.shape[1]))
        self.first, self.last = frame * hop, (frame + len(self.values)) * hop
        return True

    def _write(self, prepared: PreparedConditions) -> None:
        bias = self.bias.unsqueeze(1)  # (layer, 1, gate)
        if prepared.taps is None:
            here = bias if prepared.bias is None else prepared.bias + bias
            self.values.copy_((here * self.scale).expand_as(self.values))
            return
        taps = prepared.taps.permute(2, 3, 0, 1, 4)  # (frame, 3 or 4 taps, layer, batch, gate)
        self.values.zero_()
        self.values[:, : taps.shape[1]] = taps
        self.values[:, -1] += bias
        self.values *= self.scale
