"""A discriminator that learns to score an estimate beside its target, as PESQ would.

S.-W. Fu et al., "MetricGAN", arXiv:1905.04874, section 3, with the normalised scores of
"MetricGAN+", arXiv:2104.03538. Its input are compressed mel bands, which is a good part of what the
measure itself does, so it can be small.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from speechgen.features import mel_filters

_FLOOR = 1e-8


class MetricDiscriminator(nn.Module):
    """(estimate, target) pairs to one logit each; its sigmoid is the score, 1 for perfect.

    Parameters
    ----------
    sample_rate
        In Hz.
    fft_samples, hop_samples
        Of the short-time spectra.
    bands
        Mel bands.
    channels
        Width after each convolution, which halves both axes.
    kernel_size
        Of the convolutions.
    compression
        Exponent of the magnitudes.
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        fft_samples: int = 512,
        hop_samples: int = 256,
        bands: int = 64,
        channels: Sequence[int] = (16, 32, 64, 64),
        kernel_size: int = 5,
        compression: float = 0.3,
    ) -> None:
        super().__init__()
        if not channels or min(channels) < 1:
            raise ValueError(f"channels are {channels}; at least one positive width is needed")
        self.fft_samples, self.hop_samples = fft_samples, hop_samples
        self.compression = compression
        filters = mel_filters(sample_rate, fft_samples, bands, 0.0, sample_rate / 2)
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("window", torch.hann_window(fft_samples), persistent=False)
        layers: list[nn.Module] = []
        width = 3
        for out in channels:
            layers.append(
                nn.Sequential(
                    nn.utils.parametrizations.spectral_norm(
                        nn.Conv2d(width, out, kernel_size, stride=2, padding=kernel_size // 2)
                    ),
                    nn.PReLU(out),
                )
            )
            width = out
        self.layers = nn.ModuleList(layers)
        self.head = nn.Sequential(
            nn.Linear(2 * width, width), nn.LeakyReLU(0.3), nn.Linear(width, 1)
        )

    filters: Tensor
    window: Tensor

    def forward(
        self, pairs: Float[Tensor, "batch 2 time"]
    ) -> tuple[list[Float[Tensor, "batch 1"]], list[list[Tensor]]]:
        """``([logits], [feature maps])`` of (estimate, target) pairs, independent of each other."""
        level = pairs[:, 1:].square().mean(dim=(1, 2), keepdim=True) + 1e-9
        frames = (pairs.float() / level.sqrt()).unfold(-1, self.fft_samples, self.hop_samples)
        spectrum = torch.view_as_real(torch.fft.rfft(frames * self.window))
        powers = spectrum.square().sum(-1) @ self.filters.T / self.fft_samples
        mel = (powers + _FLOOR) ** (0.5 * self.compression)  # (batch, 2, frame, band)
        x = torch.cat([mel, mel[:, :1] - mel[:, 1:]], dim=1)
        features = []
        for layer in self.layers:
            x = layer(x)
            features.append(x)
        flat = x.flatten(2)
        logits = self.head(torch.cat([flat.mean(-1), flat.amax(-1)], dim=1))
        return [logits], [features]
