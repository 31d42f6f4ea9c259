"""Kinds of training data by name: from the ``data`` group of a configuration to batches.

A file each holds the settings of a kind and opens it. The catalogue names import paths, which are
resolved when a kind is used; so data of images is found without anything here importing it.
"""

from __future__ import annotations

from typing import Any

from speechgen import registry
from speechgen.errors import ConfigError
from speechgen.training.datasets.training_data import DataContext, DataKind, TrainingData
from speechgen.training.settings import from_mapping

CATALOGUE: dict[str, str] = {
    "mixture": "speechgen.training.datasets.mixture:DATA",
    "paired": "speechgen.training.datasets.paired:DATA",
    "conditioned": "speechgen.training.datasets.conditioned:DATA",
    "speakers": "speechgen.training.datasets.speakers:DATA",
    "transcribed": "speechgen.training.datasets.transcribed:DATA",
    "spoken": "speechgen.training.datasets.spoken:DATA",
    "images": "speechgen.images.training.image_datasets:IMAGES",
    "image_pairs": "speechgen.images.training.translation_datasets:IMAGE_PAIRS",
    "image_domains": "speechgen.images.training.translation_datasets:IMAGE_DOMAINS",
}


def data_kind(name: Any) -> DataKind:
    """The kind of data called ``name``, imported now; :class:`ConfigError` lists the names."""
    if name not in CATALOGUE:
        raise ConfigError(f"data.kind: needs one of {', '.join(CATALOGUE)}, not {name!r}")
    kind: DataKind = registry.resolve(CATALOGUE[name])
    return kind


def data_settings(values: dict[str, Any]) -> Any:
    """The checked settings dataclass of a ``data`` mapping; its files must exist."""
    kind = data_kind(values.get("kind"))
    settings: Any = from_mapping(kind.settings, values, "data")
    kind.check(settings)
    return settings


def open_data(settings: Any, context: DataContext) -> TrainingData:
    """The data that ``settings`` (from :func:`data_settings`) describe."""
    return data_kind(settings.kind).open(settings, context)
