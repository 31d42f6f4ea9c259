"""How high the voices of a data directory speak."""

from __future__ import annotations

import numpy as np

from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.feature_cache import FrameBank
from speechgen.data.datasets.on_demand import FramesOnDemand
from speechgen.features.pitch_rows import NUM_ROWS, mean_hertz


def speaker_f0(bank: Bank, frames: FrameBank | FramesOnDemand) -> list[float]:
    """Mean F0 of each of ``bank.speaker_names``, in Hz to a tenth; 0 where nothing is voiced.

    Parameters
    ----------
    frames
        Features of the bank with ``absolute_pitch``.
    """
    rows: dict[str, list[np.ndarray]] = {name: [] for name in bank.speaker_names}
    for index, speaker in enumerate(bank.speakers):
        rows[speaker].append(frames.crop(index, 0, int(frames.counts[index]))[-NUM_ROWS:])
    means = [mean_hertz(np.concatenate(parts, axis=1)) for parts in rows.values()]
    return [round(mean or 0.0, 1) for mean in means]
