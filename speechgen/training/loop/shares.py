"""Weights of which each process holds a share: fully sharded data parallelism, layer by layer.

S. Rajbhandari et al., "ZeRO", arXiv:1910.02054, stage 3, by PyTorch's ``fully_shard``: a layer's
weights are put together for its forward pass and again for its backward pass, and each process
keeps the gradients, moments and average of its share::

    process 0    rows 0 and 1 of a weight  --+--  all rows, while the layer computes
    process 1    rows 2 and 3              --+

Layers are those without parts of their own. A module with ``sharing = "as_one"`` uses weights of
its parts itself, so all of them are together while it computes; one with ``"never"`` has some that
are used elsewhere. Weights that are too few to be worth a message stay whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_

from speechgen.training.loop import processes

_FEWEST_WEIGHTS = 1000
_CALLED = ("stream", "initial_state")  # of layers, by training steps, besides ``forward``


def layers_to_share(module: nn.Module) -> Iterator[nn.Module]:
    """The layers of the networks of ``module`` that are worth it and have weights of their own."""
    uses = Counter(p for each in module.modules() for p in each.parameters(recurse=False))
    for network in module.children():
        for layer in _layers_below(network):
            weights = list(layer.parameters())
            enough = sum(one.numel() for one in weights) >= _FEWEST_WEIGHTS
            if enough and all(uses[one] == 1 and one.ndim for one in weights):
                yield layer


def _layers_below(module: nn.Module) -> Iterator[nn.Module]:
    if getattr(module, "sharing", "") == "never":
        return
    for layer in module.children():
        parts = [name for name, _ in layer.named_children() if name != "parametrizations"]
        sharing = getattr(layer, "sharing", "")
        if parts and sharing != "as_one":
            yield from _layers_below(layer)
        elif sharing != "never" and type(layer).forward is not nn.Module.forward:
            yield layer


def _no_view(layer: nn.Module, given: Any, output: Any) -> Any:
    """A layer's output that may be changed in place: PyTorch waits for its gradient."""
    if type(output) is tuple:
        return tuple(_no_view(layer, given, one) for one in output)
    is_view = isinstance(output, Tensor) and output.is_floating_point() and output._is_view()
    return output.clone() if is_view else output


def _gather_for(layer: Any, name: str) -> None:
    """Have the weights of ``layer`` together in its method ``name``, as in ``forward``."""
    from torch.distributed.fsdp import register_fsdp_forward_method

    of_the_class = getattr(layer, name)

    def alone(*given: Any, **options: Any) -> Any:
        return _no_view(layer, given, of_the_class(*given, **options))

    setattr(layer, name, alone)
    register_fsdp_forward_method(layer, name)
    gathering = getattr(layer, name)

    def method(*given: Any, **options: Any) -> Any:
        apart = any(is_shared(one) for one in layer.parameters())  # not called by another method
        return gathering(*given, **options) if apart else alone(*given, **options)

    setattr(layer, name, method)


def share(module: nn.Module, device: torch.device) -> int:
    """Leave each process its share of the weights of ``module``, which are the same in all.

    Returns
    -------
    int
        How many layers are shared.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(device.type, (processes.count(),))
    layers = list(layers_to_share(module))
    for layer in layers:
        layer.register_forward_hook(_no_view)
        fully_shard(layer, mesh=mesh, reshard_after_forward=True)
        for name in _CALLED:
            if hasattr(layer, name):
                _gather_for(layer, name)
    _keep_no_buffers(layers)
    return len(layers)


def _keep_no_buffers(layers: list[Any]) -> None:
    """Send the gradients of one layer after the other, instead of keeping all until the end.

    Nor is a layer's gathering begun while another is in its backward pass: which one is next is
    guessed from the order of forward passes, and there are several networks.
    """
    from torch.distributed.fsdp import share_comm_ctx

    share_comm_ctx(layers)
    for layer in layers:
        layer.set_modules_to_backward_prefetch([layer])


def is_shared(tensor: Any) -> bool:
    """Whether this process holds a share of ``tensor``."""
    return hasattr(tensor, "device_mesh")  # a DTensor, which is slow to import


def has_shares(module: nn.Module) -> bool:
    """Whether processes hold shares of some of the weights of ``module``."""
    return processes.count() > 1 and any(is_shared(one) for one in module.parameters())


def own(tensor: Tensor) -> Tensor:
    """This process's share of ``tensor``, or all of one that is not shared."""
    return tensor.to_local() if is_shared(tensor) else tensor  # type: ignore[attr-defined]


def whole(tensor: Tensor) -> Tensor:
    """All of ``tensor``; each process asks for it."""
    return tensor.full_tensor() if is_shared(tensor) else tensor  # type: ignore[attr-defined]


def whole_in_first(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """``state`` in the first process, where shares are put together in main memory.

    One tensor after the other, so that no other process ever holds more than one. What there are
    no shares of is left as it is; the others get the rest of ``state``.
    """
    found = {}
    for name, value in state.items():
        if not is_shared(value):
            found[name] = value
            continue
        all_of_it = whole(value.detach())
        if processes.is_first():
            found[name] = all_of_it.cpu()
    return found


def as_shared(tensor: Tensor, like: Tensor) -> Tensor:
    """``tensor``, which every process has, on the device of ``like`` and shared as that is."""
    if not is_shared(like) or is_shared(tensor) or tensor.shape != like.shape:
        return tensor.to(like.device, copy=True)
    from torch.distributed.tensor import distribute_tensor

    mesh, placements = like.device_mesh, like.placements  # type: ignore[attr-defined]
    return distribute_tensor(tensor, mesh, placements, src_data_rank=None).clone()


@torch.no_grad()
def clip_gradients(parameters: Iterable[nn.Parameter], limit: float) -> None:
    """Scale gradients so that their norm is ``limit`` at most: that over all shares."""
    parameters = list(parameters)
    gradients = [one.grad for one in parameters if one.grad is not None]
    if not any(is_shared(one) for one in gradients):
        clip_grad_norm_(parameters, limit)
        return
    shares = [own(one) for one in gradients if is_shared(one)]
    rest = [one for one in gradients if not is_shared(one)]
    square = processes.summed(_square_norm(shares, gradients[0])) + _square_norm(rest, gradients[0])
    factor = (limit / (square.sqrt() + 1e-6)).clamp(max=1.0)
    for one in (*shares, *rest):
        one.mul_(factor.to(one.device))


def _square_norm(tensors: list[Tensor], like: Tensor) -> Tensor:
    """The sum of all squares, on the device of ``like``."""
    squares = [one.float().square().sum() for one in tensors if one.numel()]
    return torch.stack(squares).sum() if squares else torch.zeros((), device=like.device)
