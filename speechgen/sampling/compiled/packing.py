"""A WaveNet's weights, laid out for the loop; packed once and again when they have changed."""

from __future__ import annotations

import weakref
import zlib
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.compiled.draws import CATEGORICAL, GAUSSIAN, LOGISTIC
from speechgen.sampling.compiled.loop import Shape, Weights
from speechgen.sampling.compiled.memory import LANES, aligned, padded
from speechgen.sampling.compiled.vectors import interleaved, tile_widths

PRECISIONS = ("float32", "bfloat16", "int8")
_KINDS = {"mu_law": CATEGORICAL, "logistic_mixture": LOGISTIC}
_packed: weakref.WeakKeyDictionary[WaveNet, tuple[int, dict[Any, list[Weights]]]]
_packed = weakref.WeakKeyDictionary()


def parts_of(model: WaveNet, threads: int) -> int:
    """How many parts the gated units are divided into, for as many threads; none is empty."""
    half = next(iter(model.stack)).conv.weight.shape[0] // 2
    vectors = -(-half // LANES)
    return -(-vectors // -(-vectors // threads))


def shape_of(model: WaveNet, parts: int) -> Shape:
    """The sizes of ``model`` where ``parts`` threads share an utterance."""
    block = next(iter(model.stack))
    likelihood: Any = model.likelihood
    hidden, last = (layer for layer in model.head if isinstance(layer, nn.Linear))
    kind = _KINDS.get(likelihood.name, GAUSSIAN)
    half = block.conv.weight.shape[0] // 2
    return Shape(
        layers=len(model.dilations),
        kernel=block.conv.kernel_size,
        residual=block.residual_channels,
        residual_padded=padded(block.residual_channels),
        units=padded(-(-half // parts)),
        skip=block.skip_channels,
        skip_padded=padded(block.skip_channels),
        hidden=hidden.out_features,
        hidden_padded=padded(hidden.out_features),
        params=last.out_features,
        params_padded=padded(last.out_features),
        table_rows=likelihood.classes + 1 if kind == CATEGORICAL else 1,
        noise_size=likelihood.noise_size,
        kind=kind,
        mixtures=getattr(likelihood, "mixtures", 1),
        levels=getattr(likelihood, "levels", 2),
        lag_taps=0 if model.lagged is None else model.lagged.kernel_size,
        heard=0 if model.lagged is None else model.lagged.memory_samples,
    )


def packed_weights(model: WaveNet, precision: str, rows: int, parts: int) -> list[Weights]:
    """The weights of every part, and where there are several, last, those of all together.

    They come from memory where the model has not changed since.
    """
    checksum = fingerprint(model)
    if model not in _packed or _packed[model][0] != checksum:
        _packed[model] = (checksum, {})
    known, key = _packed[model][1], (precision, rows, parts)
    if key not in known:
        every: list[slice] = [slice(part, part + 1) for part in range(parts)]
        every += [slice(0, parts)] if parts > 1 else []
        known[key] = [_pack(model, precision, rows, parts, held) for held in every]
    return known[key]


def fingerprint(model: WaveNet) -> int:
    """A checksum of all weights: changes by any means are seen, those past autograd too."""
    total = 0
    for tensor in model.state_dict().values():
        total = zlib.crc32(tensor.detach().contiguous().cpu().numpy().tobytes(), total)
    return total


def _pack(model: WaveNet, precision: str, rows: int, parts: int, held: slice) -> Weights:
    """The weights of the parts ``held``: one of them, or all."""
    shape = shape_of(model, parts)
    first, several = held.start * shape.units, held.stop - held.start
    tiles: list[np.ndarray] = []
    scales: list[np.ndarray] = []
    biases = np.zeros((shape.layers, shape.residual_padded), np.float32)
    skip_bias = np.zeros(shape.skip_padded, np.float32)
    for layer, block in enumerate(model.stack):
        taps = units_of(block.conv.weight, first, several * shape.units).permute(2, 0, 1)
        outs = []
        for part in range(held.start, held.stop):
            own = slice(part * shape.units, (part + 1) * shape.units)
            both = _array(block.out.weight)[:, own]
            residual = _fit(both[: shape.residual], shape.residual_padded, shape.units)
            skip = _fit(both[shape.residual :], shape.skip_padded, shape.units)
            # one matrix where one thread adds both up, two where the residual has to be exchanged
            whole = several == parts
            outs += [np.concatenate([residual, skip])] if whole else [residual, skip]
        for matrices in (list(_array(taps)), outs):
            quantised, scale = _quantise(matrices, precision, shared=matrices is not outs)
            tiles += [_tiled(matrix, rows) for matrix in quantised]
            scales.append(scale)
        out_bias = _array(block.out.bias)
        biases[layer, : shape.residual] = out_bias[: shape.residual]
        skip_bias[: shape.skip] += out_bias[shape.residual :]
    hidden, last = (layer for layer in model.head if isinstance(layer, nn.Linear))
    bias = getattr(model.embedding, "bias", None)
    first_bias = np.zeros(shape.residual) if bias is None else _array(bias)
    skip_scale = np.float32(model.stack.skip_scale)
    return Weights(
        table=_table(model.embedding.weight, shape),
        first_bias=_flat(_fit(first_bias, shape.residual_padded)),
        lagged=aligned(1) if model.lagged is None else _table(model.lagged.weight, shape),
        layers=_flat(np.concatenate(tiles)),
        scales=_flat(np.concatenate(scales)),
        residual_bias=_flat(biases),
        skip_bias=_flat(skip_bias),
        hidden=_flat(_tiled(_fit(_array(hidden.weight) * skip_scale, shape.hidden_padded), rows)),
        hidden_bias=_flat(_fit(_array(hidden.bias), shape.hidden_padded)),
        last=_flat(_tiled(_fit(_array(last.weight), shape.params_padded), rows)),
        last_bias=_flat(_fit(_array(last.bias), shape.params_padded)),
    )


def _table(weight: Tensor, shape: Shape) -> np.ndarray:
    """(tap, class or 1, residual) with a row of zeros for "no symbol" where there are classes."""
    table = _array(weight).reshape(len(weight), -1, shape.residual)
    missing = ((0, 0), (0, int(shape.table_rows > 1)), (0, shape.residual_padded - shape.residual))
    return _flat(np.pad(table, missing))


def units_of(values: Tensor, first: int, units: int) -> Tensor:
    """Gated units from the first on: rows (filter | gate, ...) of ``values``, each half padded."""
    halves = []
    for half in values.detach().chunk(2):
        own = half[first : first + units]
        missing = own.new_zeros(units - len(own), *own.shape[1:])
        halves.append(torch.cat([own, missing]))
    return torch.cat(halves)


def _array(values: Any) -> np.ndarray:
    return values.detach().to(torch.float32).cpu().numpy()


def _fit(values: np.ndarray, *sizes: int) -> np.ndarray:
    """``values`` with zeros up to ``sizes`` along its first axes."""
    missing = [size - have for size, have in zip(sizes, values.shape, strict=False)]
    return np.pad(values, [(0, m) for m in missing] + [(0, 0)] * (values.ndim - len(sizes)))


def _flat(values: np.ndarray) -> np.ndarray:
    kind = values.dtype if values.dtype.kind in "iu" else np.float32
    out = aligned(values.size, kind)
    out[:] = values.reshape(-1)
    return out


def _tiled(matrix: np.ndarray, rows: int) -> np.ndarray:
    """(output, input) -> flat: for each tile of outputs, for each input, the tile's weights."""
    edges = np.cumsum([width * LANES for width in tile_widths(len(matrix), rows)])[:-1]
    return np.concatenate([interleaved(tile.T).reshape(-1) for tile in np.split(matrix, edges)])


def _quantise(
    matrices: list[np.ndarray], precision: str, *, shared: bool
) -> tuple[list[np.ndarray], np.ndarray]:
    """Matrices in the type of ``precision``, and a scale for each output.

    ``shared``: the outputs of all matrices are the same ones (taps), so they share their scales.
    """
    joined = np.concatenate(matrices, axis=1 if shared else 0)
    if precision != "int8":
        short = precision == "bfloat16"
        converted = [_bfloat16(m) if short else m.astype(np.float32) for m in matrices]
        return converted, np.ones(len(joined), np.float32)
    scale = np.maximum(np.abs(joined).max(axis=1) / 127.0, 1e-30).astype(np.float32)
    steps = np.rint(joined / scale[:, None]).astype(np.int8)
    parts = np.split(
        steps,
        np.cumsum([matrix.shape[1 if shared else 0] for matrix in matrices])[:-1],
        axis=1 if shared else 0,
    )
    return parts, scale


def _bfloat16(values: np.ndarray) -> np.ndarray:
    """The upper halves of the nearest bfloat16 numbers, as uint16."""
    rounded = torch.from_numpy(np.ascontiguousarray(values)).to(torch.bfloat16)
    return rounded.view(torch.int16).numpy().view(np.uint16)


def fits_bfloat16(model: WaveNet) -> bool:
    """Whether the weights of the gated layers are bfloat16 numbers, as those of many models are
    that were saved in that type: they take half the memory then, and nothing is rounded."""
    weights = (weight for block in model.stack for weight in (block.conv.weight, block.out.weight))
    return all(torch.equal(one, one.to(torch.bfloat16).to(one.dtype)) for one in weights)


def rounded_model(model: WaveNet, precision: str) -> WaveNet:
    """A copy of ``model`` whose weights are those that ``precision`` leaves of them.

    What it scores is what the engine of that precision samples from.
    """
    copy = deepcopy(model)
    if precision == "float32":
        return copy
    with torch.no_grad():
        for block in copy.stack:
            taps = list(_array(block.conv.weight.permute(2, 0, 1)))
            for tap, values in enumerate(_restored(taps, precision, shared=True)):
                block.conv.weight[:, :, tap] = torch.from_numpy(values)
            (both,) = _restored([_array(block.out.weight)], precision, shared=False)
            block.out.weight.copy_(torch.from_numpy(both))
    return copy


def _restored(matrices: list[np.ndarray], precision: str, *, shared: bool) -> list[np.ndarray]:
    """Matrices after :func:`_quantise`, as float32 again."""
    held, scale = _quantise(matrices, precision, shared=shared)
    if precision == "bfloat16":
        return [(values.astype(np.uint32) << 16).view(np.float32) for values in held]
    sizes = np.cumsum([len(values) for values in held])[:-1]
    own = [scale] * len(held) if shared else np.split(scale, sizes)
    return [values * factor[:, None] for values, factor in zip(held, own, strict=True)]
