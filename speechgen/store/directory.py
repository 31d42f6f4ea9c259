"""The model directory: ``model.safetensors``, ``config.yaml`` and ``README.md``, the card.

Reading one runs nothing from it. The configuration is plain data (:mod:`speechgen.store.config`),
the class comes from the registry, and the network's tensors are compared by name, type and shape
with the header of the weights before memory is taken for either (:mod:`speechgen.store.verify`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from speechgen.errors import ModelError, OutputError, SpeechgenError
from speechgen.files import atomic_folder, open_to_readers
from speechgen.store.config import ModelConfig, read_config
from speechgen.store.device import choose_device
from speechgen.store.header import TensorInfo, read_header
from speechgen.store.quantised import dequantise, quantise, weights_of
from speechgen.store.verify import CONFIG, build_checked, dtype_name, first_line

if TYPE_CHECKING:
    from torch import Tensor, nn

WEIGHTS, CARD = "model.safetensors", "README.md"
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".bin", ".ckpt", ".joblib")


@dataclass(frozen=True)
class LoadedModel:
    """A network in evaluation mode, float32, with what its directory said of it."""

    model: nn.Module
    config: ModelConfig
    directory: Path


def within(folder: Path) -> Path:
    """``folder``, or the model directory in it, where it is a run of ``speechgen train``."""
    run = folder / "model"
    return run if (run / CONFIG).is_file() else folder


def save_model(
    directory: str | Path,
    model: nn.Module,
    config: ModelConfig,
    card: str = "",
    *,
    precision: str = "float32",
    weights: Mapping[str, Tensor] | None = None,
) -> None:
    """Write ``model`` as a model directory: as a whole, or not at all.

    Parameters
    ----------
    directory
        Where; an older model directory there is replaced, any other folder is left alone.
    config
        Must build a network with exactly the tensors of ``model``.
    card
        Markdown: data, licence, metrics, command.
    precision
        How floating point tensors are stored: "float32", or in half the size "float16" or, with a
        wider range and fewer digits, "bfloat16", or in a quarter "int8"
        (:mod:`speechgen.store.quantised`); they are float32 when read again.
    weights
        What to write in place of ``model.state_dict()``, whose names it has.

    Raises
    ------
    ModelError
        ``config`` does not describe ``model``, or a weight is NaN, infinite or too large.
    OutputError
        ``directory`` holds something else, or cannot be written.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    directory = Path(directory)
    state = _stored(model.state_dict() if weights is None else weights, precision)
    header = {name: TensorInfo(dtype_name(t), tuple(t.shape)) for name, t in state.items()}
    found = weights_of(header)
    build_checked(config, found, where=f"saving {config.name}")
    _check_replaceable(directory)
    with atomic_folder(directory) as temporary:
        try:
            save_file(state, str(temporary / WEIGHTS))
        except SafetensorError as error:
            number = re.search(r"os error (\d+)", str(error))
            if number is None:
                raise
            raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
        open_to_readers(temporary / WEIGHTS)  # safetensors writes for the owner's eyes only
        (temporary / CONFIG).write_text(config.to_yaml(), encoding="utf-8")
        (temporary / CARD).write_text(card or f"# {config.name}\n", encoding="utf-8")
        read_config(temporary)


def load_model(directory: str | Path, *, device: str = "cpu") -> LoadedModel:
    """Read a model directory.

    Parameters
    ----------
    device
        "cpu", "cuda", "cuda:1", or "auto": the GPU where there is one.

    Raises
    ------
    ModelError
        Something is missing, malformed, hostile, or weights and configuration do not fit.
    """
    import torch
    from safetensors.torch import load_file

    directory = Path(directory)
    check_files(directory)
    target = choose_device(device)
    config = read_config(directory)
    weights = directory / WEIGHTS
    model = build_checked(config, weights_of(read_header(weights)), where=str(weights))
    try:
        state = dequantise(load_file(str(weights)))
        for name, tensor in state.items():
            if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
                raise ModelError(f"{weights}: {name!r} holds NaN or infinity")
        model.load_state_dict(state, strict=True)
    except SpeechgenError:
        raise
    except Exception as error:  # safetensors raises classes of its own
        raise ModelError(f"{weights}: cannot be loaded ({first_line(error)})") from error
    return LoadedModel(model.eval().to(target), config, directory)


def check_files(directory: Path) -> None:
    """Refuse a folder that is missing, holds pickles or lacks the weights (:class:`ModelError`)."""
    if not directory.is_dir():
        raise ModelError(f"{directory}: no such model directory")
    for path in sorted(directory.iterdir()):
        if path.suffix.lower() in PICKLES:
            raise ModelError(
                f"{path}: is a pickle, which can run code when read; speechgen reads"
                f" {WEIGHTS} only, so convert it and remove this file"
            )
    for name in (CONFIG, WEIGHTS):
        if not (directory / name).is_file():
            raise ModelError(f"{directory}: is not a model directory (it has no {name})")


def _stored(state: Mapping[str, Tensor], precision: str) -> dict[str, Tensor]:
    import torch

    for name, tensor in state.items():
        if not isinstance(tensor, torch.Tensor):
            raise ModelError(f"{name}: is not a tensor, so it cannot be stored")
    state = {name: tensor.detach().cpu() for name, tensor in state.items()}
    if precision == "int8":
        state = quantise(state)
    else:
        state = {name: _converted(tensor, precision) for name, tensor in state.items()}
    for name, tensor in state.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ModelError(f"{name}: holds NaN, infinity or a value too large for {tensor.dtype}")
    return {name: tensor.contiguous().clone() for name, tensor in state.items()}


def _converted(tensor: Tensor, precision: str) -> Tensor:
    import torch

    return tensor.to(getattr(torch, precision)) if tensor.is_floating_point() else tensor


def _check_replaceable(directory: Path) -> None:
    """Refuse to put a model in place of anything but a model."""
    try:
        others = [p.name for p in directory.iterdir()] if directory.exists() else []
    except OSError as error:
        raise OutputError(f"{directory}: is not a folder; choose another output") from error
    foreign = sorted(set(others) - {WEIGHTS, CONFIG, CARD})
    if foreign:
        raise OutputError(f"{directory}: holds {foreign[0]!r}, so it is not replaced by a model")
