"""Conditions projected to the gates of all layers, and joined along the batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from speechgen.causal import FrameUpsampler, GateConditions, LaggedInput
from speechgen.models.wavenet.pitch_lag import sample_lags


@dataclass(frozen=True)
class PreparedConditions:
    """Conditions projected to the gates of all layers, at the frame rate still.

    Attributes
    ----------
    bias
        (layer, batch, gate channel): the time-invariant part, where there are no local conditions.
    taps
        (layer, batch, frame, tap, gate channel): every frame with its neighbours and, as a fourth
        tap, the bias.
    upsampler
        Brings ``taps`` to samples.
    periods
        (batch, frame, 2) of :func:`speechgen.models.wavenet.pitch_lag.frame_periods`, where the
        network has an input a pitch period ago.
    """

    bias: Tensor | None = None
    taps: Tensor | None = None
    upsampler: FrameUpsampler | None = None
    periods: Tensor | None = None

    def __bool__(self) -> bool:
        return self.bias is not None or self.taps is not None

    @property
    def hop_samples(self) -> int | None:
        """Samples of a frame, or None where no condition changes in time."""
        return None if self.upsampler is None else self.upsampler.hop_samples

    def to_gates(self) -> GateConditions:
        """What they add to the gates of every layer."""
        return GateConditions(self.bias, self.taps, self.upsampler)

    def frame(self, index: int) -> Tensor | None:
        """All layers over the samples of frame ``index``: (sample, layer, batch, gate channel).

        There is one sample, which holds for all, where no condition changes in time.
        """
        if self.upsampler is not None and self.taps is not None:
            taps = self.taps[:, :, index]
            return torch.einsum("st,lbtg->slbg", self.upsampler.kernel(taps.shape[2]), taps)
        return None if self.bias is None else self.bias.unsqueeze(0)

    def lags(self, lagged: LaggedInput) -> Tensor:
        """How far back ``lagged`` looks at every sample of the frames: (batch, time), long."""
        assert self.periods is not None and self.upsampler is not None
        return sample_lags(self.periods, self.upsampler.hop_samples, lagged)

    def frames(self, first: int, last: int) -> PreparedConditions:
        """Those of frames ``first`` to ``last`` (not included)."""
        taps = None if self.taps is None else self.taps[:, :, first:last]
        periods = None if self.periods is None else self.periods[:, first:last]
        return PreparedConditions(self.bias, taps, self.upsampler, periods)

    def padded(self, num_frames: int) -> PreparedConditions:
        """With zero frames after the end, up to ``num_frames``; in these nothing is voiced."""
        taps, periods = self.taps, self.periods
        if taps is not None:
            taps = F.pad(taps, (0, 0, 0, 0, 0, num_frames - taps.shape[2]))
        if periods is not None:
            periods = F.pad(periods, (0, 0, 0, num_frames - periods.shape[1]))
        return PreparedConditions(self.bias, taps, self.upsampler, periods)


def batch_prepared(parts: Sequence[PreparedConditions]) -> PreparedConditions:
    """Join utterances prepared one by one; the shorter ones get zero frames after their end."""
    longest = max((part.taps.shape[2] for part in parts if part.taps is not None), default=0)
    parts = [part.padded(longest) for part in parts]
    bias = [part.bias for part in parts if part.bias is not None]
    taps = [part.taps for part in parts if part.taps is not None]
    periods = [part.periods for part in parts if part.periods is not None]
    return PreparedConditions(
        torch.cat(bias, dim=1) if bias else None,
        torch.cat(taps, dim=1) if taps else None,
        parts[0].upsampler,
        torch.cat(periods) if periods else None,
    )
