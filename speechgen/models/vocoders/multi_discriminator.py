"""Discriminators of waves by their periods and by their spectra, several of each.

Multi-period: J. Kong, J. Kim, J. Bae, "HiFi-GAN", arXiv:2010.05646, section 2.3. Multi-resolution:
W. Jang et al., "UnivNet", arXiv:2106.07889, section 2.2, with the complex spectrum for its input as
in A. Defossez et al., arXiv:2210.13438, section 3.4. They exist in training only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.errors import ConfigError, ModelError
from speechgen.models.vae1d.discriminator import ConvDiscriminator
from speechgen.shapes import Waves

_SLOPE = 0.1


class MultiDiscriminator(nn.Module):
    """One discriminator for each period and one for each resolution.

    Parameters
    ----------
    periods
        Samples of the rows that the waveform is cut into.
    period_channels
        Widths of the convolutions along the columns, with strides of 3.
    resolutions
        Windows of the spectra in samples; their hop is a quarter.
    resolution_channels
        Width of the convolutions over spectra.
    input_level
        Waveforms are divided by it first: about their level.
    """

    def __init__(
        self,
        *,
        periods: Sequence[int] = (2, 3, 5, 7, 11),
        period_channels: Sequence[int] = (8, 16, 32, 64),
        resolutions: Sequence[int] = (256, 512, 1024),
        resolution_channels: int = 24,
        input_level: float = 1.0,
    ) -> None:
        super().__init__()
        if not periods and not resolutions:
            raise ConfigError("a discriminator needs a period or a resolution")
        if min([*periods, *resolutions, *period_channels, resolution_channels, 8]) < 1:
            raise ConfigError("periods, resolutions and channels must be 1 or more")
        if not input_level > 0.0 or (periods and not period_channels):
            raise ConfigError("input_level must be above 0 and period_channels not empty")
        self.input_level = input_level
        self.parts = nn.ModuleList(
            [_PeriodDiscriminator(period, period_channels) for period in periods]
            + [_ResolutionDiscriminator(size, resolution_channels) for size in resolutions]
        )

    def forward(self, waves: Waves) -> tuple[list[Tensor], list[list[Tensor]]]:
        """``(logits, feature maps)`` of waves (batch, 1, time), an entry for each part."""
        if waves.shape[1] != 1:
            raise ModelError(f"a discriminator of one channel was given {waves.shape[1]}")
        scored = [part(waves[:, 0] / self.input_level) for part in self.parts]
        return [logits for logits, _ in scored], [maps for _, maps in scored]


class _PeriodDiscriminator(ConvDiscriminator):
    """2-D convolutions over the waveform in rows of one period, along the columns."""

    def __init__(self, period: int, channels: Sequence[int]) -> None:
        widths = [1, *channels]
        convs = [nn.Conv2d(a, b, (5, 1), (3, 1), padding=(2, 0)) for a, b in pairwise(widths)]
        last = nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0))
        super().__init__([*convs, last], slope=_SLOPE)
        self.period = period

    def forward(self, wave: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(batch, time) -> logits (batch, 1, row, period), feature maps."""
        missing = -wave.shape[1] % self.period
        x = F.pad(wave[:, None], (0, missing), mode="reflect").unflatten(2, (-1, self.period))
        return self.discriminate(x)


class _ResolutionDiscriminator(ConvDiscriminator):
    """2-D convolutions over real and imaginary part of a spectrum, striding over frequency."""

    window: Tensor

    def __init__(self, window_samples: int, channels: int) -> None:
        convs = [
            nn.Conv2d(before, channels, (3, 9), stride=(1, 2), padding=(1, 4))
            for before in (2, channels, channels, channels)
        ]
        convs += [nn.Conv2d(channels, out, (3, 3), padding=(1, 1)) for out in (channels, 1)]
        super().__init__(convs, slope=_SLOPE)
        self.window_samples = window_samples
        self.register_buffer("window", torch.hann_window(window_samples), persistent=False)

    def forward(self, wave: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(batch, time) -> logits (batch, 1, frame, frequency), feature maps."""
        with torch.autocast(wave.device.type, enabled=False):
            spectrum = (
                torch.stft(
                    wave.float(),
                    self.window_samples,
                    self.window_samples // 4,
                    window=self.window,
                    center=True,
                    pad_mode="constant",
                    return_complex=True,
                )
                / self.window_samples**0.5
            )
        x = torch.view_as_real(spectrum).permute(0, 3, 2, 1)  # (batch, 2, frame, frequency)
        x = x.contiguous(memory_format=torch.channels_last)  # the faster order of convolutions
        return self.discriminate(x)
