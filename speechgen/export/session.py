"""An exported graph in onnxruntime, with its state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from speechgen.errors import ModelError
from speechgen.files import read_json

SETTINGS = "settings.json"
SUFFIXES = {"float32": ".onnx", "int8": ".int8.onnx"}


class Session:
    """One graph of an exported folder on the CPU; what it keeps goes from call to call.

    Parameters
    ----------
    folder
        As ``speechgen export`` writes it.
    graph
        Name of the graph.
    precision
        "float32" or, where it was exported so, "int8".
    threads
        That it computes on.

    Raises
    ------
    ModelError
        There is no such graph.
    """

    def __init__(
        self, folder: Path, graph: str = "model", *, precision: str = "float32", threads: int = 1
    ) -> None:
        import onnxruntime

        told = read_json((folder / SETTINGS).read_text(encoding="utf-8"))["graphs"]
        path = folder / (graph + SUFFIXES[precision])
        if graph not in told or not path.is_file():
            raise ModelError(f"{path}: there is no such graph; known are {', '.join(told)}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        options.log_severity_level = 3
        providers = ["CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(path, options, providers=providers)
        self._outputs = [output["name"] for output in told[graph]["outputs"]]
        self._states: list[dict[str, Any]] = told[graph]["states"]
        self.reset()

    def reset(self) -> None:
        """Begin anew: every state is zeros."""
        self._held = {
            state["input"]: np.zeros(state["shape"], state["type"]) for state in self._states
        }

    def run(self, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs by their names."""
        names = [*self._outputs, *(state["output"] for state in self._states)]
        given = dict(zip(names, self._session.run(names, {**inputs, **self._held}), strict=True))
        self._held = {state["input"]: given.pop(state["output"]) for state in self._states}
        return given
