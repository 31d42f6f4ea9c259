"""Networks that know the order of time: ``forward`` over a sequence beside ``step`` by step."""

from __future__ import annotations

from speechgen.causal.align import FrameUpsampler, interpolation_taps, num_frames, repeat_frames
from speechgen.causal.block import GatedBlock
from speechgen.causal.conv import CausalConv1d, History
from speechgen.causal.embedding import CausalEmbedding, CausalScalars
from speechgen.causal.receptive_field import (
    conv_output_length,
    left_padding,
    stacked_receptive_field,
)
from speechgen.causal.stack import GatedStack, stack_dilations

__all__ = [
    "CausalConv1d",
    "CausalEmbedding",
    "CausalScalars",
    "FrameUpsampler",
    "GatedBlock",
    "GatedStack",
    "History",
    "conv_output_length",
    "interpolation_taps",
    "left_padding",
    "num_frames",
    "repeat_frames",
    "stack_dilations",
    "stacked_receptive_field",
]
