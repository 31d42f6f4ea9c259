"""Games from image to image."""

from __future__ import annotations

from speechgen.training.kinds.kind import Kind

KINDS: dict[str, Kind] = {}
