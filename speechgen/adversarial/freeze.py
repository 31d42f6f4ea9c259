"""Looking at a network without touching it: no gradients, no statistics, nothing moves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torch import Tensor, nn


@contextlib.contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """Within the block ``networks`` pass gradients to their inputs and keep none themselves.

    Their parameters do not require gradients; their buffers are replaced by copies, so that running
    statistics, power iterations or whatever a forward pass writes lands in the copies and is
    dropped; their modes (train or eval) are put back afterwards. All of it is undone on leaving,
    exceptions included. ``backward()`` may be called inside the block or after it.
    """
    parameters = [p for network in networks for p in network.parameters()]
    required = [parameter.requires_grad for parameter in parameters]
    modules = [module for network in networks for module in network.modules()]
    modes = [module.training for module in modules]
    buffers = _swap_buffers(modules)
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter, flag in zip(parameters, required, strict=True):
            parameter.requires_grad_(flag)
        for module, name, original in buffers:
            module._buffers[name] = original
        for module, mode in zip(modules, modes, strict=True):
            module.training = mode


def _swap_buffers(modules: list[nn.Module]) -> list[tuple[nn.Module, str, Tensor]]:
    """Put a copy in the place of each buffer; return where each original belongs."""
    copies: dict[int, Tensor] = {}
    originals = []
    seen: set[int] = set()
    for module in modules:
        if id(module) in seen:
            continue
        seen.add(id(module))
        for name, buffer in module._buffers.items():
            if buffer is None:
                continue
            copy = copies.setdefault(id(buffer), buffer.detach().clone())
            originals.append((module, name, buffer))
            module._buffers[name] = copy
    return originals
