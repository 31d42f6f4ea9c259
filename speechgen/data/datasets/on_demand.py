"""Features of utterances made when they are asked for, of speech that is too much to keep them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from speechgen.data.datasets.bank import Bank
from speechgen.errors import DataError
from speechgen.features import FeatureSettings, extract

_KEPT = 64  # utterances


class FramesOnDemand:
    """Rows (row, frame) of utterances, each made as a whole; those asked for last are kept.

    Parameters
    ----------
    counts
        Frames of each utterance.
    num_features
        Rows of them.
    make
        The rows of an utterance by its number: (row, frame).

    Attributes
    ----------
    file
        None: nothing is on disk.
    """

    file = None

    def __init__(
        self, counts: np.ndarray, num_features: int, make: Callable[[int], np.ndarray]
    ) -> None:
        self.counts, self.num_features, self._make = counts, num_features, make
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()

    def utterance(self, index: int) -> np.ndarray:
        """(row, frame) float32 of utterance ``index``."""
        rows = self._kept.pop(index, None)
        if rows is None:
            rows = np.asarray(self._make(index), dtype=np.float32)
            if rows.shape != (self.num_features, self.counts[index]):
                raise DataError(
                    f"utterance {index} has {rows.shape} features, not "
                    f"{(self.num_features, int(self.counts[index]))}"
                )
        self._kept[index] = rows
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return rows

    def crop(self, index: int, start: int, num_frames: int) -> np.ndarray:
        """``num_frames`` frames of utterance ``index`` from ``start``: (row, frame) float32."""
        if start < 0 or start + num_frames > self.counts[index]:
            raise DataError(f"frames {start} to {start + num_frames} of {self.counts[index]}")
        return np.ascontiguousarray(self.utterance(index)[:, start : start + num_frames])


def extracted_on_demand(bank: Bank, settings: FeatureSettings) -> FramesOnDemand:
    """What :class:`FrameBank` has, extracted from a bank anew for whoever asks."""
    return FramesOnDemand(
        -(-bank.lengths // settings.hop_samples),
        settings.num_features,
        lambda index: extract(settings, bank.wave(index)).numpy(),
    )


def derived_on_demand(
    frames: FramesOnDemand, num_rows: int, derive: Callable[[np.ndarray], np.ndarray]
) -> FramesOnDemand:
    """What :class:`DerivedFrames` has, made of ``frames`` anew for whoever asks."""
    return FramesOnDemand(frames.counts, num_rows, lambda index: derive(frames.utterance(index)))
