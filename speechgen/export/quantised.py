"""A graph with weights of a byte each.

Products with matrices and LSTMs are computed in int8, their inputs quantised as they come (dynamic
quantisation): matrices have a scale for each column, recurrent layers one for each row, and the
matrices of bands, which onnxruntime multiplies many at once, one together. Convolutions and GRUs,
which it computes in int8 slowly or not at all, have their weights kept in int8 with a scale for
each row, and are computed in float32. What is exact by design, the Fourier transforms, stays.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.export.graph import Graph

_KEPT_IN_INT8 = {"Conv": (0,), "ConvTranspose": (1,), "GRU": (1, 1)}  # axes of rows, by input
_LEVELS = 127
_SMALL = 4096  # weights that are not worth it


def quantise(graph: Graph, source: Path, target: Path) -> None:
    """Write the graph at ``source`` with weights in int8 to ``target``."""
    import onnx

    found = onnx.load(source)
    axes = {weight.name: len(weight.dims) for weight in found.graph.initializer}
    nodes = [node for node in found.graph.node if node.op_type in ("MatMul", "Gemm")]
    kept = [n.name for n in nodes if any(name.startswith(graph.constants) for name in n.input)]
    many = [n.name for n in nodes if any(axes.get(name, 0) > 2 for name in n.input)]
    rows = target.with_name("rows-" + target.name)
    try:
        _dynamic(source, rows, [*kept, *many], per_channel=True)
        _dynamic(rows, target, kept, per_channel=False)
    finally:
        rows.unlink(missing_ok=True)
    found = onnx.load(target)
    _store_in_int8(found, graph.constants)
    onnx.save(found, target)


def _dynamic(source: Path, target: Path, kept: list[str], *, per_channel: bool) -> None:
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.disable(logging.WARNING)  # it recommends to fold constants, which is done already
    try:
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul", "Gemm", "LSTM"] if per_channel else ["MatMul", "Gemm"],
            per_channel=per_channel,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=kept,
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
    finally:
        logging.disable(logging.NOTSET)


def _store_in_int8(found: Any, constants: tuple[str, ...]) -> None:
    """Weights of convolutions and GRUs as whole numbers times scales, which runtimes fold."""
    from onnx import TensorProto, helper, numpy_helper

    weights = {weight.name: weight for weight in found.graph.initializer}
    for name, axis in set(_places(found, weights, constants)):
        values = numpy_helper.to_array(weights[name])
        others = tuple(place for place in range(values.ndim) if place != axis)
        scales = np.maximum(np.abs(values).max(axis=others, keepdims=True), 1e-30) / _LEVELS
        numbers = np.round(values / scales).astype(np.int8)
        found.graph.initializer.remove(weights[name])
        found.graph.initializer.extend(
            [
                numpy_helper.from_array(numbers, name + ":int8"),
                numpy_helper.from_array(scales.astype(np.float32), name + ":scale"),
            ]
        )
        cast = helper.make_node("Cast", [name + ":int8"], [name + ":cast"], to=TensorProto.FLOAT)
        product = helper.make_node("Mul", [name + ":cast", name + ":scale"], [name])
        found.graph.node.insert(0, product)
        found.graph.node.insert(0, cast)


def _places(
    found: Any, weights: dict[str, Any], constants: tuple[str, ...]
) -> Iterator[tuple[str, int]]:
    """Names and axes of rows of the weights that are worth it."""
    for node in found.graph.node:
        for name, axis in zip(node.input[1:], _KEPT_IN_INT8.get(node.op_type, ()), strict=False):
            big = name in weights and np.prod(weights[name].dims) >= _SMALL
            if big and not name.startswith(constants):
                yield name, axis
