"""Waveform features: spectra, mel, cepstra, fundamental frequency, pre-emphasis."""

from __future__ import annotations

from speechgen.features.activity import active_seconds, check_voice, is_silent
from speechgen.features.extraction import EXTRACTION_VERSION, extract
from speechgen.features.mel_cepstral_analysis import sptk_mel_cepstra
from speechgen.features.pitch import f0
from speechgen.features.preemphasis import deemphasis, preemphasis
from speechgen.features.reference_pitch import pyin_f0
from speechgen.features.settings import FeatureSettings
from speechgen.features.spectrum import (
    frame_levels_db,
    log_mel,
    mel_cepstra,
    mel_filters,
    stft_magnitude,
)

__all__ = [
    "EXTRACTION_VERSION",
    "FeatureSettings",
    "active_seconds",
    "check_voice",
    "deemphasis",
    "extract",
    "f0",
    "frame_levels_db",
    "is_silent",
    "log_mel",
    "mel_cepstra",
    "mel_filters",
    "preemphasis",
    "pyin_f0",
    "sptk_mel_cepstra",
    "stft_magnitude",
]
