"""What datasets draw from: utterances at one rate, wherever their samples are kept."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Bank(Protocol):
    """Utterances as mono waves at one rate, ready to be cropped.

    :class:`speechgen.data.AudioBank` has those of a data directory, decoded once;
    :class:`speechgen.data.shards.shard_bank.ShardBank` some of those in shards.

    Attributes
    ----------
    ids, speakers, speaker_names : list of str
        Of each utterance; each speaker once, sorted.
    lengths, levels : ndarray
        Samples, and active level (root mean square), of each.
    sample_rate : int
        In Hz.
    in_turn : bool
        Whether items of a dataset take the utterances in turn, rather than drawing them.
    """

    ids: list[str]
    speakers: list[str]
    lengths: np.ndarray
    levels: np.ndarray
    sample_rate: int
    in_turn: bool

    @property
    def speaker_names(self) -> list[str]: ...

    @property
    def duration_seconds(self) -> float: ...

    def __len__(self) -> int: ...

    def wave(self, index: int) -> np.ndarray: ...

    def crop(self, index: int, start: int, num_samples: int) -> np.ndarray: ...
