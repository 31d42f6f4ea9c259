"""Checking that configuration and weights belong together, before much memory is taken.

The network is built under a bound that the weights' header sets on the number and size of its
parameters, and on all that is made on the way. It is not built on torch's "meta" device, which
would take no memory at all: that runs the compiler's Python, whose import takes more time than
enhancing a short file.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from speechgen import registry
from speechgen.errors import ModelError, SpeechgenError
from speechgen.store.arguments import check_arguments
from speechgen.store.config import ModelConfig
from speechgen.store.header import TensorInfo

if TYPE_CHECKING:
    from torch import Tensor, nn

CONFIG = "config.yaml"
_TOO_LARGE = f"{CONFIG} asks for a far larger model than its weights"
_MARGIN = 2**24  # numbers beside the weights: 64 MB as float32
#: held while a network is built: the state of torch's random numbers is put back as it was, which
#: two threads at once would mix up
_BUILDING = threading.RLock()


def build_checked(config: ModelConfig, found: dict[str, TensorInfo], where: str) -> nn.Module:
    """The network that ``config`` describes, its weights still to be read from the file.

    Its tensors are those ``found`` in the file's header, or it is refused.

    Raises
    ------
    ModelError
        A tensor is missing, foreign, of another shape or type, or ``config`` builds no network.
    """
    import torch

    with _BUILDING, torch.random.fork_rng(devices=[]), _bounded_build(found, where):
        model = build(config, where)
    _compare(model.state_dict(), found, where)
    return model


def _compare(expected: dict[str, Tensor], found: dict[str, TensorInfo], where: str) -> None:
    """Refuse other tensors than those expected."""
    missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing or extra:
        name, what = (missing[0], "lacks") if missing else (extra[0], "has a foreign")
        raise ModelError(
            f"{where}: {what} tensor {name!r}; weights and {CONFIG} are of two models"
            f" ({len(missing)} missing, {len(extra)} foreign)"
        )
    for name, tensor in expected.items():
        if tuple(tensor.shape) != found[name].shape:
            raise ModelError(
                f"{where}: {name!r} has shape {list(found[name].shape)} where {CONFIG}"
                f" makes it {list(tensor.shape)}"
            )
        others = {"F16", "BF16", "F32"} if tensor.is_floating_point() else set()
        allowed = {dtype_name(tensor)} | others
        if found[name].dtype not in allowed:
            raise ModelError(f"{where}: {name!r} is {found[name].dtype}, not {min(allowed)}")


class _Bound(threading.local):
    """How much may be built in this thread, and for what; nothing is counted where that is None."""

    where: str | None = None
    tensors = elements = 0

    def take(self, parameter: Tensor | None) -> None:
        """Count a parameter that a module of this thread gets (ModelError beyond the bound)."""
        if self.where is None:
            return
        self.tensors -= 1
        self.elements -= 0 if parameter is None else parameter.numel()
        if self.tensors < 0 or self.elements < 0:
            raise ModelError(f"{self.where}: {_TOO_LARGE}")


_bound = _Bound()


@functools.cache
def _counting() -> None:
    """Count parameters from now on; torch's table of hooks is one for all threads.

    They walk it whenever they build something, so it must not change once they may be at work.
    """
    from torch.nn.modules.module import register_module_parameter_registration_hook

    register_module_parameter_registration_hook(lambda _module, _name, one: _bound.take(one))


@contextlib.contextmanager
def _bounded_build(found: dict[str, TensorInfo], where: str) -> Iterator[None]:
    """Stop a construction that makes far more parameters than the weights could fill.

    The margin of four leaves room for networks that replace parameters during construction.
    """
    from speechgen.store.allowance import Allowance

    _counting()
    elements = sum(info.num_elements for info in found.values())
    _bound.tensors = 4 * len(found) + 64
    _bound.elements = 4 * elements + 65536
    _bound.where = where
    try:
        with Allowance(8 * elements + _MARGIN, f"{where}: {_TOO_LARGE}"):
            yield
    finally:
        _bound.where = None


def build(config: ModelConfig, where: str) -> nn.Module:
    """The network ``config`` describes; :class:`ModelError` beginning with ``where`` if none."""
    try:
        check_arguments(config.name, config.arguments)
        model = registry.build(config.name, config.arguments)
        config.check_features(vars(model))
        return model
    except ModelError:
        raise
    except SpeechgenError as error:
        raise ModelError(f"{where}: {first_line(error)}") from error
    except Exception as error:  # any error of a constructor given unexpected values
        raise ModelError(
            f"{where}: {config.name} cannot be built from its arguments ({first_line(error)})"
        ) from error


def dtype_name(tensor: Tensor) -> str:
    """The type of ``tensor`` in safetensors' words."""
    import torch

    names = {
        torch.bool: "BOOL", torch.uint8: "U8", torch.int8: "I8", torch.int16: "I16",
        torch.int32: "I32", torch.int64: "I64", torch.float16: "F16", torch.bfloat16: "BF16",
        torch.float32: "F32", torch.float64: "F64",
    }  # fmt: skip
    return names.get(tensor.dtype, str(tensor.dtype))


def first_line(error: BaseException) -> str:
    """The first line of an error's message, its class where it has none; at most 200 characters."""
    text = (str(error).splitlines() or [type(error).__name__])[0]
    return text if len(text) <= 200 else text[:197] + "..."
