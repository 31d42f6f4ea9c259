"""Stretches of a spectrum left out in training, after arXiv:1904.08779."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SpectrumMasks(nn.Module):
    """Sets a stretch of bands and one of frames to 0, of another place and length in each example.

    D. Park et al., "SpecAugment", arXiv:1904.08779, section 2, without its time warping. Only in
    training; of a mean-normalised spectrum 0 is the mean.

    Parameters
    ----------
    bands, frames
        The longest stretches; lengths are uniform from 0 on. At most half of the spectrum goes.
    """

    def __init__(self, bands: int, frames: int) -> None:
        super().__init__()
        if min(bands, frames) < 0:
            raise ValueError("the lengths of masks must be at least 0")
        self.bands, self.frames = bands, frames

    def forward(self, spectrum: Tensor) -> Tensor:
        """(batch, band, frame) to the same."""
        if not self.training:
            return spectrum
        spectrum = spectrum * _kept(spectrum, 1, self.bands)
        return spectrum * _kept(spectrum, 2, self.frames)


def _kept(spectrum: Tensor, dim: int, longest: int) -> Tensor:
    """1 where ``spectrum`` is kept along ``dim`` and 0 elsewhere, to be multiplied with it."""
    size, batch = spectrum.shape[dim], spectrum.shape[0]
    longest = min(longest, size // 2)
    draws = torch.rand(2, batch, 1, device=spectrum.device)
    length = (draws[0] * (longest + 1)).floor()
    start = (draws[1] * (size - length + 1)).floor()
    place = torch.arange(size, device=spectrum.device)
    kept = (place < start) | (place >= start + length)
    return kept.unsqueeze(3 - dim).to(spectrum.dtype)
