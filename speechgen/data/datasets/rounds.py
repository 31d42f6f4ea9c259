"""Rounds over utterances, in batches of like length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from speechgen.data.datasets.random_access import generator


class LikeLengths:
    """The order of utterances that gives batches of like length, none twice in a round.

    Parameters
    ----------
    indices
        Of the utterances.
    counts
        Length of each utterance, by index.
    batch_size
        Wanted; less where there are fewer utterances.
    seed
        Of the order.
    """

    def __init__(
        self, indices: Sequence[int], counts: np.ndarray, batch_size: int, seed: int
    ) -> None:
        self._indices, self._counts, self._seed = np.array(list(indices)), counts, seed
        self.batch_size = min(int(batch_size), len(self._indices))
        self._round, self._order = -1, self._indices

    def __len__(self) -> int:
        return len(self._indices) // self.batch_size * self.batch_size

    def __getitem__(self, index: int) -> int:
        """The utterance of item ``index`` (0 or more)."""
        number, place = divmod(index, len(self))
        if number != self._round:
            self._round, self._order = number, self._ordered(number)
        return int(self._order[place])

    def _ordered(self, number: int) -> np.ndarray:
        """Utterances of round ``number``: batches of like length, in a random order."""
        rng = generator(self._seed, number)
        drawn = rng.permutation(self._indices)[: len(self)]
        about = self._counts[drawn] * rng.uniform(0.9, 1.1, len(drawn))
        batches = drawn[np.argsort(about, kind="stable")].reshape(-1, self.batch_size)
        return rng.permutation(batches, axis=0).reshape(-1)
