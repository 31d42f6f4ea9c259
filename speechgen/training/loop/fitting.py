"""Lightning's trainer, set up so that it does what we need and says nothing we do not."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import torch

from speechgen.errors import ConfigError, SpeechgenError
from speechgen.training.datasets.training_data import TrainingData
from speechgen.training.loop.checkpoint import Checkpointing, Export
from speechgen.training.loop.clock import RunClock
from speechgen.training.loop.console import Console
from speechgen.training.loop.data_parallel import (
    DataParallel,
    Equality,
    end_children,
    explained,
    machines_of,
)
from speechgen.training.loop.ema import MovingAverage
from speechgen.training.loop.loader import StepBatches, training_loader
from speechgen.training.loop.meeting import meet
from speechgen.training.loop.metrics_log import MetricsLog
from speechgen.training.loop.precision import choose_precision
from speechgen.training.loop.sharded import Sharded, unshareable
from speechgen.training.loop.validation import Validation
from speechgen.training.objectives.base import Objective
from speechgen.training.settings import RunSettings, TrainerSettings


class RunData(lightning.LightningDataModule):
    """Training batches from the step a run is at; each process has its own share."""

    def __init__(self, data: TrainingData, *, num_workers: int, batches_a_step: int = 1) -> None:
        super().__init__()
        self.data = data
        self.num_workers = num_workers
        self.batches_a_step = batches_a_step

    def train_dataloader(self) -> Any:
        """Called in every process once the checkpoint was read."""
        trainer: Any = self.trainer
        module: Objective = trainer.lightning_module
        batches = StepBatches(
            module.steps_done * self.batches_a_step,  # of one batch each where it is more than 1
            self.data.batch_size,
            module.batches_before,
            rank=trainer.global_rank,
            world=trainer.world_size,
        )
        return training_loader(self.data.dataset, batches, num_workers=self.num_workers)


def fit(
    module: Objective,
    data: TrainingData,
    settings: RunSettings,
    export: Export,
    console: Console,
    *,
    content: dict[str, Any],
    resume_from: Path | None,
) -> str:
    """Train ``module`` to the end, from the checkpoint ``resume_from`` if there is one.

    ``content`` goes into the checkpoints, see :mod:`speechgen.training.loop.resuming`.

    Returns
    -------
    str
        Why it stopped: "steps", "seconds" or "interrupted".
    """
    options, folder = settings.trainer, Path(settings.output)
    clock = RunClock(
        seed=settings.seed, max_steps=options.max_steps, max_seconds=options.max_seconds
    )
    average = MovingAverage(options.ema_decay, settings.init_share)
    log = MetricsLog(folder / "metrics.csv", clock, console, every_steps=options.log_every_steps)
    validation = Validation(
        data.held_out, average, log, every_steps=options.validate_every_steps, folder=folder
    )
    checkpointing = Checkpointing(
        folder, export, clock, average, validation, every_steps=options.checkpoint_every_steps,
        content=content, resumed_from=resume_from,
    )  # fmt: skip
    callbacks = [clock, Equality(), average, log, validation, checkpointing]
    if options.accumulate_grad_batches > 1 and not module.automatic_optimization:
        raise ConfigError(
            f"trainer.accumulate_grad_batches={options.accumulate_grad_batches}: this objective "
            "takes several optimiser steps a batch; leave it 1 and enlarge data.batch_size or "
            "trainer.devices"
        )
    batches = RunData(
        data, num_workers=options.num_workers, batches_a_step=options.accumulate_grad_batches
    )
    with _quiet():
        trainer = build_trainer(options, module, folder, callbacks, console)
        failed = True
        try:
            resume: dict[str, Any] = (
                {"ckpt_path": resume_from, "weights_only": True} if resume_from else {}
            )
            trainer.fit(module, datamodule=batches, **resume)
            failed = False
        except SystemExit as stop:  # how Lightning ends after a second Ctrl-C
            raise KeyboardInterrupt from stop
        except Exception as error:
            raise explained(unshareable(error), trainer) from error
        finally:
            end_children(trainer, failed=failed)
            clock.release_signals()
            console.stop()
    return clock.stop_reason


def build_trainer(
    options: TrainerSettings,
    module: Objective,
    folder: Path,
    callbacks: list[Any],
    console: Console,
) -> lightning.Trainer:
    """A Lightning trainer that runs one endless epoch until the clock or the loader stops it."""
    from lightning.pytorch.loggers import TensorBoardLogger

    accelerator = options.accelerator
    if accelerator == "auto":
        accelerator = "gpu" if torch.cuda.is_available() else "cpu"
    if accelerator == "gpu" and not torch.cuda.is_available():
        raise SpeechgenError("trainer.accelerator=gpu: no CUDA device here; use cpu or auto")
    machines = machines_of(options.devices)
    if options.devices * machines > 1:
        meet("nccl" if accelerator == "gpu" else "gloo")
    strategy: Any = "auto"
    if options.devices * machines > 1:
        strategy = Sharded() if options.strategy == "fsdp" else DataParallel()
    return lightning.Trainer(
        accelerator=accelerator,
        devices=options.devices,
        num_nodes=machines,
        strategy=strategy,
        precision=choose_precision(options.precision, accelerator, module, console.say),
        logger=TensorBoardLogger(
            str(folder), name="tensorboard", version="", default_hp_metric=False
        ),
        callbacks=callbacks,
        min_epochs=0,
        max_epochs=1,
        num_sanity_val_steps=0,
        accumulate_grad_batches=options.accumulate_grad_batches,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        log_every_n_steps=1_000_000_000,
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Lightning's tips, device lists and advice off the terminal; its errors still come."""
    loggers = [logging.getLogger(name) for name in ("lightning.pytorch", "lightning.fabric")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\..*")
            warnings.filterwarnings("ignore", message=r".*LeafSpec.*")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
