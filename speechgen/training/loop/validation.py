"""Validation on fixed held-out batches with the averaged weights, and something to hear and see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import lightning.pytorch as lightning
import torch
from torch import Tensor

from speechgen.data.pictures import write_png
from speechgen.training.loop.ema import MovingAverage
from speechgen.training.loop.metrics_log import MetricsLog
from speechgen.training.loop.shares import has_shares
from speechgen.training.loop.stepwise import StepCallback
from speechgen.training.objectives.base import Objective, Panels


class Validation(StepCallback):
    """Every ``every_steps`` steps and at the end, in the first process only.

    Where processes hold shares of the weights all of them do the same, and the first one tells.

    Parameters
    ----------
    batches
        Fixed batches; none switches validation off.
    folder
        The run folder, for pictures.
    """

    def __init__(
        self,
        batches: list[dict[str, Tensor]],
        average: MovingAverage,
        metrics: MetricsLog,
        *,
        every_steps: int,
        folder: Path,
    ) -> None:
        self.batches = batches
        self.average = average
        self.metrics = metrics
        self.every_steps = every_steps
        self.folder = folder
        self.latest: dict[str, float] = {}

    @property
    def state_key(self) -> str:
        """Its place in the checkpoint."""
        return "validation"

    def state_dict(self) -> dict[str, Any]:
        """The latest values, which the model card states."""
        return {"latest": self.latest}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """What :meth:`state_dict` gave."""
        self.latest = dict(state_dict["latest"])

    def after_step(self, trainer: lightning.Trainer, module: Objective) -> None:
        """Validate when it is time."""
        due = module.steps_done % self.every_steps == 0 or self.metrics.clock.stop_reason
        first = trainer.is_global_zero
        if not due or not self.batches or not (first or has_shares(module)):
            return
        module.eval()
        precision = trainer.precision_plugin.forward_context()
        with torch.no_grad(), precision, self.average.applied(module.network):
            self.latest = self._values(module)
            panels = module.panels(self._on_device(module, self.batches[0]))
        module.train()
        if not first:
            return
        self.metrics.write(trainer, module, "valid", self.latest)
        numbers = "  ".join(f"{name} {value:.4g}" for name, value in self.latest.items())
        self.metrics.console.say(f"{self.metrics.console.title}: held out  {numbers}")
        self._show(trainer, module, panels)

    def _on_device(self, module: Objective, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: value.to(module.device) for name, value in batch.items()}

    def _values(self, module: Objective) -> dict[str, float]:
        """Means over the examples of all batches."""
        sums: dict[str, float] = {}
        weights: dict[str, int] = {}
        for batch in self.batches:
            examples = len(next(iter(batch.values())))
            for name, value in module.validation_values(self._on_device(module, batch)).items():
                sums[name] = sums.get(name, 0.0) + examples * float(value)
                weights[name] = weights.get(name, 0) + examples
        return {name: value / weights[name] for name, value in sums.items()}

    def _show(self, trainer: lightning.Trainer, module: Objective, panels: Panels) -> None:
        """Pictures to step-numbered files in ``samples/``, waves and all to TensorBoard."""
        step = module.steps_done
        logger: Any = trainer.logger
        writer = logger.experiment if logger is not None else None
        waves = [wave for _, wave in panels if wave.ndim == 1]
        for name, panel in panels:
            panel = panel.detach().cpu().float()
            if panel.ndim == 3:
                panel = panel.clamp(0.0, 1.0)
                path = self.folder / "samples" / f"{name}_step{step:07d}.png"
                write_png(path, panel.numpy(), overwrite=True)
                if writer is not None:
                    writer.add_image(name, panel, step)
            elif writer is not None:
                rate = module.network.sample_rate
                writer.add_audio(name, panel.clamp(-1.0, 1.0), step, sample_rate=rate)
        if waves and writer is not None:
            writer.add_image("spectrograms", spectrogram_strip(waves), step)


def spectrogram_strip(waves: list[Tensor]) -> Tensor:
    """Log spectrograms of waves (time,) side by side: a grey image (1, height, width) in [0, 1]."""
    strips = []
    for wave in waves:
        wave = wave.detach().cpu().float()
        window = torch.hann_window(400)
        bins = torch.stft(wave, 512, 160, 400, window, pad_mode="constant", return_complex=True)
        level_db = 20.0 * bins.abs().clamp_min(1e-5).log10()
        strips += [level_db.flip(0), torch.full((level_db.shape[0], 2), 40.0)]
    image = torch.cat(strips[:-1], dim=1)
    return ((image + 60.0) / 100.0).clamp(0.0, 1.0)[None]
