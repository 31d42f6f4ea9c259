"""Multi-resolution spectrum and multi-period discriminators of waveforms.

::

    wave --+--> STFT, window w --> 2-D convolutions, down in frequency --> logits      for each w
           '--> every p-th sample --> 1-D convolutions along each column --> logits    for each p

Spectra as in A. Defossez et al., arXiv:2210.13438 (section 3.4), periods as in J. Kong et al.,
arXiv:2010.05646 (section 2.3), both with weight normalisation and leaky rectifiers of slope 0.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from speechgen.errors import ConfigError, ModelError
from speechgen.shapes import Waves

_SLOPE = 0.2
_COMPRESSION = 0.3


class WaveDiscriminator(nn.Module):
    """A spectrum discriminator per window length and a period discriminator per period.

    Parameters
    ----------
    windows
        Window lengths of the spectra in samples, multiples of 4; hops are a quarter of them.
    periods
        Distances in samples between neighbours in a column.
    channels
        Width of the spectrum discriminators; period discriminators have up to four times as many.
    input_level
        Waveforms are divided by it first: about their level.
    """

    def __init__(
        self,
        *,
        windows: Sequence[int] = (128, 256, 512),
        periods: Sequence[int] = (2, 3, 5),
        channels: int = 16,
        input_level: float = 0.1,
    ) -> None:
        super().__init__()
        if not (list(windows) or list(periods)) or channels < 1 or not input_level > 0.0:
            raise ConfigError(
                "needs windows or periods, channels of 1 or more, input_level above 0"
            )
        if any(window < 16 or window % 4 for window in windows) or any(p < 2 for p in periods):
            raise ConfigError(
                f"windows must be multiples of 4 from 16 and periods 2 or more, not "
                f"{list(windows)} and {list(periods)}"
            )
        self.input_level = input_level
        self.discriminators = nn.ModuleList(
            [SpectrumDiscriminator(window, channels) for window in windows]
            + [PeriodDiscriminator(period, channels) for period in periods]
        )

    def forward(self, waves: Waves) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Logits and feature maps of each discriminator, for waves (batch, 1, time)."""
        if waves.shape[1] != 1:
            raise ModelError(f"a discriminator of one channel was given {waves.shape[1]}")
        outputs = [one(waves[:, 0] / self.input_level) for one in self.discriminators]
        return [logits for logits, _ in outputs], [features for _, features in outputs]


class ConvDiscriminator(nn.Module):
    """2-D convolutions with their feature maps, and a last one for the logits."""

    def __init__(self, convs: Sequence[nn.Conv2d], *, slope: float = _SLOPE) -> None:
        super().__init__()
        self.slope = slope
        self.convs = nn.ModuleList(weight_norm(conv) for conv in convs)

    def discriminate(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(batch, channel, height, width): a logit per position, and the feature maps."""
        features = []
        for conv in self.convs[:-1]:
            x = F.leaky_relu(conv(x), self.slope)
            features.append(x)
        return self.convs[-1](x), features


class SpectrumDiscriminator(ConvDiscriminator):
    """On complex spectra (batch, 2, frequency, frame), magnitudes raised to 0.3."""

    def __init__(self, window_samples: int, channels: int) -> None:
        wide = {"kernel_size": (7, 3), "padding": (3, 1)}
        down = [
            nn.Conv2d(channels, channels, stride=(2, 1), **wide)  # type: ignore[arg-type]
            for _ in range(3 if window_samples >= 64 else 1)
        ]
        last = nn.Conv2d(channels, 1, (3, 3), padding=(1, 1))
        super().__init__([nn.Conv2d(2, channels, **wide), *down, last])  # type: ignore[arg-type]
        self.window_samples = window_samples
        self.register_buffer("window", torch.hann_window(window_samples), persistent=False)

    window: Tensor

    def forward(self, waves: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits and feature maps of waves (batch, time)."""
        size = self.window_samples
        spectrum = torch.stft(
            waves.float(), size, size // 4, size, self.window.float(),
            pad_mode="constant", return_complex=True,
        )  # fmt: skip
        parts = torch.stack([spectrum.real, spectrum.imag], dim=1) / size**0.5
        power = parts.square().sum(dim=1, keepdim=True) + 1e-6
        return self.discriminate((parts * power ** (0.5 * (_COMPRESSION - 1.0))).to(waves.dtype))


class PeriodDiscriminator(ConvDiscriminator):
    """On samples folded to (batch, 1, time / period, period), along each column."""

    def __init__(self, period: int, channels: int) -> None:
        widths = [1, channels, 2 * channels, 4 * channels]
        convs = [nn.Conv2d(a, b, (5, 1), (3, 1), (2, 0)) for a, b in pairwise(widths)]
        super().__init__([*convs, nn.Conv2d(widths[-1], 1, (3, 1), padding=(1, 0))])
        self.period = period

    def forward(self, waves: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits and feature maps of waves (batch, time); zeros fill the last row."""
        padded = F.pad(waves, (0, -waves.shape[1] % self.period))
        return self.discriminate(padded.unflatten(1, (-1, self.period))[:, None])
