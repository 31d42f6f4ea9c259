"""Objectives of latent-variable models of waveforms."""

from __future__ import annotations

from speechgen.training.kinds.kind import Kind

KINDS: dict[str, Kind] = {}
