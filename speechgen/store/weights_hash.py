"""A hash by which the weights of a network are known again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from speechgen.store.directory import WEIGHTS, check_files
from speechgen.store.header import read_header
from speechgen.store.quantised import dequantise


def weights_hash(network: nn.Module) -> str:
    """SHA-256 over names and values of all weights and buffers, in hexadecimal digits."""
    return _hash(network.state_dict())


def stored_weights_hash(directory: Path) -> str:
    """:func:`weights_hash` of what a model directory holds, without building it.

    Raises
    ------
    ModelError
        It is no model directory, or its weights cannot be read.
    """
    from safetensors.torch import load_file

    check_files(directory)
    read_header(directory / WEIGHTS)
    state = dequantise(load_file(str(directory / WEIGHTS)))
    return _hash({n: w.float() if w.is_floating_point() else w for n, w in state.items()})


def _hash(state: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, weight in sorted(state.items()):
        digest.update(name.encode() + weight.cpu().numpy().tobytes())
    return digest.hexdigest()
