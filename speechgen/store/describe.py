"""Facts about a model directory for ``speechgen info``, without building the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from speechgen import registry
from speechgen.store.config import MAX_BYTES, read_config
from speechgen.store.directory import CARD, WEIGHTS, check_files
from speechgen.store.header import read_header
from speechgen.store.quantised import weights_of


def describe(directory: str | Path) -> dict[str, Any]:
    """Facts about a model directory, ready to be printed or written as JSON.

    Returns
    -------
    dict
        ``directory``, ``name``, ``task``, ``family``, ``paper``, ``summary``, ``num_values`` (of
        all weights), ``num_tensors``, ``dtypes`` (as stored), ``num_bytes`` (of the weights' file),
        ``arguments``, ``features``, ``training`` and ``card`` (Markdown).

    Raises
    ------
    ModelError
        It is not a model directory, or one that :func:`speechgen.store.load_model` would refuse for
        its configuration or the header of its weights.
    """
    directory = Path(directory)
    check_files(directory)
    config = read_config(directory)
    header = read_header(directory / WEIGHTS)
    weights = weights_of(header)
    entry = registry.find(config.name)
    return {
        "directory": str(directory),
        "name": config.name,
        "task": config.task,
        "family": list(entry.family),
        "paper": entry.paper,
        "summary": entry.summary,
        "num_values": sum(info.num_elements for info in weights.values()),
        "num_tensors": len(weights),
        "dtypes": sorted({header[name].dtype for name in weights}),
        "num_bytes": (directory / WEIGHTS).stat().st_size,
        "arguments": config.arguments,
        "features": config.features,
        "training": config.training,
        "card": _card(directory / CARD),
    }


def _card(path: Path) -> str:
    if not path.is_file():
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(MAX_BYTES)
