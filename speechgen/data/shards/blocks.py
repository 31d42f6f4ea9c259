"""Datasets over shards: made anew for every block of utterances that training goes through.

::

    items     0 ............ 2047 | 2048 .......... 4095 | ...
    block     0                   | 1                    |
    bank      utterances at those places of the epochs' order
    dataset   make(bank), as if these were all there are

Other voices of an item (babble, companions of a short utterance) come from its block. Item ``i`` is
a function of (seed, i) alone, as of every dataset here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from torch.utils.data import Dataset

from speechgen.data.datasets.random_access import generator
from speechgen.data.shards.order import EpochOrder
from speechgen.data.shards.shard_bank import ShardBank
from speechgen.data.shards.shard_set import ShardSet

BLOCK_UTTERANCES = 2048
_KEPT_BLOCKS = 2  # workers meet the end of one and the beginning of the next in turn
_SPEAKERS = 0x5350_4541_4B


class Blocks(Protocol):
    """Where the bank of each block comes from."""

    def bank(self, number: int) -> Any: ...


class Whole:
    """One bank, or None, for all blocks."""

    def __init__(self, bank: Any) -> None:
        self._bank = bank

    def bank(self, number: int) -> Any:
        """The same, whatever the block."""
        return self._bank


class EpochBlocks:
    """Consecutive utterances of an order, ``size`` in each block.

    Parameters
    ----------
    shards, order
        What is gone through, and how.
    size
        Utterances of a block.
    options
        Of :class:`ShardBank`.
    """

    def __init__(self, shards: ShardSet, order: EpochOrder, size: int, **options: Any) -> None:
        self.shards, self.order, self.size = shards, order, size
        self._options = options

    def bank(self, number: int) -> ShardBank:
        """The bank of block ``number``."""
        places = self.order.places(number * self.size, self.size)
        return ShardBank(self.shards, places, **self._options)


class SpeakerBlocks:
    """Some speakers with some utterances of each; every speaker once in a round.

    Parameters
    ----------
    shards
        Where they are.
    speakers, utterances
        Of a block, and of each of its speakers, at most.
    quietest
        Active level below which an utterance is left out.
    seed
        Of the choice.
    options
        Of :class:`ShardBank`.
    """

    def __init__(
        self,
        shards: ShardSet,
        *,
        speakers: int,
        utterances: int,
        quietest: float,
        seed: int,
        **options: Any,
    ) -> None:
        self.shards = shards
        self._count = min(speakers, len(shards.speaker_names))
        self._utterances, self._quietest = utterances, quietest
        self._seed, self._options = int(seed) ^ _SPEAKERS, options

    def bank(self, number: int) -> ShardBank:
        """The bank of block ``number``; a round's last speakers are joined by those of the next."""
        total = len(self.shards.speaker_names)
        chosen: list[int] = []
        place = number * self._count
        while len(chosen) < self._count:
            turn, first = divmod(place, total)
            order = generator(self._seed, 2 * turn).permutation(total)
            fresh = [one for one in order[first:].tolist() if one not in chosen]
            chosen += fresh[: self._count - len(chosen)]
            place = (turn + 1) * total
        return ShardBank(
            self.shards,
            np.concatenate([self._of(speaker, number) for speaker in chosen]),
            **self._options,
        )

    def _of(self, speaker: int, number: int) -> np.ndarray:
        """(utterance, 2) of a speaker, drawn anew for every block."""
        rng = generator(self._seed ^ (number << 1 | 1), speaker)
        found = rng.permutation(self.shards.rows_of_speaker(speaker), axis=0)
        kept = []
        for shard, row in found.tolist():
            if self.shards.rows(shard).clean.level[row] > self._quietest:
                kept.append((shard, row))
            if len(kept) == self._utterances:
                break
        return np.array(kept or found[:1], dtype=np.int64)


class BlockDataset(Dataset):
    """Items of the dataset of the block that each falls into.

    Parameters
    ----------
    make
        The dataset of a block, from the banks of ``sources``, in their order.
    sources
        Of banks.
    block_items
        Items of a block, a multiple of those of a batch.

    Attributes
    ----------
    collate, batch_size
        Of the datasets, where they have them.
    """

    def __init__(
        self, make: Callable[..., Any], sources: Sequence[Blocks], block_items: int
    ) -> None:
        self._make, self._sources, self.block_items = make, sources, int(block_items)
        self._kept: OrderedDict[int, Any] = OrderedDict()
        first = self.block(0)
        for name in ("collate", "batch_size"):
            if hasattr(first, name):
                setattr(self, name, getattr(first, name))

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_kept": OrderedDict()}

    def __len__(self) -> int:
        return self.block_items

    def __getitem__(self, index: int) -> Any:
        """Item ``index`` (0 or more), as that of the dataset of its block."""
        return self.block(index // self.block_items)[index]

    def block(self, number: int) -> Any:
        """The dataset of block ``number``."""
        dataset = self._kept.pop(number, None)
        if dataset is None:
            dataset = self._make(*(source.bank(number) for source in self._sources))
        self._kept[number] = dataset
        while len(self._kept) > _KEPT_BLOCKS:
            self._kept.popitem(last=False)
        return dataset


def block_size(utterances: int, batch_size: int, most: int = BLOCK_UTTERANCES) -> int:
    """Utterances of a block: whole batches, no more than there are where that can be."""
    batch_size = min(batch_size, utterances)
    return batch_size * max(min(most, utterances) // batch_size, 1)
