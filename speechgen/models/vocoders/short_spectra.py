"""Short spectra of a waveform in pieces, and a waveform from them by overlap and add.

::

    window 0   |--short--|--short--|--short--|--short--|        four short hops long
    window 1             |---------|---------|---------|---------|
    kept by                         what windows to come reach back to: three short hops
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_OVERLAP = 4  # windows over each sample
SUM_OF_SQUARES = 1.5  # of four periodic Hann windows over each sample


class ShortSpectra(nn.Module):
    """Hann windows of four short hops for analysis and synthesis: together exact.

    Parameters
    ----------
    hop_samples
        The short hop, an even number.
    """

    window: Tensor

    def __init__(self, hop_samples: int) -> None:
        super().__init__()
        self.hop_samples = hop_samples
        self.window_samples = _OVERLAP * hop_samples
        self.num_bins = self.window_samples // 2 + 1
        self.reach = self.window_samples - hop_samples
        self.register_buffer("window", torch.hann_window(self.window_samples), persistent=False)

    def analyse(self, wave: Tensor, count: int) -> Tensor:
        """Spectra (batch, count, bin) of ``count`` windows of (batch, time), from the oldest on.

        There are ``count * hop_samples + reach`` samples at least.
        """
        span = count * self.hop_samples + self.reach
        windows = wave[:, :span].unfold(1, self.window_samples, self.hop_samples)
        return torch.fft.rfft(windows * self.window)

    def synthesise(self, spectra: Tensor, tail: Tensor) -> tuple[Tensor, Tensor]:
        """Overlap and add.

        Parameters
        ----------
        spectra
            (batch, count, bin), complex.
        tail
            (batch, reach): what earlier windows have left; zeros at the beginning.

        Returns
        -------
        tuple
            (batch, count * hop_samples), which is final, and the new tail.
        """
        short = self.hop_samples
        windows = torch.fft.irfft(spectra, self.window_samples) * (self.window / SUM_OF_SQUARES)
        pieces = windows.unflatten(2, (_OVERLAP, short))
        total = F.pad(tail, (0, spectra.shape[1] * short)).unflatten(1, (-1, short))
        for place in range(_OVERLAP):
            total = total + F.pad(pieces[:, :, place], (0, 0, place, _OVERLAP - 1 - place))
        samples, final = total.flatten(1), spectra.shape[1] * short
        return samples[:, :final], samples[:, final:]
