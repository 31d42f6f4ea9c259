"""Every utterance once in an epoch, over processes and workers, wherever a run goes on."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speechgen.data.shards.blocks import BlockDataset, EpochBlocks, SpeakerBlocks, block_size
from speechgen.data.shards.order import EpochOrder
from speechgen.data.shards.rows import ShardRows
from speechgen.data.shards.shard_set import ShardSet
from speechgen.errors import DataError
from speechgen.training.loop.loader import StepBatches, training_loader


def anything(rows: ShardRows) -> np.ndarray:
    return np.ones(len(rows), dtype=bool)


class Named:
    """Items are ids: those of the bank in turn."""

    def __init__(self, bank: Any) -> None:
        self._ids = bank.ids

    def __getitem__(self, index: int) -> str:
        return self._ids[index % len(self._ids)]

    @staticmethod
    def collate(items: list[str]) -> list[str]:
        return items


def named(shards: ShardSet, size: int = 16, seed: int = 0) -> BlockDataset:
    order = EpochOrder(shards, seed, anything, shards_at_once=3)
    blocks = EpochBlocks(shards, order, size, sample_rate=8000, in_turn=True)
    return BlockDataset(Named, [blocks], size)


def pairs(places: np.ndarray) -> list[tuple[int, int]]:
    return [(shard, row) for shard, row in places.tolist()]


@pytest.mark.parametrize("seed", [0, 7])
def test_an_epoch_has_every_utterance_once(shards: ShardSet, seed: int) -> None:
    order = EpochOrder(shards, seed, anything, shards_at_once=2)
    epochs = [pairs(order.places(epoch * len(order), len(order))) for epoch in range(3)]
    everything = {(n, r) for n, s in enumerate(shards.shards) for r in range(s.utterances)}
    for epoch in epochs:
        assert len(epoch) == len(set(epoch)) == len(shards) and set(epoch) == everything
    assert epochs[0] != epochs[1] != epochs[2]
    other = EpochOrder(shards, seed + 1, anything, shards_at_once=2)
    assert pairs(other.places(0, len(order))) != epochs[0]


def test_any_part_is_that_of_the_whole(shards: ShardSet) -> None:
    whole = pairs(EpochOrder(shards, 0, anything, shards_at_once=2).places(0, 200))
    order = EpochOrder(shards, 0, anything, shards_at_once=2)
    for start, count in ((150, 50), (3, 1), (38, 5), (0, 0), (79, 121)):
        assert pairs(order.places(start, count)) == whole[start : start + count]


def test_a_few_shards_are_read_at_a_time(shards: ShardSet) -> None:
    """Each group's shards are left before the next one's are met."""
    order = EpochOrder(shards, 0, anything, shards_at_once=2)
    met = order.places(0, len(order))[:, 0].tolist()
    last = {shard: place for place, shard in enumerate(met)}
    first = {shard: met.index(shard) for shard in last}
    for place in range(len(met)):
        assert sum(first[one] <= place <= last[one] for one in last) <= 2


def test_those_that_take_no_part_never_come(shards: ShardSet) -> None:
    def short(rows: ShardRows) -> np.ndarray:
        return rows.clean.num_samples < 900

    order = EpochOrder(shards, 0, short)
    found = order.places(0, len(order))
    assert 0 < len(order) < len(shards)
    assert all(short(shards.rows(shard))[row] for shard, row in found.tolist())
    with pytest.raises(DataError, match="no utterance that this training can use"):
        EpochOrder(shards, 0, lambda rows: rows.clean.num_samples < 0)


def read_as(folder: Path, rank: int, first: int, steps: int, answer: Any) -> None:
    """What process ``rank`` of two gets, with two workers."""
    batches = StepBatches(first, 2, rank=rank, world=2)
    loader = training_loader(named(ShardSet(folder)), batches, num_workers=2)
    answer.send(list(islice(loader, steps)))


def test_processes_and_workers_share_an_epoch(shards: ShardSet) -> None:
    """Two processes with two workers each, batches of 2: 40 utterances are 10 steps."""
    alone = training_loader(named(shards), StepBatches(0, 2), num_workers=0)
    expected = list(islice(alone, 40))
    processes = multiprocessing.get_context("fork")
    told: list[list[list[str]]] = []
    # the second pair goes on in the middle of a shard, at step 7
    for first, steps in ((0, 10), (7, 3)):
        started = []
        for rank in range(2):
            ours, theirs = processes.Pipe(duplex=False)
            process = processes.Process(
                target=read_as, args=(shards.path, rank, first, steps, theirs)
            )
            process.start()
            started.append((process, ours))
        for process, ours in started:
            assert ours.poll(120)
            told.append(ours.recv())
            process.join(120)
            assert process.exitcode == 0
    together = [batch for pair in zip(*told[:2], strict=True) for batch in pair]
    assert together == expected[:20]
    ids = Counter(name for batch in together for name in batch)
    assert len(ids) == 40 and set(ids.values()) == {1}
    assert told[2:] == [told[0][7:], told[1][7:]]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_going_on_meets_what_comes_next(shards: ShardSet, workers: int) -> None:
    dataset = named(shards)
    straight = list(islice(training_loader(dataset, StepBatches(0, 4), num_workers=0), 23))
    for first in (1, 9, 17):
        loader = training_loader(named(shards), StepBatches(first, 4), num_workers=workers)
        assert list(islice(loader, 6)) == straight[first : first + 6]


def test_blocks_have_whole_batches() -> None:
    for count, batch in ((1, 16), (15, 16), (16, 16), (40, 16), (5000, 16), (5000, 48)):
        size = block_size(count, batch)
        assert size % min(batch, count) == 0 and 0 < size <= max(count, batch)
    assert block_size(1_000_000, 16) == 2048


def test_all_speakers_come_in_a_round(shards: ShardSet) -> None:
    blocks = SpeakerBlocks(shards, speakers=2, utterances=3, quietest=0.0, seed=0, sample_rate=8000)
    rounds = [[blocks.bank(2 * turn + number) for number in range(2)] for turn in range(3)]
    for one, other in rounds:
        assert sorted(one.speaker_names + other.speaker_names) == shards.speaker_names
        assert len(one) == len(other) == 6 and len(set(one.ids)) == 6
    assert rounds[0][0].ids == blocks.bank(0).ids != rounds[1][0].ids
