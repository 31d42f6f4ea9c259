"""The model that changes nothing: whatever surrounds it must then change nothing either."""

from __future__ import annotations

from torch import nn

from speechgen.shapes import Waves


class Identity(nn.Module):
    """An enhancer that returns its input; it checks the wrapper around it.

    Parameters
    ----------
    sample_rate
        Rate in Hz it pretends to work at.
    window_samples
        Window the wrapper cuts files into.
    """

    def __init__(self, *, sample_rate: int = 16000, window_samples: int = 16384) -> None:
        super().__init__()
        self.sample_rate = sample_rate
        self.window_samples = window_samples

    def forward(self, noisy: Waves) -> Waves:
        """(batch, 1, time) to the same."""
        return noisy

    def enhance(self, noisy: Waves) -> Waves:
        """(batch, 1, time) to the same."""
        return noisy
