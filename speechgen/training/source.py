"""What a run reads, and what it tells the function that opens it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

HELD_OUT_SEED = 1_000_000  # so that held-out items never share a seed with training items


@dataclass(frozen=True)
class Source:
    """What a run reads.

    Attributes
    ----------
    dataset
        Items are pure functions of (seed, index).
    batch_size
        Items of one step of one process.
    held_out
        Fixed validation batches; empty without ``data.valid``.
    model_arguments
        What the network's constructor is to be told.
    features
        Settings of the local condition, or {}.
    speakers, speaker_vectors
        Names of the training voices, and the mean vector of each, (speaker, feature).
    summary
        Plain figures for the model card.
    """

    dataset: Any
    batch_size: int
    held_out: list[dict[str, Tensor]]
    model_arguments: dict[str, Any] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=dict)
    speakers: list[str] = field(default_factory=list)
    speaker_vectors: np.ndarray | None = None
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """What a source function gets from the run beside its own settings."""

    sample_rate: int
    window_samples: int | None
    seed: int
    validation_items: int
    cache_dir: Path | None
