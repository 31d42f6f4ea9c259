"""Causal networks: ``forward`` over a sequence beside ``step`` by step."""

from __future__ import annotations

from speechgen.causal.align import FrameUpsampler, interpolation_taps, num_frames, repeat_frames
from speechgen.causal.block import GatedBlock
from speechgen.causal.conv import CausalConv1d, History
from speechgen.causal.conv2d import CausalConv2d, PixelState, RowConv2d
from speechgen.causal.embedding import CausalEmbedding, CausalScalars
from speechgen.causal.gate_conditions import GateConditions
from speechgen.causal.gated_pixel_block import GatedPixelBlock, GatedPixelState
from speechgen.causal.lagged import LaggedInput
from speechgen.causal.masks import channel_groups, channel_mask
from speechgen.causal.pixel_lstm import (
    BidirectionalState,
    DiagonalBiLSTM,
    DiagonalLSTM,
    RowLSTM,
    ScanState,
    lstm,
    skew,
    unskew,
)
from speechgen.causal.receptive_field import (
    conv_output_length,
    left_padding,
    stacked_receptive_field,
)
from speechgen.causal.stack import GatedStack, stack_dilations

__all__ = [
    "BidirectionalState",
    "CausalConv1d",
    "CausalConv2d",
    "CausalEmbedding",
    "CausalScalars",
    "DiagonalBiLSTM",
    "DiagonalLSTM",
    "FrameUpsampler",
    "GateConditions",
    "GatedBlock",
    "GatedStack",
    "History",
    "LaggedInput",
    "PixelState",
    "RowConv2d",
    "RowLSTM",
    "ScanState",
    "GatedPixelBlock",
    "GatedPixelState",
    "channel_groups",
    "channel_mask",
    "conv_output_length",
    "interpolation_taps",
    "left_padding",
    "lstm",
    "num_frames",
    "repeat_frames",
    "skew",
    "stack_dilations",
    "stacked_receptive_field",
    "unskew",
]
