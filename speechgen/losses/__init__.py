"""Losses other than likelihoods, as pure functions of tensors."""

from speechgen.losses.compressed import compressed_spectrum
from speechgen.losses.envelope import log_likelihood_ratio
from speechgen.losses.perceptual import perceptual_disturbance, wide_band_score
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
    "compressed_spectrum",
    "l1",
    "log_likelihood_ratio",
    "log_magnitude",
    "multi_resolution_stft",
    "negative_segmental_snr",
    "negative_si_sdr",
    "perceptual_disturbance",
    "spectral_convergence",
    "wide_band_score",
]
