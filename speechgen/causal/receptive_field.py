"""Arithmetic of lengths and receptive fields, as pure functions of integers."""

from __future__ import annotations

from collections.abc import Iterable


def conv_output_length(
    num_samples: int, kernel_size: int, *, dilation: int = 1, padding: int = 0
) -> int:
    """Outputs of a stride-1 convolution over ``num_samples`` inputs and ``padding`` zeros in all.

    >>> conv_output_length(8, 3), conv_output_length(10, 3), conv_output_length(8, 3, padding=2)
    (6, 8, 8)
    """
    return max(0, num_samples + padding - (kernel_size - 1) * dilation)


def left_padding(kernel_size: int, dilation: int = 1) -> int:
    """Zeros to put before a sequence so that a convolution sees no future and keeps the length."""
    return (kernel_size - 1) * dilation


def stacked_receptive_field(kernel_sizes: Iterable[int], dilations: Iterable[int]) -> int:
    """Inputs that one output of causal convolutions on top of each other depends on.

    ``1 + sum (kernel - 1) * dilation`` (arXiv:1609.03499, figure 3).

    >>> stacked_receptive_field([2, 2, 2, 2], [1, 2, 4, 8])
    16
    """
    pairs = zip(kernel_sizes, dilations, strict=True)
    return 1 + sum(left_padding(kernel, dilation) for kernel, dilation in pairs)
