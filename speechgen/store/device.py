"""Choosing the torch device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechgen.errors import ConfigError

if TYPE_CHECKING:
    import torch
    from torch import nn


def choose_device(name: str | torch.device = "auto") -> torch.device:
    """The device called ``name``; "auto" is the GPU where there is one, else the CPU.

    Raises
    ------
    ConfigError
        The name is unknown, or this machine has no such device.
    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"unknown device {name!r}; use cpu, cuda, cuda:1 or auto") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ConfigError(f"this machine has no device {str(name)!r}; use cpu or auto")
    return device


def settle(model: nn.Module, device: str | torch.device) -> None:
    """Move a model to ``device`` and into evaluation mode, unless it is.

    Where it is already it is left alone, so that others may be using it at the same time:
    :meth:`~torch.nn.Module.to` takes recurrent networks apart for a moment even then.
    """
    import torch

    if any(module.training for module in model.modules()):
        model.eval()
    wanted = torch.device(device)
    places = {tensor.device for tensor in (*model.parameters(), *model.buffers())}
    if any(
        place.type != wanted.type or wanted.index not in (None, place.index) for place in places
    ):
        model.to(wanted)
