"""What a spectral enhancer does to a sound, as filters to look at."""

from __future__ import annotations

import torch
from jaxtyping import Complex
from torch import Tensor

from speechgen.models.spectral.enhancer import SpectralEnhancer
from speechgen.models.spectral.frames import complex_filters
from speechgen.shapes import Waves


@torch.no_grad()
def filters_of(network: SpectralEnhancer, noisy: Waves) -> Complex[Tensor, "frame batch bin tap"]:
    """The filters by which ``network`` multiplies the spectra of (batch, 1, time).

    Tap 0 is that of the frame itself, tap k of the one k frames before, and the real part of tap 0
    is a gain between 0 and 1 (:func:`speechgen.models.spectral.frames.complex_filters`). Frame j is
    centred on sample ``(j + 1) * hop_samples - fft_samples / 2`` of ``noisy``; the last ones lie
    behind its end.
    """
    outputs: list[Tensor] = []
    handle = network.merge.register_forward_hook(lambda *call: outputs.append(call[2]))
    try:
        network(noisy)
    finally:
        handle.remove()
    # the network hears so many frames more before it decides on one
    return complex_filters(outputs[0].float(), network.taps)[network.lookahead_frames :]
