"""Lengths and receptive fields, with the numbers of the lecture slides."""

from __future__ import annotations

import pytest

from speechgen.causal import (
    conv_output_length,
    left_padding,
    num_frames,
    stack_dilations,
    stacked_receptive_field,
)


@pytest.mark.parametrize(
    ("num_samples", "padding", "outputs"), [(8, 0, 6), (10, 0, 8), (8, 2, 8), (10, 2, 10)]
)
def test_output_length_is_input_plus_padding_less_kernel_minus_one(num_samples, padding, outputs):
    assert conv_output_length(num_samples, 3, padding=padding) == outputs


@pytest.mark.parametrize(("kernel", "dilation"), [(2, 1), (2, 8), (3, 1), (3, 4), (5, 3)])
def test_left_padding_keeps_the_length(kernel, dilation):
    padding = left_padding(kernel, dilation)
    assert padding == (kernel - 1) * dilation
    assert conv_output_length(50, kernel, dilation=dilation, padding=padding) == 50


def test_receptive_field_of_the_papers_stack():
    dilations = stack_dilations(1, 10)
    assert dilations == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert stacked_receptive_field([2] * 10, dilations) == 1024
    assert stacked_receptive_field([3] * 20, stack_dilations(2, 10)) == 4093


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (160, 1), (161, 2), (320, 2)])
def test_frames_cover_all_samples(samples, frames):
    assert num_frames(samples, 160) == frames
