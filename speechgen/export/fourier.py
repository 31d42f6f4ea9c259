"""Fourier transforms of real frames as products with matrices, complex numbers as pairs.

ONNX has transforms, but few programs that run it do; matrices are known to all of them, and for
frames of some hundred samples they cost a few per cent of a network.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn


class FourierFrames(nn.Module):
    """Spectra of windowed frames of a signal, every ``hop_samples``.

    Parameters
    ----------
    window
        (time,), as long as the transform.
    hop_samples
        From frame to frame.
    """

    def __init__(self, window: Tensor, hop_samples: int) -> None:
        super().__init__()
        self.hop_samples = hop_samples
        angles = _angles(len(window))
        basis = torch.stack([angles.cos(), -angles.sin()], dim=1) * window.double()
        self.num_bins = basis.shape[0]
        self.register_buffer("basis", basis.flatten(0, 1)[:, None].float())

    basis: Tensor

    def forward(self, signal: Float[Tensor, " time"]) -> Float[Tensor, "frame bin 2"]:
        """As many whole frames as there are."""
        spectra = nn.functional.conv1d(signal[None, None], self.basis, stride=self.hop_samples)
        return spectra[0].transpose(0, 1).unflatten(1, (self.num_bins, 2))


class InverseFourier(nn.Module):
    """The last ``count`` samples of the frames behind spectra, times a window.

    Parameters
    ----------
    fft_samples
        Of the transform.
    window
        (count,).
    """

    def __init__(self, fft_samples: int, window: Tensor) -> None:
        super().__init__()
        angles = _angles(fft_samples)[:, fft_samples - len(window) :]
        weight = torch.full((len(angles), 1), 2.0 / fft_samples, dtype=torch.float64)
        weight[0], weight[-1] = 1.0 / fft_samples, 1.0 / fft_samples
        pairs = torch.stack([angles.cos(), -angles.sin()], dim=1) * weight[:, None]
        self.register_buffer("matrix", (pairs * window.double()).flatten(0, 1).float())

    matrix: Tensor

    def forward(self, spectra: Float[Tensor, "frame bin 2"]) -> Float[Tensor, "frame count"]:
        """Real frames; the imaginary parts at 0 Hz and at half the rate count nothing."""
        return spectra.flatten(1) @ self.matrix


def _angles(fft_samples: int) -> Float[Tensor, "bin time"]:
    """Phase of every bin at every sample, exact to the last bit of its product."""
    turns = torch.outer(torch.arange(fft_samples // 2 + 1), torch.arange(fft_samples))
    return (turns % fft_samples).double() * (2.0 * math.pi / fft_samples)
