"""Blocks with no notion of time order: strided convolutions and virtual batch normalisation."""

from speechgen.layers.normalisation import VirtualBatchNorm
from speechgen.layers.strided import initialise, strided_down, strided_padding, strided_up

__all__ = ["VirtualBatchNorm", "initialise", "strided_down", "strided_padding", "strided_up"]
