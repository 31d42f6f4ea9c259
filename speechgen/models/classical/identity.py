"""The identity model, to test the wrappers of enhancers: they must then change nothing."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from speechgen.shapes import Waves


class Identity(nn.Module):
    """An enhancer that returns its input; it checks the wrapper around it.

    Parameters
    ----------
    sample_rate
        Rate in Hz it pretends to work at.
    window_samples
        Window of the wrapper.
    hop_samples
        Samples it pretends to stream at a time; None makes it a model that works in windows.
    latency_samples
        How far its stream is behind its input.

    Raises
    ------
    ValueError
        The hop is below 1 or the latency below 0.
    """

    def __init__(
        self,
        *,
        sample_rate: int = 16000,
        window_samples: int = 16384,
        hop_samples: int | None = None,
        latency_samples: int = 0,
    ) -> None:
        super().__init__()
        if (hop_samples is not None and hop_samples < 1) or latency_samples < 0:
            raise ValueError("hop_samples must be 1 or more and latency_samples 0 or more")
        self.sample_rate = sample_rate
        self.window_samples = window_samples
        self.hop_samples = hop_samples
        self.latency_samples = latency_samples

    def forward(self, noisy: Waves) -> Waves:
        """(batch, 1, time) to the same."""
        return noisy

    def enhance(self, noisy: Waves) -> Waves:
        """(batch, 1, time) to the same."""
        return noisy

    def initial_state(self, batch: int) -> tuple[Tensor]:
        """The samples that are still to come out: (batch, 1, latency) zeros."""
        return (torch.zeros(batch, 1, self.latency_samples),)

    def stream(self, noisy: Waves, state: tuple[Tensor]) -> tuple[Waves, tuple[Tensor]]:
        """(batch, 1, time) to the same ``latency_samples`` later, and what is still to come."""
        held = torch.cat([state[0].to(noisy), noisy], dim=-1)
        return held[..., : noisy.shape[-1]], (held[..., noisy.shape[-1] :],)
