"""Training of weights that are shared out: ``trainer.strategy=fsdp``.

Outside a step everything looks as without it: checkpoints and model directories are whole ones, in
the layout of one process, and any number of processes goes on from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor
from typing_extensions import override

from speechgen.errors import ConfigError, PeerError
from speechgen.training.loop import processes
from speechgen.training.loop.data_parallel import DataParallel
from speechgen.training.loop.shares import as_shared, is_shared, share, whole_in_first

#: what PyTorch says of a layer's weights that are used while they are not together
_APART = ("mixed torch.Tensor and DTensor", "setStorage: sizes", "its data is not allocated yet")


class _Files(TorchCheckpointIO):
    """Checkpoints that are never as a whole in memory beside what they are made of, or become."""

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: Any, *options: Any, **_: Any
    ) -> None:
        """Write at once, not from a copy in memory; the caller moves the file to its place."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with Path(path).open("wb") as file:
            torch.save(checkpoint, file)

    @override
    def load_checkpoint(self, path: Any, *options: Any, **_: Any) -> dict[str, Any]:
        """Read what is asked for, as it is asked for."""
        found: dict[str, Any] = torch.load(path, map_location="cpu", mmap=True, weights_only=True)
        return found


class Sharded(DataParallel):
    """Lightning's processes, each with its share of the weights, moments and gradients."""

    def __init__(self) -> None:
        super().__init__(checkpoint_io=_Files())
        self._groups: list[list[list[Tensor]]] = []

    @override
    def configure_ddp(self) -> None:
        """Begin with the first process's weights, and keep a share."""
        super().configure_ddp()
        module: Any = self.lightning_module
        if not share(module, self.root_device):
            with processes.said_by_the_first():
                raise ConfigError(
                    "trainer.strategy=fsdp: the network has no layers to share; leave it ddp"
                )

    @override
    def setup_optimizers(self, trainer: Any) -> None:
        """Group what is shared and what is not, which PyTorch does not update in one go."""
        super().setup_optimizers(trainer)
        self._groups = [list(map(_parameters, one.param_groups)) for one in self.optimizers]
        for optimizer in self.optimizers:
            optimizer.param_groups = [
                {**group, "params": part}
                for group in optimizer.param_groups
                for part in _apart(group["params"])
            ]

    @override
    def lightning_module_state_dict(self) -> dict[str, Any]:
        """The state of the module as of one process, in the first one; all ask for it."""
        return whole_in_first(super().lightning_module_state_dict())

    @override
    def optimizer_state(self, optimizer: Any) -> dict[str, Any]:
        """The state of ``optimizer`` as of one process, in the first one; all ask for it."""
        if isinstance(optimizer, LightningOptimizer):
            optimizer = optimizer.optimizer
        groups = self._groups[self.optimizers.index(optimizer)]
        every = [parameter for group in groups for parameter in group]
        numbers = {parameter: number for number, parameter in enumerate(every)}
        settings = {id(group["params"][0]): group for group in optimizer.param_groups}
        state = {
            numbers[parameter]: whole_in_first(optimizer.state[parameter])
            for parameter in every
            if parameter in optimizer.state
        }
        told = [
            {**settings[id(group[0])], "params": [numbers[parameter] for parameter in group]}
            for group in groups
        ]
        return {"state": state, "param_groups": told}

    @override
    def load_optimizer_state_dict(self, checkpoint: Mapping[str, Any]) -> None:
        """Take this process's share of what :meth:`optimizer_state` gave."""
        for optimizer, groups, kept in zip(
            self.optimizers, self._groups, checkpoint["optimizer_states"], strict=True
        ):
            every = [parameter for group in groups for parameter in group]
            for number, values in kept["state"].items():
                parameter = every[number]
                optimizer.state[parameter] = {
                    name: as_shared(value, parameter) for name, value in values.items()
                }

    @override
    def teardown(self) -> None:
        """Leave the module where it is, which processes can only move together."""
        module, self._lightning_module = self._lightning_module, None
        super().teardown()
        self._lightning_module = module


def _parameters(group: dict[str, Any]) -> list[Tensor]:
    return list(group["params"])


def _apart(parameters: list[Tensor]) -> list[list[Tensor]]:
    parts = ([one for one in parameters if is_shared(one) is kind] for kind in (True, False))
    return [part for part in parts if part]


def unshareable(error: Exception) -> Exception:
    """What to raise for ``error``, where it is of weights that are used while they are shared.

    All processes meet it at once.
    """
    if not isinstance(error, RuntimeError) or not any(text in str(error) for text in _APART):
        return error
    kind = ConfigError if processes.is_first() else PeerError
    return kind(
        "trainer.strategy=fsdp: this objective uses weights of a layer beside the layer's own "
        "forward pass, or differentiates gradients; leave it ddp"
    )
