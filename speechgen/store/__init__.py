"""The model directory (safetensors, plain configuration, card) and the models that are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from speechgen.store.arguments import check_arguments
from speechgen.store.config import TASKS, ModelConfig, read_config
from speechgen.store.describe import describe
from speechgen.store.device import choose_device, settle
from speechgen.store.directory import LoadedModel, load_model, save_model
from speechgen.store.shipped import DEFAULTS, locate, resolve_model, shipped_models

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "DEFAULTS", "TASKS", "LoadedModel", "ModelConfig", "check_arguments", "choose_device",
    "describe", "load", "load_model", "locate", "read_config", "resolve_model", "save_model",
    "settle", "shipped_models",
]  # fmt: skip


def load(reference: str | Path, *, device: str = "cpu") -> nn.Module:
    """The network behind a shipped model's name, a model directory or a run folder.

    Parameters
    ----------
    device
        "cpu", "cuda", "cuda:1", or "auto".

    Raises
    ------
    ModelError
        There is no such model, or its directory is malformed.

    Examples
    --------
    >>> import speechgen
    >>> model = speechgen.load("spectral-small")  # doctest: +SKIP
    >>> clean = model.enhance(noisy)  # (batch, 1, time), both  # doctest: +SKIP
    """
    return load_model(locate(reference), device=device).model
