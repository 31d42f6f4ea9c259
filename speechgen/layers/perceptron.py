"""Multi-layer perceptrons, and activations by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import nn

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(0.2),
    "elu": nn.ELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


def activation_named(name: str) -> nn.Module:
    """A new module by its name in the configuration; ``ValueError`` lists the known ones."""
    if name not in ACTIVATIONS:
        raise ValueError(f"activation is {name!r}; known are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()


def perceptron(
    inputs: int, hidden: Sequence[int], outputs: int, *, activation: str = "relu"
) -> nn.Sequential:
    """(..., inputs) -> (..., outputs) through ``hidden`` widths, an activation after each of them.

    No activation follows the last layer; with no ``hidden`` widths it is the only one.
    """
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(inputs, width), activation_named(activation)]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))
