"""Objectives of autoregressive networks of images."""

from __future__ import annotations

from speechgen.training.kinds.kind import Kind

KINDS: dict[str, Kind] = {}
