"""How much memory the construction of a network may ask for, counted before torch takes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from speechgen.errors import ModelError


def _steps(start: float, end: float | None = None, step: float = 1, **_: Any) -> int:
    start, end = (0, start) if end is None else (start, end)
    return math.ceil(abs((end - start) / step)) + 1


# What these would hold, from their arguments.
_SIZES: dict[Callable[..., Any], Callable[..., int]] = {
    torch.arange: _steps,
    torch.range: _steps,
    torch.linspace: lambda start, end, steps, **_: steps,
    torch.logspace: lambda start, end, steps, *_, **__: steps,
    torch.eye: lambda n, m=None, **_: n * (n if m is None else m),
    torch.full: lambda size, fill_value, **_: math.prod(size),
    torch.randint: lambda *numbers, size=None, **_: math.prod(size or numbers[-1]),
    torch.tril_indices: lambda row, col, *_, **__: 2 * row * col,
    torch.triu_indices: lambda row, col, *_, **__: 2 * row * col,
    Tensor.repeat: lambda one, *times, repeats=None: one.numel() * _product(repeats or times),
}
_FROM_SIZES = {
    torch.empty, torch.zeros, torch.ones, torch.rand, torch.randn, torch.randperm,
    torch.hann_window, torch.hamming_window, torch.blackman_window, torch.bartlett_window,
    torch.kaiser_window, torch.fft.fftfreq, torch.fft.rfftfreq,
}  # fmt: skip
_NEW = {Tensor.new_empty, Tensor.new_zeros, Tensor.new_ones, Tensor.new_full}


class Allowance(TorchFunctionMode):
    """While it is entered, tensors may be made until they have had ``elements`` between them.

    What is counted: tensors made from sizes or ranges, those that repeat another, and what two or
    more are broadcast to. What makes one tensor of one tensor keeps near its size, and in-place
    operations take nothing.

    Raises
    ------
    ModelError
        ``refusal``, in place of an operation that would go beyond.
    """

    def __init__(self, elements: int, refusal: str) -> None:
        super().__init__()
        self.elements = elements
        self.refusal = refusal

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run one operation if what it makes is allowed."""
        kwargs = kwargs or {}
        self.elements -= _elements(func, args, kwargs)
        if self.elements < 0:
            raise ModelError(self.refusal)
        return func(*args, **kwargs)


def _elements(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> int:
    """At most how many an operation makes; 0 for those that are not counted."""
    if func in _SIZES:
        return _SIZES[func](*args, **kwargs)
    if func in _FROM_SIZES:
        return _product(kwargs.get("size", args[:1] if func is torch.kaiser_window else args))
    if func in _NEW:
        return _product(kwargs.get("size", args[1:]))
    shapes = [one.shape[::-1] for one in args if isinstance(one, Tensor)]
    if len(shapes) < 2:
        return 0
    # as torch.broadcast_shapes, which imports sympy
    return math.prod(max(sizes) for sizes in zip_longest(*shapes, fillvalue=1))


def _product(numbers: Any) -> int:
    """Of all whole numbers, however deep they are nested."""
    if isinstance(numbers, int):
        return numbers
    return math.prod(_product(one) for one in numbers) if isinstance(numbers, list | tuple) else 1
