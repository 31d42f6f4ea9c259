"""Conditions at a hop, upsampled exactly: frame j covers samples [j hop, (j + 1) hop)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TAPS = 3  # the frame before, the frame itself, the frame after


def num_frames(num_samples: int, hop_samples: int) -> int:
    """Frames that cover ``num_samples`` samples: the last one may be covered in part only."""
    return -(-num_samples // hop_samples)


def repeat_frames(frames: Tensor, hop_samples: int, num_samples: int) -> Tensor:
    """(batch, feature, frame) -> (batch, feature, time): each frame ``hop_samples`` times."""
    return frames.repeat_interleave(hop_samples, dim=2)[..., :num_samples]


def interpolation_taps(hop_samples: int) -> Tensor:
    """(sample, tap) weights of linear interpolation between the centres of frames.

    Sample i of frame j lies (i - (hop - 1) / 2) / hop frames away from the centre of that frame;
    the three taps are the weights of frames j - 1, j and j + 1, and they sum to 1.
    """
    offset = (torch.arange(hop_samples) - (hop_samples - 1) / 2) / hop_samples
    before, after = (-offset).clamp(min=0), offset.clamp(min=0)
    return torch.stack([before, 1 - before - after, after], dim=1)


class FrameUpsampler(nn.Module):
    """A learned transposed convolution from frames to samples, one kernel for all features.

    Stride ``hop_samples``, length three hops, initialised to linear interpolation; arXiv:1609.03499
    section 2.5 brings a condition to the samples by such a layer. As it mixes no features it
    commutes with any linear map of them, so a network may project at the frame rate,
    ``hop_samples`` times more cheaply, and bring the projections up.
    """

    sharing = "never"  # of its weights by several processes: the layers use them

    def __init__(self, hop_samples: int) -> None:
        super().__init__()
        self.hop_samples = hop_samples
        self.weight = nn.Parameter(interpolation_taps(hop_samples))  # (sample, tap)

    def taps(self, frames: Tensor, bias: Tensor | None = None) -> Tensor:
        """Every frame with its neighbours, and ``bias`` as a fourth tap that always has weight 1.

        Parameters
        ----------
        frames
            (..., frame, feature); the edge frames are their own neighbours.
        bias
            (..., feature), constant in time.

        Returns
        -------
        Tensor
            (..., frame, tap, feature).
        """
        padded = torch.cat([frames[..., :1, :], frames, frames[..., -1:, :]], dim=-2)
        count = frames.shape[-2]
        views = [padded[..., tap : tap + count, :] for tap in range(TAPS)]
        if bias is not None:
            views.append(bias.unsqueeze(-2).expand_as(frames))
        return torch.stack(views, dim=-2)

    def kernel(self, taps: int) -> Tensor:
        """(sample, tap) weights for 3 taps, or 4 where there is a bias."""
        return self.weight if taps == TAPS else F.pad(self.weight, (0, taps - TAPS), value=1.0)

    def add(self, x: Tensor, taps: Tensor) -> Tensor:
        """``x`` plus the upsampled ``taps``, in one matrix product for each frame.

        Parameters
        ----------
        x
            (batch, feature, time).
        taps
            (batch, frame, tap, feature), where the frames cover the time: ceil(time / hop).

        Returns
        -------
        Tensor
            (batch, feature, time).
        """
        batch, frames, count, features = taps.shape
        rows = x.transpose(1, 2)
        time = rows.shape[1]
        missing = frames * self.hop_samples - time
        if missing:
            rows = F.pad(rows, (0, 0, 0, missing))
        rows = torch.baddbmm(
            rows.reshape(batch * frames, self.hop_samples, features),
            self.kernel(count).expand(batch * frames, self.hop_samples, count),
            taps.reshape(batch * frames, count, features),
        )
        rows = rows.view(batch, frames * self.hop_samples, features)
        return rows[:, :time].transpose(1, 2)

    def forward(self, frames: Tensor) -> Tensor:
        """(batch, feature, frame) -> (batch, feature, frame * hop_samples)."""
        batch, features, count = frames.shape
        nothing = frames.new_zeros(batch, count * self.hop_samples, features).transpose(1, 2)
        return self.add(nothing, self.taps(frames.transpose(1, 2)))
