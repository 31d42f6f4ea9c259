"""From ``image_pairs`` and ``image_domains`` data groups to datasets and held-out batches."""

from __future__ import annotations

from collections.abc import Callable

from speechgen.training.source import Source

KINDS: dict[str, tuple[type, Callable[..., Source]]] = {}
