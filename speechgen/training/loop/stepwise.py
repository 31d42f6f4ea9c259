"""The two moments our callbacks care about, with our own types."""

from __future__ import annotations

from typing import Any, cast

import lightning.pytorch as lightning

from speechgen.training.objectives.base import Objective


class StepCallback(lightning.Callback):
    """A Lightning callback that acts before the first and after every step.

    A step is one of the optimiser, of ``trainer.accumulate_grad_batches`` batches.
    """

    def begin(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Called once, when the checkpoint was read and nothing was trained yet."""

    def after_step(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Called after every step, in the order of the callbacks."""

    def on_fit_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Lightning's name for :meth:`begin`."""
        self.begin(trainer, cast(Objective, pl_module))

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Lightning's name for :meth:`after_step`, of the last of a step's batches."""
        if not (batch_idx + 1) % trainer.accumulate_grad_batches:
            self.after_step(trainer, cast(Objective, pl_module))
