"""The average spectrum of speech and its spread: what of a voice stands still.

An encoder whose spectra have lost their mean over time knows a voice by how it moves alone. What is
lost tells voices apart as well: the long-term average spectrum, as in H. Hollien, W. Majewski,
"Speaker identification by long-term spectra under normal and distorted speech conditions", J.
Acoust. Soc. Am. 62 (1977). It also tells microphones and rooms apart.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from speechgen.models.speaker.weighted_statistics import weighted_statistics

_SPEECH = 30.0 * math.log(10.0) / 20.0  # below the loudest frame are pauses: 30 dB, in nepers
_MOMENTUM = 0.01


class AverageSpectrum(nn.Module):
    """Log-mel spectra (batch, band, frame) to vectors (batch, 2 * band) of unit length.

    They hold mean and deviation of each band over the frames with speech, without the level, and
    without what is typical of all speech: a running mean over training, in which each batch counts
    for a hundredth.

    Parameters
    ----------
    num_mels
        Bands, in nepers.
    """

    typical: Tensor

    def __init__(self, num_mels: int) -> None:
        super().__init__()
        self.register_buffer("typical", torch.zeros(2 * num_mels))

    def forward(self, bands: Tensor) -> Tensor:
        """The vectors; float32."""
        bands = bands.float()
        level = bands.logsumexp(dim=1, keepdim=True)
        spoken = (level >= level.amax(dim=2, keepdim=True) - _SPEECH).float()
        weights = spoken / spoken.sum(dim=2, keepdim=True)
        mean, deviation = weighted_statistics(bands, weights)
        found = torch.cat([mean - mean.mean(dim=1, keepdim=True), deviation], dim=1)
        if self.training:
            with torch.no_grad():
                self.typical.lerp_(found.mean(dim=0), _MOMENTUM)
        return nn.functional.normalize(found - self.typical, dim=1)
