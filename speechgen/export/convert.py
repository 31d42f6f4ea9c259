"""From a graph to an ONNX file."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from speechgen.export.graph import NEXT, Graph, Port

OPSET = 18


def convert(graph: Graph, path: Path) -> None:
    """Write ``graph`` to ``path``."""
    ports = [*graph.inputs, *graph.states]
    free = {name: torch.export.Dim(name, min=1) for name in graph.sizes}
    shapes = tuple(
        {axis: free[size] for axis, size in enumerate(port.shape) if isinstance(size, str)}
        for port in ports
    )
    module = graph.module.eval().requires_grad_(False)
    with _quietly():
        program = torch.onnx.export(
            module,
            tuple(_example(port, graph) for port in ports),
            input_names=[port.name for port in ports],
            output_names=[
                *(port.name for port in graph.outputs),
                *(NEXT + port.name for port in graph.states),
            ],
            dynamic_shapes=_by_argument(module, shapes),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        assert program is not None
        program.save(path, external_data=False)


def _example(port: Port, graph: Graph) -> Tensor:
    shape = [graph.sizes[size] if isinstance(size, str) else size for size in port.shape]
    return torch.zeros(shape, dtype=getattr(torch, port.type))


def _by_argument(module: torch.nn.Module, shapes: tuple[dict, ...]) -> tuple:
    """Those of ``*arguments`` in a tuple of their own, as torch wants them."""
    import inspect

    kinds = [one.kind for one in inspect.signature(module.forward).parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL not in kinds:
        return shapes
    named = len(kinds) - 1
    return (*shapes[:named], shapes[named:])


@contextmanager
def _quietly() -> Iterator[None]:
    """Without torch's remarks on its own workings."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
