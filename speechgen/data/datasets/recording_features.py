"""Local conditions of a recording, as training has them."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from speechgen.data.augment.loudness import wave_gain
from speechgen.features import FeatureSettings, extract


def recording_features(
    settings: FeatureSettings, wave: np.ndarray, level_db: float | None = None
) -> Tensor:
    """Features of a recording at the level that goes with them, whatever its own.

    Training extracts from waves at ``settings.wave_level_db`` (:class:`AudioBank`); so whoever has
    a recording as it is takes this in place of :func:`speechgen.features.extract`. Both give the
    same frames, bit for bit, of 16-bit recordings at the settings' rate.

    Parameters
    ----------
    wave
        (time,) float32, a whole utterance.
    level_db
        Active level in dB below full scale, where it is not that of the settings.

    Returns
    -------
    Tensor
        (feature, frame) float32.
    """
    level_db = settings.wave_level_db if level_db is None else level_db
    gain = wave_gain(wave, settings.sample_rate, level_db)
    return extract(settings, wave * np.float32(gain))
