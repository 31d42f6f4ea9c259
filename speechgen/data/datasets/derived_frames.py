"""What a model makes of the features of utterances, made once and mapped from one file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from speechgen.data.datasets.feature_cache import FrameBank
from speechgen.data.datasets.on_demand import FramesOnDemand, derived_on_demand
from speechgen.errors import DataError
from speechgen.files import atomic_path
from speechgen.progress import track


def derived_frames(
    frames: FrameBank | FramesOnDemand,
    num_rows: int,
    derive: Callable[[np.ndarray], np.ndarray],
    *,
    key: str,
    label: str,
) -> DerivedFrames | FramesOnDemand:
    """As :class:`DerivedFrames`; on demand where ``frames`` are."""
    if isinstance(frames, FramesOnDemand):
        return derived_on_demand(frames, num_rows, derive)
    return DerivedFrames(frames, num_rows, derive, key=key, label=label)


class DerivedFrames:
    """Frames (row, frame) of every utterance, from those of a bank; float32 beside them on disk.

    Parameters
    ----------
    frames
        What they are made from.
    num_rows
        Rows of them.
    derive
        Features (feature, frame) of an utterance to its rows (row, frame).
    key
        Tells one ``derive`` from another.
    label
        What is made, for the progress bar.
    """

    def __init__(
        self,
        frames: FrameBank,
        num_rows: int,
        derive: Callable[[np.ndarray], np.ndarray],
        *,
        key: str,
        label: str,
    ) -> None:
        self._starts = frames.starts
        digest = hashlib.sha256(f"{frames.file.stem} {key} {num_rows}".encode()).hexdigest()[:16]
        self.file = frames.file.with_name(f"derived-{digest}.npy")
        self._mapped: np.ndarray | None = None
        if self.file.is_file():
            return
        shape = (int(frames.starts[-1]), num_rows)
        with atomic_path(self.file, overwrite=True) as temporary:
            rows = np.lib.format.open_memmap(temporary, "w+", dtype=np.float32, shape=shape)
            for index, count in enumerate(track(frames.counts, label)):
                begin, end = frames.starts[index], frames.starts[index + 1]
                rows[begin:end] = derive(frames.crop(index, 0, int(count))).T
            rows.flush()
            del rows

    def __getstate__(self) -> dict:
        return self.__dict__ | {"_mapped": None}  # worker processes map the file themselves

    def utterance(self, index: int) -> np.ndarray:
        """(row, frame) of utterance ``index``."""
        return self.crop(index, 0, int(self._starts[index + 1] - self._starts[index]))

    def crop(self, index: int, start: int, num_frames: int) -> np.ndarray:
        """``num_frames`` frames of utterance ``index`` from ``start``: (row, frame) float32."""
        if self._mapped is None:
            self._mapped = np.load(self.file, mmap_mode="r", allow_pickle=False)
        first = int(self._starts[index]) + start
        if start < 0 or first + num_frames > self._starts[index + 1]:
            raise DataError(f"frames {start} to {start + num_frames} of utterance {index}")
        return np.ascontiguousarray(self._mapped[first : first + num_frames].T)
