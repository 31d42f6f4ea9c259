"""What a run trains on, and what belongs to one kind of data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

HELD_OUT_SEED = 1_000_000  # the same for all runs, whose values can then be compared


@dataclass(frozen=True)
class TrainingData:
    """What a run trains and validates on, and what it implies.

    Attributes
    ----------
    dataset
        Items are pure functions of (seed, index).
    batch_size
        Items of one step of one process.
    held_out
        Fixed validation batches; empty without ``data.valid``.
    model_arguments
        Arguments of the network that follow from the data.
    features
        Settings of the local condition, or {}.
    speakers, speaker_vectors
        Names of the training voices, and the mean vector of each, (speaker, feature).
    classes
        Labels that the training images have.
    recogniser
        What made the local condition, where it is what a recogniser hears; the network has it too.
    summary
        Plain figures for the model card.
    notes
        What a user should know of the data, a line each.
    """

    dataset: Any
    batch_size: int
    held_out: list[dict[str, Tensor]]
    model_arguments: dict[str, Any] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=dict)
    speakers: list[str] = field(default_factory=list)
    speaker_vectors: np.ndarray | None = None
    classes: list[int] = field(default_factory=list)
    recogniser: nn.Module | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataContext:
    """What the run tells a kind of data beside its settings."""

    sample_rate: int
    window_samples: int | None
    seed: int
    validation_items: int
    cache_dir: Path | None


@dataclass(frozen=True)
class DataKind:
    """What the catalogue finds in the file of a kind of data.

    Attributes
    ----------
    settings
        The dataclass of its part of the configuration; its ``kind`` has the kind's name.
    open
        ``open(settings, context)`` gives the :class:`TrainingData`.
    check
        Refuses settings and files that cannot be right, before anything is read.
    """

    settings: type
    open: Callable[[Any, DataContext], TrainingData]
    check: Callable[[Any], None]
