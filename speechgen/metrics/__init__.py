"""Metrics: arrays or vectors in, numbers with a unit and a direction out."""

from __future__ import annotations

from speechgen.metrics.composite import (
    composite,
    log_likelihood_ratio,
    weighted_spectral_slope,
)
from speechgen.metrics.confidence import bootstrap_interval
from speechgen.metrics.enhancement import enhancement_scores
from speechgen.metrics.images import mean_absolute_error, psnr, ssim
from speechgen.metrics.metric_table import (
    ENHANCEMENT_LISTENING,
    ENHANCEMENT_METRICS,
    LATENT_METRICS,
    LISTENING_METRICS,
    METRICS,
    SYNTHESIS_METRICS,
    Metric,
)
from speechgen.metrics.perceptual import pesq_wb, stoi
from speechgen.metrics.pitch_agreement import PitchAgreement, pitch_agreement
from speechgen.metrics.signal import segmental_snr, si_sdr
from speechgen.metrics.speakers import cosine, equal_error_rate, min_detection_cost
from speechgen.metrics.spectral import log_spectral_distance
from speechgen.metrics.synthesis import (
    active_frames,
    cepstral_distortion,
    f0_error,
    mel_cepstral_distortion,
    sptk_distortion,
)

__all__ = [
    "ENHANCEMENT_LISTENING",
    "ENHANCEMENT_METRICS",
    "LATENT_METRICS",
    "LISTENING_METRICS",
    "METRICS",
    "SYNTHESIS_METRICS",
    "Metric",
    "PitchAgreement",
    "active_frames",
    "bootstrap_interval",
    "cepstral_distortion",
    "composite",
    "cosine",
    "enhancement_scores",
    "equal_error_rate",
    "f0_error",
    "log_likelihood_ratio",
    "log_spectral_distance",
    "mean_absolute_error",
    "mel_cepstral_distortion",
    "min_detection_cost",
    "pesq_wb",
    "pitch_agreement",
    "psnr",
    "segmental_snr",
    "si_sdr",
    "sptk_distortion",
    "ssim",
    "stoi",
    "weighted_spectral_slope",
]
