"""Games between a generator of images and its opponents."""

from __future__ import annotations

from speechgen.training.kinds.kind import Kind

KINDS: dict[str, Kind] = {}
