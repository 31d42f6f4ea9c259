"""Waveform to local conditions, the same for training and synthesis."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from speechgen.features.pitch_rows import pitch_rows
from speechgen.features.reference_pitch import TRACKERS
from speechgen.features.settings import FeatureSettings
from speechgen.features.spectrum import as_wave, dct_matrix, log_mel

#: what is kept of an extraction is no longer its result once this has changed
EXTRACTION_VERSION = 3

# log-mel values from the floor (-11.5) to loud speech (2) land in about [-1, 1]
MEL_CENTRE, MEL_SCALE = -5.0, 6.5
_MIN_DEVIATION = 1e-2
STEPS = 4  # of voicing in a frame


def extract(settings: FeatureSettings, wave: Tensor | np.ndarray) -> Tensor:
    """Local conditions of one utterance.

    Mel: log-mel magnitudes, shifted and scaled by fixed constants to about [-1, 1]. Content:
    cepstra c0..c(n-1), each with the utterance's mean removed and its deviation divided out;
    log-F0 treated alike over voiced frames and interpolated in between; voicing, 0 or 1. What
    remains tells what is said and with which melody, much less who says it. With ``absolute_pitch``
    the last two rows are log-F0 as it is and the part of the frame that is voiced, in quarters.

    Parameters
    ----------
    settings
        Kind, framing and ranges.
    wave
        (time,) at ``settings.sample_rate``, float in [-1, 1]; a whole utterance for the content
        kind, since its statistics are taken from it.

    Returns
    -------
    Tensor
        (feature, frame), float32, ``settings.num_features`` by ceil(time / hop); frame j describes
        samples [j * hop, (j + 1) * hop).

    Raises
    ------
    ArrayError
        The wave is no waveform of one channel (:func:`speechgen.audio.as_mono`).
    """
    wave = as_wave(wave)
    spectrum = log_mel(wave, settings)
    if settings.kind == "mel":
        mel = (spectrum - MEL_CENTRE) / MEL_SCALE
        return torch.cat([mel, _melody(wave, settings)]) if settings.absolute_pitch else mel
    cepstra = dct_matrix(settings.num_cepstra, settings.num_mels).to(wave.device) @ spectrum
    return torch.cat([_standardise(cepstra), _melody(wave, settings)])


def _standardise(rows: Tensor) -> Tensor:
    centred = rows - rows.mean(dim=1, keepdim=True)
    return centred / centred.square().mean(dim=1, keepdim=True).sqrt().clamp_min(_MIN_DEVIATION)


def _melody(wave: Tensor, settings: FeatureSettings) -> Tensor:
    """Log-F0, as it is or normalised, and voicing: (2, frame), float32."""
    steps = math.gcd(settings.hop_samples, STEPS) if settings.absolute_pitch else 1
    f0_hz, voicing = TRACKERS[settings.f0_tracker](
        wave.detach().cpu().numpy(),
        settings.sample_rate,
        settings.hop_samples // steps,
        fmin_hz=settings.f0_min_hz,
        fmax_hz=settings.f0_max_hz,
    )
    if settings.absolute_pitch:
        return torch.from_numpy(pitch_rows(f0_hz, voicing, steps)).to(wave.device)
    melody = np.zeros((2, len(f0_hz)), dtype=np.float32)
    if voicing.any():
        voiced = np.log(f0_hz[voicing])
        voiced = (voiced - voiced.mean()) / max(voiced.std(), _MIN_DEVIATION)
        melody[0] = np.interp(np.arange(len(f0_hz)), np.flatnonzero(voicing), voiced)
    melody[1] = voicing
    return torch.from_numpy(melody).to(wave.device)
