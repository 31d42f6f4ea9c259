"""Several processes that train one model: how they start, stay equal and end together."""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import Any, cast

import lightning.pytorch as lightning
import torch
import torch.distributed as dist
from lightning.pytorch.strategies import DDPStrategy
from typing_extensions import override

from speechgen.errors import ConfigError, PeerError, SpeechgenError
from speechgen.training.loop import processes
from speechgen.training.loop.shares import is_shared
from speechgen.training.loop.stepwise import StepCallback
from speechgen.training.objectives.base import Objective

#: what collective operations say when a process is gone
_LOST = re.compile(r"gloo|NCCL|Connection (closed|reset)|Broken pipe|TCPStore")
_PATIENCE_SECONDS = 10


class DataParallel(DDPStrategy):
    """Lightning's processes without PyTorch's wrapper around the module.

    The wrapper averages gradients in backward, so it misses those that are written by hand, refuses
    networks without parameters and those of which a step trains a part only. :class:`Equality`
    averages them before the optimiser's step instead.
    """

    @override
    def configure_ddp(self) -> None:
        """Begin with the first process's weights and buffers."""
        module = cast(lightning.LightningModule, self.model)
        processes.take_from_first(module.state_dict().values())

    @override
    def barrier(self, *args: Any, **kwargs: Any) -> None:
        """Wait for the others, but not behind a checkpoint: what if it cannot be written?"""
        if "Trainer.save_checkpoint" not in (*args, *kwargs.values()):
            super().barrier(*args, **kwargs)


class Equality(StepCallback):
    """Keeps all state of the module equal in all processes, to the last digit.

    What the first process saves is then the whole of a run. Gradients are averaged; buffers
    (running statistics, pools of old fakes) are those of the first process.
    """

    def begin(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Refuse to go on from different steps."""
        steps = processes.listed(module.steps_done)
        if len(set(steps)) > 1:
            with processes.said_by_the_first():
                raise SpeechgenError(
                    f"the processes are at different steps ({', '.join(map(str, steps))}): "
                    "not all of them find the run's checkpoint; put output where all can read it"
                )

    def on_before_optimizer_step(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        """Average, before the objective looks at the gradients and clips them.

        Those of which processes hold shares are averaged already.
        """
        every = [one for group in optimizer.param_groups for one in group["params"]]
        processes.average_gradients(one for one in every if not is_shared(one))

    def after_step(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Take the first process's buffers."""
        if processes.count() > 1:
            processes.take_from_first(processes.buffers_of(module))


def machines_of(devices: int) -> int:
    """How many machines a run with ``devices`` processes on this one has.

    Raises
    ------
    ConfigError
        ``torchrun`` started another number of processes, which would each train alone; or this is
        a sweep, whose command is not that of one run.
    """
    if dist.is_available() and dist.is_torchelastic_launched():
        here, all_of_them = (int(os.environ[f"{name}WORLD_SIZE"]) for name in ("LOCAL_", ""))
        if here != devices:
            raise ConfigError(
                f"trainer.devices is {devices}, but {here} processes were started here; "
                f"give trainer.devices={here}"
            )
        return all_of_them // here
    if devices > 1 and _in_a_sweep():
        raise ConfigError(
            f"trainer.devices is {devices}: the runs of a sweep take one process each; "
            "give trainer.devices=1, or train them one by one"
        )
    return 1


def _in_a_sweep() -> bool:
    from hydra.core.hydra_config import HydraConfig

    return bool(HydraConfig.initialized())


def explained(error: Exception, trainer: lightning.Trainer) -> Exception:
    """What to raise for ``error``: where another process has gone, its end and not our waiting."""
    if processes.count() == 1 or isinstance(error, SpeechgenError) or not _LOST.search(str(error)):
        return error
    children = _children(trainer)
    for _ in range(_PATIENCE_SECONDS * 10 if children else 0):
        ended = {number: child.poll() for number, child in enumerate(children, 1)}
        killed = [(number, status) for number, status in ended.items() if status and status < 0]
        if killed:
            number, status = killed[0]
            return SpeechgenError(
                f"process {number} of the run was killed by signal {-status} (out of memory?); "
                "the same command goes on from the last checkpoint"
            )
        if any(ended.values()):
            break
        time.sleep(0.1)
    return PeerError("another process of the run has stopped")


def end_children(trainer: lightning.Trainer, *, failed: bool) -> None:
    """Leave no process of a run that ``failed`` behind.

    They are taken off Lightning's list first: its watcher kills this process when one of them ends
    with an error, whatever this one still has to say.
    """
    children = list(_children(trainer))
    _children(trainer).clear()
    for child in children if failed else ():
        child.kill()
        child.wait()


def _children(trainer: lightning.Trainer) -> list[subprocess.Popen]:
    """The processes that this one started."""
    return getattr(trainer.strategy.launcher, "procs", [])
