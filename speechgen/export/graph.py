"""What is exported: a module of plain tensors, with names and shapes of all that goes in and out.

State is nothing hidden: what a model keeps from one call to the next comes in and goes out like
everything else, and every state begins as zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

Shape = tuple[int | str, ...]

#: how the outputs that are states are named, after the inputs that they will be
NEXT = "next_"


@dataclass(frozen=True)
class Port:
    """An input, an output or a state.

    Attributes
    ----------
    name
        Of the tensor in the graph.
    shape
        Sizes of its axes; a name stands for a size that is free.
    says
        What it holds, with its unit.
    type
        Of its numbers, as numpy calls it.
    """

    name: str
    shape: Shape
    says: str
    type: str = "float32"

    def to_dict(self) -> dict[str, Any]:
        """For the settings of an exported folder."""
        return {"name": self.name, "type": self.type, "shape": list(self.shape), "is": self.says}


@dataclass(frozen=True)
class Graph:
    """One file: ``module(*inputs, *states)`` gives ``(*outputs, *states after)``.

    Attributes
    ----------
    name
        Of the file, without its suffix.
    module
        Takes and gives tensors, as many as there are ports.
    inputs, outputs, states
        In this order.
    sizes
        An example of each free size.
    run
        How it is run, in a sentence or two.
    constants
        Beginnings of the names of weights that int8 leaves as they are: Fourier transforms.
    """

    name: str
    module: nn.Module
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    run: str
    states: tuple[Port, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    constants: tuple[str, ...] = ("fourier", "inverse")

    def to_dict(self) -> dict[str, Any]:
        """For the settings of an exported folder."""
        states = [
            {"input": port.name, "output": NEXT + port.name, **port.to_dict()}
            for port in self.states
        ]
        for state in states:
            del state["name"]
        return {
            "run": self.run,
            "inputs": [port.to_dict() for port in self.inputs],
            "outputs": [port.to_dict() for port in self.outputs],
            "states": states,
        }
