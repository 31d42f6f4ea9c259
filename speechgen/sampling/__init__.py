"""Engines that draw from autoregressive networks; all agree under one noise."""

from __future__ import annotations

from speechgen.sampling.interface import ENGINES, generate, sample, sample_symbols
from speechgen.sampling.noise import NoiseStreams

__all__ = ["ENGINES", "NoiseStreams", "generate", "sample", "sample_symbols"]
