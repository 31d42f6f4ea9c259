"""A model as a folder that needs nothing of this package: graphs, settings, card and licence."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import speechgen
from speechgen.errors import ConfigError, ModelError, OutputError, check_packages
from speechgen.export.families import Family, family_of
from speechgen.export.graph import Graph
from speechgen.export.session import SETTINGS, SUFFIXES, Session
from speechgen.files import atomic_folder, write_json
from speechgen.store import LoadedModel, describe, load_model, locate
from speechgen.store.directory import CARD
from speechgen.store.weights_hash import weights_hash

FORMAT = 1
TOLERANCE = 1e-4
LICENCE = "LICENSE"
_PACKAGES = ("onnx", "onnxscript", "onnxruntime")
_RULE = (
    "A state is an input that is zeros at first; the output named next_X is the input X of the "
    "next call."
)


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    folder
        Where.
    files
        Names and sizes in bytes of the graphs.
    differences
        Of each form of running from PyTorch, the largest absolute one, in float32.
    """

    folder: Path
    files: dict[str, int]
    differences: dict[str, float]


def export_model(
    reference: str | Path,
    output: str | Path,
    *,
    precision: str = "float32",
    overwrite: bool = False,
) -> Exported:
    """Export a model to ONNX, and run it beside PyTorch before it takes its name.

    Parameters
    ----------
    reference
        A shipped model's name, a model directory or a run folder.
    output
        Folder to write.
    precision
        "float32", or "int8" for graphs with weights in a byte each as well.
    overwrite
        Whether an exported folder that is there may be replaced.

    Raises
    ------
    ModelError
        There is no such model, it cannot be exported, or onnxruntime gives something else.
    ConfigError
        A package is missing, or there is no such precision.
    OutputError
        ``output`` is there already, or cannot be written.
    """
    check_installed()
    if precision not in SUFFIXES:
        raise ConfigError(f"precision {precision!r}: must be one of {', '.join(SUFFIXES)}")
    output = Path(output)
    loaded = load_model(locate(reference))
    family = family_of(loaded.config.name)
    _check_output(output, overwrite=overwrite)
    graphs = family.graphs(loaded.model)
    precisions = [name for name in SUFFIXES if name in ("float32", precision)]
    with atomic_folder(output) as folder:
        for graph in graphs:
            _write_graph(graph, folder, precisions)
        settings = _settings(loaded, family, graphs, precisions)
        write_json(folder / SETTINGS, settings)
        for name, arrays in family.tables(loaded.model).items():
            np.savez(folder / name, allow_pickle=False, **arrays)
        shutil.copy(Path(speechgen.__file__).parent / LICENCE, folder / LICENCE)
        card = _card(describe(loaded.directory)["card"], settings)
        (folder / CARD).write_text(card, encoding="utf-8")
        differences = _compare(loaded.model, family, folder, output)
        files = {path.name: path.stat().st_size for path in sorted(folder.glob("*.onnx"))}
    return Exported(output, files, differences)


def _compare(model: Any, family: Family, folder: Path, output: Path) -> dict[str, float]:
    """The largest difference from PyTorch of every form; ModelError where one is too large."""
    found = {
        name: form.difference(partial(Session, folder))
        for name, form in family.forms(model, family.example(model)).items()
    }
    for name, difference in found.items():
        if not difference <= TOLERANCE:
            raise ModelError(
                f"{output}: {name}: onnxruntime {metadata.version('onnxruntime')} and torch "
                f"{metadata.version('torch')} differ by {difference:.2g}, more than "
                f"{TOLERANCE:g}; use the versions in tools/constraints.txt"
            )
    return found


def check_installed() -> None:
    """Raise :class:`ConfigError` where a package of the extra is missing."""
    check_packages("export", _PACKAGES, "export")


def _write_graph(graph: Graph, folder: Path, precisions: list[str]) -> None:
    from speechgen.export.convert import convert
    from speechgen.export.quantised import quantise

    path = folder / (graph.name + SUFFIXES["float32"])
    convert(graph, path)
    if "int8" in precisions:
        quantise(graph, path, folder / (graph.name + SUFFIXES["int8"]))


def _settings(
    loaded: LoadedModel, family: Family, graphs: list[Graph], precisions: list[str]
) -> dict[str, Any]:
    config = loaded.config
    return {
        "format": FORMAT,
        "name": loaded.directory.name,
        "model": config.name,
        "task": config.task,
        **family.facts(loaded.model),
        "features": config.features,
        "weights": weights_hash(loaded.model),
        "states": _RULE,
        "graphs": {
            graph.name: {
                "files": {name: graph.name + SUFFIXES[name] for name in precisions},
                **graph.to_dict(),
            }
            for graph in graphs
        },
        "made_with": {name: metadata.version(name) for name in ("torch", *_PACKAGES)}
        | {"speechgen": speechgen.__version__},
    }


def _card(card: str, settings: dict[str, Any]) -> str:
    """The model's card, and what was exported of it."""
    lines = [card.rstrip(), "", "## Exported to ONNX", ""]
    lines += [
        f"`{', '.join(graph['files'].values())}`: {graph['run']}"
        for graph in settings["graphs"].values()
    ]
    lines += ["", f"{_RULE} `{SETTINGS}` names every input, output and state with its shape."]
    return "\n".join([*lines, ""])


def _check_output(output: Path, *, overwrite: bool) -> None:
    if not output.exists() and not output.is_symlink():
        return
    if not output.is_dir():
        raise OutputError(f"{output}: is not a folder; choose another output")
    if not any(output.iterdir()):
        return
    if not (output / SETTINGS).is_file() or not list(output.glob("*.onnx")):
        raise OutputError(f"{output}: holds something else than an export; choose another output")
    if not overwrite:
        raise OutputError(f"{output}: exists already; use --overwrite to replace it")
