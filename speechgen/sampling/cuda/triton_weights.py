"""A WaveNet's weights as the Triton kernel reads them: padded to powers of two, in one order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from speechgen.causal import CausalEmbedding
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.cached import bias_of

CATEGORICAL, LOGISTIC, GAUSSIAN = 0, 1, 2  # as the kernel calls them
_KINDS = {"mu_law": CATEGORICAL, "logistic_mixture": LOGISTIC}


def power_of_two(count: int) -> int:
    """``count`` rounded up to a power of two."""
    return 1 << (count - 1).bit_length()


@dataclass(frozen=True)
class KernelSizes:
    """Sizes that the kernel is compiled for; see :func:`draw_samples` there."""

    layers: int
    kernel: int
    residual: int
    units: int
    half: int
    skip: int
    table_rows: int
    params: int
    count: int
    kind: int
    levels: int
    noise_size: int
    lag_taps: int

    def constants(self) -> dict[str, int]:
        """By the kernel's names."""
        return {name.upper(): value for name, value in vars(self).items()}


@dataclass(frozen=True)
class KernelWeights:
    """Tensors in the order of the kernel's arguments.

    Attributes
    ----------
    table
        (tap, table row, residual).
    first_bias
        (residual,).
    lagged
        As ``table``, of the samples a pitch period ago; of one element where there are none.
    matrices
        For each layer: for each tap, oldest first, those of filter and gate (residual, unit); then
        (residual, unit) and (skip, unit), which are multiplied from the left.
    residual_bias, skip_bias
        (layer, residual); (skip,), the sum over layers.
    hidden, hidden_bias
        (skip, hidden), with the skip scale in it; (hidden,), padded as the skip channels.
    last, last_bias
        (param, hidden), (param,); a mixture's three kinds of params are padded one by one.
    """

    table: Tensor
    first_bias: Tensor
    lagged: Tensor
    matrices: Tensor
    residual_bias: Tensor
    skip_bias: Tensor
    hidden: Tensor
    hidden_bias: Tensor
    last: Tensor
    last_bias: Tensor


def kernel_sizes(model: WaveNet) -> KernelSizes:
    """Those of ``model``."""
    block, likelihood = next(iter(model.stack)), model.likelihood
    half = block.conv.weight.shape[0] // 2
    categorical = isinstance(model.embedding, CausalEmbedding)
    count = getattr(likelihood, "classes" if categorical else "mixtures", 1)
    return KernelSizes(
        layers=len(model.dilations),
        kernel=model.stack.kernel_size,
        residual=power_of_two(block.residual_channels),
        units=power_of_two(half),
        half=half,
        skip=power_of_two(block.skip_channels),
        table_rows=count + 1 if categorical else 1,
        params=power_of_two(count),
        count=count,
        kind=_KINDS.get(likelihood.name, GAUSSIAN),
        levels=getattr(likelihood, "levels", 2),
        noise_size=likelihood.noise_size,
        lag_taps=0 if model.lagged is None else model.lagged.kernel_size,
    )


def kernel_weights(model: WaveNet, precision: torch.dtype) -> KernelWeights:
    """Copies of all weights as they are now; the matrices of the layers in ``precision``."""
    sizes, blocks = kernel_sizes(model), list(model.stack)
    residual, skip = blocks[0].residual_channels, blocks[0].skip_channels
    matrices = [_layer(block, sizes) for block in blocks]
    biases = torch.stack([bias_of(block.out) for block in blocks])
    hidden, last = (layer for layer in model.head if isinstance(layer, nn.Linear))
    table: Any = model.embedding.weight.detach()
    lagged = table.new_zeros(1, 1, 1) if model.lagged is None else model.lagged.weight.detach()
    if isinstance(model.embedding, CausalEmbedding):
        table, lagged = (F.pad(rows, (0, 0, 0, 1)) for rows in (table, lagged))  # for "no symbol"
    first_bias = getattr(model.embedding, "bias", None)
    if first_bias is None:
        first_bias = table.new_zeros(residual)
    return KernelWeights(
        table=_fit(table, *table.shape[:2], sizes.residual),
        first_bias=_fit(first_bias, sizes.residual),
        lagged=_fit(lagged, *lagged.shape[:2], sizes.residual),
        matrices=torch.stack(matrices).to(precision).contiguous(),
        residual_bias=_fit(biases[:, :residual], sizes.layers, sizes.residual),
        skip_bias=_fit(biases[:, residual:].sum(dim=0), sizes.skip),
        hidden=_fit(hidden.weight.t() * model.stack.skip_scale, sizes.skip, sizes.skip),
        hidden_bias=_fit(bias_of(hidden), sizes.skip),
        last=_by_kind(last.weight[:, :skip], sizes, sizes.skip),
        last_bias=_by_kind(bias_of(last).unsqueeze(1), sizes, 1).flatten(),
    )


def _layer(block: Any, sizes: KernelSizes) -> Tensor:
    """All matrices of one layer, one after the other."""
    halves = block.conv.weight.detach().unflatten(0, (2, sizes.half))  # (2, unit, residual, tap)
    taps = halves.permute(3, 0, 2, 1)
    residual, skip = block.out.weight.detach().split([block.residual_channels, block.skip_channels])
    parts = (
        _fit(taps, sizes.kernel, 2, sizes.residual, sizes.units),
        _fit(residual, sizes.residual, sizes.units),
        _fit(skip, sizes.skip, sizes.units),
    )
    return torch.cat([part.flatten() for part in parts])


def _by_kind(values: Tensor, sizes: KernelSizes, columns: int) -> Tensor:
    """(param, ...) -> (padded param, columns): logits, means and log-scales each padded.

    A single Gaussian has no logits; they are zeros then.
    """
    if sizes.kind == CATEGORICAL:
        return _fit(values, sizes.params, columns)
    kinds = list(values.split(sizes.count))
    kinds = [torch.zeros_like(kinds[0])] * (3 - len(kinds)) + kinds
    return torch.cat([_fit(kind, sizes.params, columns) for kind in kinds])


def _fit(values: Tensor, *shape: int) -> Tensor:
    """A float32 copy of ``values``, with zeros up to ``shape``."""
    fitted = values.new_zeros(shape, dtype=torch.float32)
    fitted[tuple(slice(size) for size in values.shape)] = values.detach()
    return fitted
