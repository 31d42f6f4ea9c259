"""Conditions at a hop, brought to samples exactly: frame j covers samples [j hop, (j + 1) hop)."""

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
    commutes with any linear map of them, so a network may project at the frame rate, ``hop_samples``
    times more cheaply, and bring the projections up.
    """

    def __init__(self, hop_samples: int) -> None:
        super().__init__()
        self.hop_samples = hop_samples
        self.weight = nn.Parameter(interpolation_taps(hop_samples))  # (sample, tap)

    def neighbours(self, frames: Tensor) -> Tensor:
        """(..., frame, feature) -> (..., frame, tap, feature); edge frames are their own neighbours."""
        padded = torch.cat([frames[..., :1, :], frames, frames[..., -1:, :]], dim=-2)
        count = frames.shape[-2]
        views = [padded[..., tap : tap + count, :] for tap in range(TAPS)]
        return torch.stack(views, dim=-2)

    def expand(self, taps: Tensor) -> Tensor:
        """Neighbours (batch, frame, tap, feature) -> (batch, time, feature)."""
        batch, frames, _, features = taps.shape
        rows = torch.matmul(self.weight, taps)  # (batch, frame, sample, feature)
        return rows.view(batch, frames * self.hop_samples, features)

    def forward(self, frames: Tensor) -> Tensor:
        """(batch, feature, frame) -> (batch, feature, frame * hop_samples)."""
        return self.expand(self.neighbours(frames.transpose(1, 2))).transpose(1, 2)
