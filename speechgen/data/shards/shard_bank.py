"""Some utterances of shards as a bank: what :class:`AudioBank` is for a whole data directory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from speechgen.audio import resample
from speechgen.data.augment.loudness import level_gain
from speechgen.data.kaldi.directory import in_byte_order
from speechgen.data.shards.rows import ShardRows, Sounds
from speechgen.data.shards.shard_set import ShardSet
from speechgen.data.shards.sound_bytes import decoded, decoded_part
from speechgen.errors import DataError

_KEPT_BYTES = 1 << 26  # of decoded waves
_KEPT_FILES = 8
_SHORT = 4  # a stretch of less than a fourth is decoded alone


class ShardBank:
    """Utterances of shards as mono waves at one rate, read and decoded when they are asked for.

    It has what :class:`speechgen.data.AudioBank` has. Levels are those of the recordings at their
    own rates.

    Parameters
    ----------
    shards
        Where they are.
    places
        (utterance, 2): shard and row of each.
    sample_rate
        In Hz; recordings at another rate are resampled, channels are averaged.
    noisy
        Whether to read the noisy versions.
    level_db
        As of :class:`speechgen.data.AudioBank`.
    in_turn
        Whether items of a dataset take the utterances in turn, rather than drawing them.
    """

    def __init__(
        self,
        shards: ShardSet,
        places: np.ndarray,
        sample_rate: int,
        *,
        noisy: bool = False,
        level_db: float | None = None,
        in_turn: bool = False,
    ) -> None:
        if noisy and not shards.has_pairs:
            raise DataError(f"{shards.path}: has no noisy versions; prepare it from pairs")
        self.sample_rate, self.in_turn = int(sample_rate), in_turn
        self._shards, self._places = shards, places
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()
        self._kept_bytes = 0
        self._read: OrderedDict[int, bytes] = OrderedDict()
        columns: dict[str, np.ndarray] = {}
        for number in np.unique(places[:, 0]).tolist():
            here = np.flatnonzero(places[:, 0] == number)
            taken = self._columns(shards.rows(number), places[here, 1], noisy)
            for name, values in taken.items():
                if name not in columns:
                    columns[name] = np.zeros(len(places), dtype=values.dtype)
                elif values.dtype.itemsize > columns[name].dtype.itemsize:
                    columns[name] = columns[name].astype(values.dtype)
                columns[name][here] = values
        self.ids = [name.decode() for name in columns.pop("ids").tolist()]
        self.speakers = [name.decode() for name in columns.pop("speakers").tolist()]
        pairs = zip(columns["level"], columns["peak"], strict=True)
        self._gains = np.array([level_gain(*pair, level_db) for pair in pairs])
        self.levels = np.array(columns["level"] * self._gains, dtype=np.float32)
        self.lengths = columns["length"]
        self._columns_of = columns

    def _columns(self, rows: ShardRows, at: np.ndarray, noisy: bool) -> dict[str, np.ndarray]:
        sounds: Sounds | None = rows.noisy if noisy else rows.clean
        assert sounds is not None  # the index says so
        return {
            "ids": rows.ids[at],
            "speakers": rows.speakers[at],
            "length": sounds.lengths_at(self.sample_rate)[at],
            "rate": sounds.sample_rate[at],
            **{name: getattr(sounds, name)[at] for name in ("start", "size", "crc")},
            **{name: getattr(sounds, name)[at] for name in ("level", "peak")},
        }

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self.wave(i) for i in range(len(self)))

    @cached_property
    def speaker_names(self) -> list[str]:
        """Each speaker once, sorted."""
        return in_byte_order(set(self.speakers))

    @property
    def duration_seconds(self) -> float:
        """Of all utterances together."""
        return float(self.lengths.sum() / self.sample_rate)

    def facts(self) -> dict[str, dict[str, Any]]:
        """What the JSON of each utterance says of it, by id."""
        return dict(zip(self.ids, self._shards.facts(self._places), strict=True))

    def wave(self, index: int) -> np.ndarray:
        """Utterance ``index`` as a whole: (time,) float32.

        Raises
        ------
        DataError, AudioError
            The shard is not what it was when it was indexed.
        """
        return self._whole(index).copy()

    def _whole(self, index: int) -> np.ndarray:
        wave = self._kept.pop(index, None)
        if wave is None:
            wave = self._decoded(index)
            self._kept_bytes += wave.nbytes
        self._kept[index] = wave
        while self._kept_bytes > _KEPT_BYTES and len(self._kept) > 1:
            self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes
        return wave

    def crop(self, index: int, start: int, num_samples: int) -> np.ndarray:
        """``num_samples`` of utterance ``index`` from ``start``; zeros beyond its end.

        Returns
        -------
        ndarray
            (num_samples,) float32.
        """
        inside = max(min(num_samples, int(self.lengths[index]) - start), 0)
        wave = np.zeros(num_samples, dtype=np.float32)
        part = None
        if index not in self._kept and inside * _SHORT < self.lengths[index]:
            part = self._part(index, start, inside)
        wave[:inside] = self._whole(index)[start : start + inside] if part is None else part
        return wave

    def _bytes(self, index: int) -> bytes:
        """Of the sound file; crops of an utterance often come in a row."""
        data = self._read.pop(index, None)
        if data is None:
            shard, columns = int(self._places[index, 0]), self._columns_of
            start, size, crc = (int(columns[name][index]) for name in ("start", "size", "crc"))
            data = self._shards.bytes_at(shard, start, size, crc)
        self._read[index] = data
        while len(self._read) > _KEPT_FILES:
            self._read.popitem(last=False)
        return data

    def _part(self, index: int, start: int, num_samples: int) -> np.ndarray | None:
        """A stretch alone, where the decoder can go to any sample and that is the same."""
        if self._columns_of["rate"][index] != self.sample_rate or not num_samples:
            return None
        name = f"{self._shards.path}: {self.ids[index]}"
        wave = decoded_part(self._bytes(index), name, start, num_samples)
        return None if wave is None else wave * np.float32(self._gains[index])

    def _decoded(self, index: int) -> np.ndarray:
        wave, rate = decoded(self._bytes(index), f"{self._shards.path}: {self.ids[index]}")
        wave = resample(wave, rate, self.sample_rate)
        if len(wave) != self.lengths[index]:
            raise DataError(
                f"{self._shards.path}: {self.ids[index]} has {len(wave)} samples, the index says "
                f"{self.lengths[index]}; write the index anew"
            )
        return wave * np.float32(self._gains[index])
