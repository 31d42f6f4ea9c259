"""In what order training goes through shards: a pure function of (seed, place).

::

    epoch 0                                   epoch 1
    | 3 shards drawn | next 3 | the rest |    | 3 others | ...
      their utterances, shuffled                          \
    place 0 1 2 3 4 5 ...                                  place N, N + 1, ...

Every utterance has one place in an epoch. What is read lies in a few shards at a time, as it would
with a shuffle buffer, but nothing has been read to know what comes at a place: a run goes on in the
middle of a shard, and any process or worker can take any part of the places.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from speechgen.data.datasets.random_access import generator
from speechgen.data.shards.rows import ShardRows
from speechgen.data.shards.shard_set import ShardSet
from speechgen.errors import DataError

SHARDS_AT_ONCE = 8
_STREAM = 0x5348_4152_4453  # keeps these draws apart from those of items
_KEPT_GROUPS = 2
Eligible = Callable[[ShardRows], np.ndarray]


class EpochOrder:
    """The utterances at all places, epoch after epoch without end.

    Parameters
    ----------
    shards
        What is gone through.
    seed
        Of the order; another one in every epoch.
    eligible
        Tells of each row of a shard whether it takes part: (row,) of bool.
    shards_at_once
        How many are shuffled together.

    Raises
    ------
    DataError
        No utterance takes part.
    """

    def __init__(
        self,
        shards: ShardSet,
        seed: int,
        eligible: Eligible,
        *,
        shards_at_once: int = SHARDS_AT_ONCE,
    ) -> None:
        self._shards, self._eligible = shards, eligible
        self._seed, self._at_once = int(seed) ^ _STREAM, int(shards_at_once)
        numbers = range(len(shards.shards))
        self.counts = np.array([int(eligible(shards.rows(number)).sum()) for number in numbers])
        if not len(self):
            raise DataError(f"{shards.path}: has no utterance that this training can use")
        self._kept: OrderedDict[tuple[int, int], np.ndarray] = OrderedDict()

    def __len__(self) -> int:
        """Places of an epoch."""
        return int(self.counts.sum())

    def places(self, start: int, count: int) -> np.ndarray:
        """Shard and row of ``count`` utterances from place ``start``: (utterance, 2) int64."""
        found = []
        while count:
            epoch, place = divmod(start, len(self))
            part = self._within(epoch, place, count)
            found.append(part)
            start, count = start + len(part), count - len(part)
        return np.concatenate(found) if found else np.zeros((0, 2), dtype=np.int64)

    def _within(self, epoch: int, place: int, count: int) -> np.ndarray:
        """Up to ``count`` of one group of shards."""
        drawn = generator(self._seed, 2 * epoch).permutation(len(self.counts))
        ends = np.cumsum(self.counts[drawn])
        group = int(np.searchsorted(ends, place, side="right")) // self._at_once
        first = int(ends[group * self._at_once - 1]) if group else 0
        rows = self._group(epoch, group, drawn)
        return rows[place - first : place - first + count]

    def _group(self, epoch: int, group: int, drawn: np.ndarray) -> np.ndarray:
        rows = self._kept.pop((epoch, group), None)
        if rows is None:
            parts = []
            for shard in drawn[group * self._at_once : (group + 1) * self._at_once].tolist():
                places = np.flatnonzero(self._eligible(self._shards.rows(shard)))
                parts.append(np.stack([np.full_like(places, shard), places], axis=1))
            rng = generator(self._seed ^ (epoch << 1 | 1), group)
            rows = rng.permutation(np.concatenate(parts), axis=0)
        self._kept[epoch, group] = rows
        while len(self._kept) > _KEPT_GROUPS:
            self._kept.popitem(last=False)
        return rows
