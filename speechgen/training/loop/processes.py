"""What the processes of a run tell each other: sums, states, errors. Alone, all of it is a no-op.

There is one process for each device, each with its own share of every batch. Everything here is
called by all of them in the same order, or they wait for each other.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from speechgen.errors import PeerError, SpeechgenError

_MESSAGE_BYTES = 1 << 26  # which are copied to be sent; a larger tensor goes alone


def count() -> int:
    """How many processes this run has."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if count() > 1 else 0


def is_first() -> bool:
    """Whether this process writes and speaks for all; known before they have found each other."""
    if count() > 1:
        return rank() == 0
    return int(os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0"))) == 0


def summed(values: Tensor) -> Tensor:
    """The sum of ``values`` over the processes, the same to the last digit in all of them."""
    if count() > 1:
        values = values.clone()
        dist.all_reduce(values)
    return values


def mean(values: Tensor) -> Tensor:
    """The mean of ``values`` over the processes."""
    return summed(values) / count()


def largest(values: Tensor) -> Tensor:
    """The largest of each of ``values`` over the processes."""
    if count() > 1:
        values = values.clone()
        dist.all_reduce(values, op=dist.ReduceOp.MAX)
    return values


def joined(values: Tensor) -> Tensor:
    """The batches of all processes, (batch, ...) each, in their order: the batch of one alone."""
    if count() == 1:
        return values
    parts = [torch.empty_like(values) for _ in range(count())]
    dist.all_gather(parts, values.contiguous())
    return torch.cat(parts)


def listed(item: Any) -> list[Any]:
    """A plain ``item`` of each process, in their order."""
    items = [item] * count()
    if count() > 1:
        dist.all_gather_object(items, item)
    return items


def _messages(tensors: Iterable[Any]) -> Iterator[list[Any]]:
    """``tensors`` in their order, some at a time: many that are small, or a large one."""
    some: list[Tensor] = []
    for one in tensors:
        if some and sum(each.nbytes for each in some) + one.nbytes > _MESSAGE_BYTES:
            yield some
            some = []
        some.append(one)
    if some:
        yield some


@torch.no_grad()
def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Give each parameter the mean of its gradients; a process without one counts as zero.

    Where no process has a gradient there is none afterwards. They go in few messages, when all are
    there: it takes gradients that were written by hand, steps of one network of several, and
    parameters that rest.
    """
    if count() == 1:
        return
    for message in _messages(parameters):
        _average(message)


def _average(parameters: list[nn.Parameter]) -> None:
    present = [float(one.grad is not None) for one in parameters]
    parts = [torch.tensor(present, device=parameters[0].device)]
    for one in parameters:
        parts.append((torch.zeros_like(one) if one.grad is None else one.grad).flatten().float())
    flat = torch.cat(parts)
    dist.all_reduce(flat)
    found, *means = flat.split([len(part) for part in parts])
    for one, holders, total in zip(parameters, found.tolist(), means, strict=True):
        average = (total / count()).view_as(one).to(one.dtype)
        if not holders:
            one.grad = None
        elif one.grad is None:
            one.grad = average
        else:
            one.grad.copy_(average)


@torch.no_grad()
def take_from_first(tensors: Iterable[Tensor]) -> None:
    """Overwrite ``tensors`` with those of the first process, bit for bit, in few messages."""
    if count() == 1:
        return
    for message in _messages(one for one in tensors if one.numel()):
        _take(message)


def _take(tensors: list[Tensor]) -> None:
    parts = [one.detach().contiguous().flatten().view(torch.uint8) for one in tensors]
    flat = torch.cat(parts)
    dist.broadcast(flat, src=0)
    for one, part in zip(tensors, flat.split([len(part) for part in parts]), strict=True):
        one.copy_(part.clone().view(one.dtype).view_as(one))


def buffers_of(module: nn.Module) -> list[Tensor]:
    """The buffers that travel in a checkpoint: statistics, pools, chains."""
    parameters = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    return [one for name, one in module.state_dict().items() if name not in parameters]


@contextlib.contextmanager
def said_by_the_first() -> Iterator[None]:
    """An error that all processes meet at once is told by the first of them alone."""
    try:
        yield
    except SpeechgenError as error:
        if is_first():
            raise
        raise PeerError(str(error)) from error


def agree_on_failure(error: SpeechgenError | None) -> None:
    """Raise the first process's ``error`` in all; the others give None and wait for it."""
    failed = [message for message in listed(None if error is None else str(error)) if message]
    if error is not None:
        raise error
    if failed:
        raise PeerError(failed[0])
