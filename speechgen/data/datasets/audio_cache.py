"""All utterances of a data directory at one rate, decoded once, mapped from one file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.data.augment.loudness import level_gain
from speechgen.data.datasets.cache_places import cache_folder
from speechgen.data.datasets.packing import Source, load_index, pack
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.errors import DataError
from speechgen.files import size_and_time

_VERSION = 1


class AudioBank:
    """The utterances of a data directory as mono waves at one rate, ready to be cropped.

    The first use decodes every file (in threads) into one array of int16 on disk; later uses map
    that file, and processes share its memory. The name of the cache file holds a hash of paths,
    sizes, times of change, segments and rate, so that changed recordings are decoded again.
    Each utterance has its own power of two as scale: 16-bit recordings at the same rate come back
    exactly, and quiet noises keep their digits.

    Parameters
    ----------
    data_dir
        A data directory or the path of one.
    sample_rate
        In Hz; files at another rate are resampled, channels are averaged.
    cache_dir
        Where to keep the decoded array; None means ``.cache`` in the data directory,
        or where :func:`cache_folder` finds room if that cannot be written.
    noisy
        Whether to decode ``noisy.scp`` instead of ``wav.scp``.
    level_db
        Active level that every utterance is brought to, in dB relative to full scale (less where
        its peak would clip); None leaves them as recorded.

    Attributes
    ----------
    ids, speakers : list of str
        Of each utterance, in byte order of the ids.
    speaker_names : list of str
        Each speaker once, sorted.
    lengths : ndarray
        Samples of each utterance.
    levels : ndarray
        Active level of each utterance, root mean square.
    key : str
        The hash; equal for equal content.
    cache_dir : Path
        Where the decoded array is.

    Raises
    ------
    DataError, AudioError
        A bad directory; files that cannot be read, with their number.
    """

    in_turn = False

    def __init__(
        self,
        data_dir: DataDirectory | str | Path,
        sample_rate: int,
        cache_dir: str | Path | None = None,
        *,
        noisy: bool = False,
        level_db: float | None = None,
    ) -> None:
        data = data_dir if isinstance(data_dir, DataDirectory) else load_data_directory(data_dir)
        self.sample_rate = int(sample_rate)
        self.ids = data.ids
        self.speakers = [data.speakers[name] for name in self.ids]
        self.speaker_names = data.speaker_names
        sources = sources_of(data, noisy)
        self.key = _hash(sources, self.sample_rate)
        name = f"speech-{self.sample_rate}-{self.key}.npy"
        folder = Path(cache_dir) if cache_dir is not None else cache_folder(data.path, name)
        self.cache_dir = folder
        self._file = folder / name
        if not self._file.with_suffix(".json").is_file():
            pack(sources, self.sample_rate, self._file)
        index = load_index(self._file)
        self.lengths = np.array(index["lengths"], dtype=np.int64)
        pairs = zip(index["levels"], index["peaks"], strict=True)
        gains = np.array([level_gain(*pair, level_db) for pair in pairs])
        self.levels = np.array(index["levels"] * gains, dtype=np.float32)
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])[:-1]
        self._scales = np.array(index["scales"] * gains, dtype=np.float32)
        self._place = {name: i for i, name in enumerate(self.ids)}
        self._mapped: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self.wave(i) for i in range(len(self)))

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_mapped": None}  # worker processes map the file themselves

    @property
    def duration_seconds(self) -> float:
        """Of all utterances together."""
        return float(self.lengths.sum() / self.sample_rate)

    def index_of(self, utterance: str) -> int:
        """The place of an utterance id."""
        return self._place[utterance]

    def wave(self, index: int) -> np.ndarray:
        """Utterance ``index`` as a whole: (time,) float32."""
        return self.crop(index, 0, int(self.lengths[index]))

    def crop(self, index: int, start: int, num_samples: int) -> np.ndarray:
        """``num_samples`` of utterance ``index`` from ``start``; zeros beyond its end.

        Returns
        -------
        ndarray
            (num_samples,) float32.
        """
        if self._mapped is None:
            self._mapped = np.load(self._file, mmap_mode="r", allow_pickle=False)
        first = int(self.starts[index]) + start
        inside = max(min(num_samples, int(self.lengths[index]) - start), 0)
        wave = np.zeros(num_samples, dtype=np.float32)
        np.multiply(self._mapped[first : first + inside], self._scales[index], out=wave[:inside])
        return wave


def sources_of(data: DataDirectory, noisy: bool) -> list[Source]:
    """Where each utterance's clean or noisy sound is; :class:`DataError` without noisy.scp."""
    files = data.noisy if noisy else data.wavs
    if files is None:
        raise DataError(f"{data.path}: has no noisy.scp; prepare it with: speechgen prepare paired")
    sources = []
    for name in data.ids:
        segment = data.segments[name] if data.segments else None
        times = (segment.start_seconds, segment.end_seconds) if segment else (0.0, None)
        sources.append(Source(files[name], *times))
    return sources


def _hash(sources: list[Source], sample_rate: int) -> str:
    rows: list[Any] = [_VERSION, sample_rate]
    for source in sources:
        rows.append([str(source.path.absolute()), *size_and_time(source.path)])
        rows.append([source.start_seconds, source.end_seconds])
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]
