"""Windows of a spectral model: long to look through, short to put sound together, so less delay.

D. Mauler and R. Martin, "A low delay, variable resolution, perfect reconstruction spectral
analysis-synthesis system for speech enhancement", EUSIPCO 2007, section 3: the synthesis window is
zero but for the last two hops of a frame, where its product with the analysis window is a Hann
window, so that frames overlap to one. A frame that is two hops long has the root of a Hann window
for both, as always.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def low_delay_windows(
    fft_samples: int, hop_samples: int
) -> tuple[Float[Tensor, " fft_samples"], Float[Tensor, " two_hops"]]:
    """Analysis window, and synthesis window of the last two hops of a frame.

    Raises
    ------
    ValueError
        A frame is shorter than two hops, or the hop not a positive number.
    """
    if hop_samples < 1 or fft_samples < 2 * hop_samples:
        raise ValueError(
            f"hop_samples is {hop_samples}; it must be between 1 and {fft_samples // 2}, "
            f"half of fft_samples"
        )
    rising = torch.hann_window(2 * (fft_samples - hop_samples)).sqrt()[: fft_samples - hop_samples]
    falling = torch.hann_window(2 * hop_samples).sqrt()[hop_samples:]
    whole = torch.hann_window(2 * hop_samples)[:hop_samples]
    first = whole / rising[-hop_samples:].clamp_min(1e-6)
    return torch.cat([rising, falling]), torch.cat([first, falling])


def overlap_add(
    waves: Float[Tensor, "frame batch two_hops"], overlap: Float[Tensor, "batch hop"]
) -> tuple[Float[Tensor, "batch 1 time"], Float[Tensor, "batch hop"]]:
    """What frames complete, beginning on the half that the one before them left, and theirs."""
    first, second = waves.chunk(2, dim=-1)
    tail = torch.cat([overlap[None], second])
    return (first + tail[:-1]).transpose(0, 1).flatten(1).unsqueeze(1), tail[-1]
