"""The front end of speaker encoders: waves to log-mel spectra without level and channel."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from speechgen.features import mel_filters
from speechgen.shapes import Frames

_WINDOW_SECONDS, _HOP_SECONDS = 0.025, 0.010
_SHORTEST_SECONDS = 0.1
_LOWEST_HZ = 20.0
FLOOR = 1e-5


class LogMel(nn.Module):
    """Waves (batch, time) to mean-normalised log-mel spectra (batch, band, frame).

    Windows of 25 ms every 10 ms. The spectrum loses its mean over time, so level and a fixed
    channel's colour drop out. Computed in float32, whatever the precision around it.

    Parameters
    ----------
    sample_rate
        Hz, 1000 to 400000.
    num_mels
        Bands from 20 Hz to half the rate, 1 to 1024.
    """

    filters: Tensor
    window: Tensor

    def __init__(self, sample_rate: int, num_mels: int) -> None:
        super().__init__()
        if not 1000 <= sample_rate <= 400_000 or not 1 <= num_mels <= 1024:
            raise ValueError("sample_rate must be in [1000, 400000] and num_mels in [1, 1024]")
        self.window_samples = round(_WINDOW_SECONDS * sample_rate)
        self.hop_samples = round(_HOP_SECONDS * sample_rate)
        self.shortest_samples = round(_SHORTEST_SECONDS * sample_rate)
        self.fft_samples = 1 << (self.window_samples - 1).bit_length()
        filters = mel_filters(sample_rate, self.fft_samples, num_mels, _LOWEST_HZ, sample_rate / 2)
        self.register_buffer("filters", filters.clone(), persistent=False)
        window = torch.hann_window(self.window_samples)
        self.register_buffer("window", window, persistent=False)

    def forward(self, wave: Tensor) -> Frames:
        """The spectrum; waves under 0.1 s are repeated to that length."""
        return without_mean(self.bands(wave))

    def bands(self, wave: Tensor) -> Frames:
        """The spectrum in nepers with its mean over time, of the wave with a peak of 1."""
        with torch.autocast(wave.device.type, enabled=False):
            wave = _at_least(wave.float(), self.shortest_samples)
            peak = wave.abs().amax(dim=1, keepdim=True).clamp_min(1e-4)
            frames = torch.stft(
                wave / peak,
                self.fft_samples,
                hop_length=self.hop_samples,
                win_length=self.window_samples,
                window=self.window,
                pad_mode="reflect",
                return_complex=True,
            )
            return (self.filters @ frames.abs()).clamp_min(FLOOR).log()


def without_mean(bands: Frames) -> Frames:
    """Spectra (batch, band, frame) without their mean over time."""
    return bands - bands.mean(dim=2, keepdim=True)


def _at_least(wave: Tensor, num_samples: int) -> Tensor:
    if wave.dim() != 2 or wave.shape[1] == 0:
        raise ValueError(f"expected waves (batch, time), not {tuple(wave.shape)}")
    repeats = -(-num_samples // wave.shape[1])
    return wave.repeat(1, repeats) if repeats > 1 else wave
