"""Features of all utterances of a bank, extracted once and mapped from one file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from speechgen.data.datasets.audio_cache import AudioBank
from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.on_demand import FramesOnDemand, extracted_on_demand
from speechgen.errors import DataError
from speechgen.features import EXTRACTION_VERSION, FeatureSettings, extract
from speechgen.files import atomic_path
from speechgen.progress import track

_VERSION = 1


def frames_of(
    bank: Bank, settings: FeatureSettings, cache_dir: str | Path | None = None
) -> FrameBank | FramesOnDemand:
    """The frames of a bank: kept on disk where its samples are, else extracted on demand."""
    if isinstance(bank, AudioBank):
        return FrameBank(bank, settings, cache_dir)
    check_rates(bank, settings)
    return extracted_on_demand(bank, settings)


def check_rates(bank: Bank, settings: FeatureSettings) -> None:
    """Refuse (DataError) a bank of another rate than that of the settings."""
    if bank.sample_rate != settings.sample_rate:
        raise DataError(
            f"features at {settings.sample_rate} Hz cannot be extracted from speech at "
            f"{bank.sample_rate} Hz; load the speech at {settings.sample_rate} Hz"
        )


class FrameBank:
    """The frames of every utterance of a bank, float32 on disk, shared between processes.

    Parameters
    ----------
    bank
        The speech.
    settings
        What to extract.
    cache_dir
        Where to keep the frames; None means beside the cache of the bank. The name of the file
        holds a hash of the speech, the settings and the version of the extraction.

    Attributes
    ----------
    counts
        Frames of each utterance.
    starts
        Where in the file each begins, and where the last one ends.
    file
        The file.

    Raises
    ------
    DataError
        The bank has another rate than the settings.
    """

    def __init__(
        self, bank: AudioBank, settings: FeatureSettings, cache_dir: str | Path | None = None
    ) -> None:
        check_rates(bank, settings)
        hop = settings.hop_samples
        self.num_features = settings.num_features
        self.counts = -(-bank.lengths // hop)
        self.starts = np.concatenate([[0], np.cumsum(self.counts)])
        key = [_VERSION, EXTRACTION_VERSION, bank.key, bank.sample_rate, settings.to_dict()]
        text = json.dumps(key, sort_keys=True)
        folder = Path(cache_dir) if cache_dir is not None else bank.cache_dir
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.file = folder / f"frames-{settings.kind}-{digest}.npy"
        self._mapped: np.ndarray | None = None
        if not self.file.is_file():
            self._extract(bank, settings)

    def __getstate__(self) -> dict:
        return self.__dict__ | {"_mapped": None}  # worker processes map the file themselves

    def crop(self, index: int, start: int, num_frames: int) -> np.ndarray:
        """``num_frames`` frames of utterance ``index`` from ``start``: (feature, frame) float32."""
        if self._mapped is None:
            self._mapped = np.load(self.file, mmap_mode="r", allow_pickle=False)
        if start < 0 or start + num_frames > self.counts[index]:
            raise DataError(f"frames {start} to {start + num_frames} of {self.counts[index]}")
        first = int(self.starts[index]) + start
        return np.ascontiguousarray(self._mapped[first : first + num_frames].T)

    def utterance(self, index: int) -> np.ndarray:
        """(feature, frame) float32 of utterance ``index``."""
        return self.crop(index, 0, int(self.counts[index]))

    def _extract(self, bank: AudioBank, settings: FeatureSettings) -> None:
        shape = (int(self.starts[-1]), self.num_features)
        with atomic_path(self.file, overwrite=True) as temporary:
            frames = np.lib.format.open_memmap(temporary, "w+", dtype=np.float32, shape=shape)
            indices = range(len(bank))
            label = f"extracting {settings.kind} features"
            for index in track(indices, label):
                found = extract(settings, bank.wave(index))
                begin, end = self.starts[index], self.starts[index + 1]
                frames[begin:end] = np.asarray(found, dtype=np.float32).T
            frames.flush()
            del frames
