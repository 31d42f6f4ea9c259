"""Blocks with no notion of time order: strided and centred convolutions, virtual batch norm."""

from speechgen.layers.centred import CentredConv1d
from speechgen.layers.normalisation import VirtualBatchNorm
from speechgen.layers.strided import initialise, strided_down, strided_padding, strided_up

__all__ = [
    "CentredConv1d",
    "VirtualBatchNorm",
    "initialise",
    "strided_down",
    "strided_padding",
    "strided_up",
]
