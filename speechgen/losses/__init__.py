"""Pure functions of tensors that are no likelihood."""

from speechgen.losses.spectral import (
    LIGHT_RESOLUTIONS,
    PAPER_RESOLUTIONS,
    Resolution,
    log_magnitude,
    multi_resolution_stft,
    spectral_convergence,
)
from speechgen.losses.waveform import l1, negative_segmental_snr, negative_si_sdr

__all__ = [
    "LIGHT_RESOLUTIONS",
    "PAPER_RESOLUTIONS",
    "Resolution",
    "l1",
    "log_magnitude",
    "multi_resolution_stft",
    "negative_segmental_snr",
    "negative_si_sdr",
    "spectral_convergence",
]
