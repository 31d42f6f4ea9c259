"""Sampling engines of autoregressive networks; all agree under the same noise."""

from __future__ import annotations

from speechgen.sampling.engines import ENGINES
from speechgen.sampling.interface import generate, sample, sample_symbols
from speechgen.sampling.noise import NoiseStreams
from speechgen.sampling.stream import SampleStream, StreamState

__all__ = [
    "ENGINES",
    "NoiseStreams",
    "SampleStream",
    "StreamState",
    "generate",
    "sample",
    "sample_symbols",
]
