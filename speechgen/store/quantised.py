"""Weights in a byte each: the rows of a matrix as whole numbers, with a scale beside them.

``name`` holds ``round(127 w / m)`` as I8, where m is the largest magnitude of its row (first
axis), and ``name:scale`` holds m / 127, (row,) float32. Such rounding moves a weight by at most
1/254 of the largest of its row. Short rows and vectors, which save little, stay float16.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from speechgen.store.header import TensorInfo

if TYPE_CHECKING:
    from torch import Tensor

SCALE = ":scale"
MIN_ROW = 32
_LEVELS = 127


def quantise(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """``state`` with its long rows in a byte a weight, and their scales.

    Values that are not finite give scales that are not; other tensors than those of floating point
    are as they were.
    """
    import torch

    stored: dict[str, Tensor] = {}
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            stored[name] = tensor
        elif tensor.ndim < 2 or not len(tensor) or tensor[0].numel() < MIN_ROW:
            stored[name] = tensor.to(torch.float16)
        else:
            rows = tensor.float().flatten(1)
            scale = rows.abs().amax(dim=1) / _LEVELS
            numbers = (rows / scale.clamp(min=1e-30)[:, None]).round()
            stored[name] = numbers.to(torch.int8).view_as(tensor)
            stored[name + SCALE] = scale
    return stored


def dequantise(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of :func:`quantise` in float32; without a scale a tensor is as it was."""
    weights = {}
    for name, tensor in state.items():
        scale = state.get(name + SCALE)
        if scale is not None:
            weights[name] = tensor.float() * scale.float().view(-1, *[1] * (tensor.ndim - 1))
        elif not _is_scale(name, state):
            weights[name] = tensor
    return weights


def weights_of(header: dict[str, TensorInfo]) -> dict[str, TensorInfo]:
    """The weights that a header tells of: an I8 tensor with its scale counts as one of F32.

    A pair that does not fit is left as two tensors, for whoever compares them with a model.
    """
    pairs = {
        name
        for name, info in header.items()
        if info.dtype == "I8"
        and len(info.shape) > 1
        and header.get(name + SCALE) == TensorInfo("F32", info.shape[:1])
    }
    return {
        name: replace(info, dtype="F32") if name in pairs else info
        for name, info in header.items()
        if not (name.endswith(SCALE) and name.removesuffix(SCALE) in pairs)
    }


def _is_scale(name: str, state: dict[str, Tensor]) -> bool:
    return name.endswith(SCALE) and name.removesuffix(SCALE) in state
