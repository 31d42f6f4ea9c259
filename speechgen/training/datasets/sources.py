"""Where a dataset's recordings come from: a data directory as a whole, or shards block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from speechgen.data.augment.noises import class_weight
from speechgen.data.shards.blocks import (
    BlockDataset,
    EpochBlocks,
    SpeakerBlocks,
    Whole,
    block_size,
)
from speechgen.data.shards.order import Eligible, EpochOrder
from speechgen.data.shards.rows import ShardRows
from speechgen.data.shards.shard_set import ShardSet, is_shards
from speechgen.training.datasets.audio_folders import audio_bank
from speechgen.training.datasets.training_data import DataContext

_QUIETEST_NOISE = 1e-6
_NOISES = 1024  # of a block
_SPEAKERS_OF_BATCH, _UTTERANCES = 4, 16  # speakers of a block; utterances of each
NO_BALANCE = "shards give every utterance once in an epoch: speaker_balance has no effect"


@dataclass(frozen=True)
class Source:
    """Banks by the number of a block.

    Attributes
    ----------
    blocks
        Gives them.
    whole
        All recordings: an :class:`AudioBank`, a :class:`ShardSet`, or None.
    size
        Items of a block; None where one bank serves for all.
    """

    blocks: Any
    whole: Any
    size: int | None = None


def speech(
    folder: str,
    context: DataContext,
    batch_size: int,
    seed: int,
    eligible: Eligible,
    *,
    noisy: bool = False,
    level_db: float | None = None,
) -> Source:
    """Speech that is gone through in batches of ``batch_size``.

    Of shards every utterance that is ``eligible`` comes once in an epoch.
    """
    if not is_shards(folder):
        bank = audio_bank(folder, context, noisy=noisy, level_db=level_db)
        return Source(Whole(bank), bank)
    shards = ShardSet(folder)
    order = EpochOrder(shards, seed, eligible)
    size = block_size(len(order), batch_size)
    blocks = EpochBlocks(
        shards, order, size, sample_rate=context.sample_rate, noisy=noisy, level_db=level_db,
        in_turn=True,
    )  # fmt: skip
    return Source(blocks, shards, size)


def noise(
    folder: str | None, context: DataContext, weights: Mapping[str, float], seed: int
) -> Source:
    """Noises to draw from; of shards, other ones for every block."""
    if folder is None or not is_shards(folder):
        bank = audio_bank(folder, context)
        return Source(Whole(bank), bank)
    shards = ShardSet(folder)
    order = EpochOrder(shards, seed, partial(drawn_as_noise, weights=dict(weights)))
    size = min(_NOISES, len(order))
    blocks = EpochBlocks(shards, order, size, sample_rate=context.sample_rate)
    return Source(blocks, shards, size)


def speakers(
    folder: str, context: DataContext, speakers_per_batch: int, quietest: float, seed: int
) -> Source:
    """Speech to draw by speaker; of shards, that of some of them for every block."""
    if not is_shards(folder):
        bank = audio_bank(folder, context)
        return Source(Whole(bank), bank)
    shards = ShardSet(folder)
    count = min(_SPEAKERS_OF_BATCH * speakers_per_batch, len(shards.speaker_names))
    blocks = SpeakerBlocks(
        shards, speakers=count, utterances=_UTTERANCES, quietest=quietest, seed=seed,
        sample_rate=context.sample_rate,
    )  # fmt: skip
    return Source(blocks, shards, count * _UTTERANCES)


def dataset_over(make: Callable[..., Any], *sources: Source, batch_size: int) -> Any:
    """The dataset that ``make`` makes of the banks of ``sources``, or of those of every block.

    The first source that comes in blocks says how long a block is; it has whole batches.
    """
    size = next((source.size for source in sources if source.size is not None), None)
    if size is None:
        return make(*(source.blocks.bank(0) for source in sources))
    items = size if size < batch_size else -(-size // batch_size) * batch_size
    return BlockDataset(make, [source.blocks for source in sources], items)


def left_out(folder: str, source: Source, which: str) -> list[str]:
    """A line on the utterances of shards that take no part, and ``which`` those are; if any are."""
    count = len(source.whole) - len(source.blocks.order)
    return [f"{folder}: {count} utterances {which} are left out"] if count else []


def audible(rows: ShardRows) -> np.ndarray:
    """Whether there is sound in each."""
    heard: np.ndarray = rows.clean.level > 0
    return heard


def everything(rows: ShardRows) -> np.ndarray:
    """All of them."""
    return np.ones(len(rows), dtype=bool)


def longer_than_hop(rows: ShardRows, *, sample_rate: int, hop_samples: int) -> np.ndarray:
    """Whether each has a whole frame."""
    long_enough: np.ndarray = rows.clean.lengths_at(sample_rate) >= hop_samples
    return long_enough


def with_room_for(
    rows: ShardRows, *, places: str, sample_rate: int, hop_samples: int
) -> np.ndarray:
    """Whether each has phones or symbols (``places`` of the rows), and frames for them."""
    needed = getattr(rows, places)
    frames = -(-rows.clean.lengths_at(sample_rate) // hop_samples)
    enough: np.ndarray = (needed > 0) & (needed <= frames)
    return enough


def drawn_as_noise(rows: ShardRows, *, weights: Mapping[str, float]) -> np.ndarray:
    """Whether each can be heard, and its class has weight."""
    weighed = [class_weight(name.decode(), weights) > 0 for name in rows.speakers.tolist()]
    return np.array(weighed, dtype=bool) & (rows.clean.level > _QUIETEST_NOISE)
