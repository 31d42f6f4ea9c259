"""The engine round the Triton kernel: state in tensors, a launch for each block of frames.

What bounds it, by arithmetic: a program runs on one multiprocessor and reads all weights of the
layers once a sample, whatever it does besides. One multiprocessor takes 64 bytes a cycle from the
L2 cache at the most, about 100 GB/s, and when all 108 of an A100 read at once its 5,120 bytes a
cycle leave 47 for each. So one utterance is drawn at no more than

=============================  ================  ====================  ====================
layers, residual = skip, gate  float32 weights   samples/s in float32  samples/s in float16
=============================  ================  ====================  ====================
20, 64, 128 (kernel 3)         2.6 MB            38,000                76,000
30, 128, 256 (kernel 3)        15.7 MB           6,400                 12,700
=============================  ================  ====================  ====================

and the latency of a layer's reads, sums and barriers comes on top: with 1 us of it the smaller
size's 26 us a sample become 46 us, or 22,000 samples/s. *None of this has been measured on a GPU.*
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.cuda.gate_conditions import GateConditions
from speechgen.sampling.cuda.triton_weights import (
    CATEGORICAL,
    KernelSizes,
    kernel_sizes,
    kernel_weights,
    power_of_two,
)
from speechgen.sampling.protocol import Start

MAX_CHANNELS = 256  # of a padded axis: beyond, a matrix does not fit a program's registers
_LARGE_MATRIX = 128 * 64  # elements from which a program has 16 warps


def triton_sampler(*arguments: Any) -> TritonSampler:
    """The exact one: weights in float32."""
    return TritonSampler(*arguments, precision=torch.float32)


def triton_fp16_sampler(*arguments: Any) -> TritonSampler:
    """The weights of the gated layers in float16, half the traffic; all sums in float32."""
    return TritonSampler(*arguments, precision=torch.float16)


class TritonSampler:
    """See :class:`speechgen.sampling.protocol.Sampler`.

    Parameters
    ----------
    model
        In float32, on an NVIDIA GPU (or, with Triton's interpreter, anywhere); later changes of its
        weights are not seen.
    conditions
        Of the batch.
    start
        The past of the first sample.
    temperature
        Of the draws.
    precision
        Of the matrices of the gated layers.

    Raises
    ------
    ConfigError
        It cannot run here, for the reason given.
    """

    def __init__(
        self,
        model: WaveNet,
        conditions: ConditionWindow,
        start: Start,
        temperature: float,
        *,
        precision: torch.dtype = torch.float32,
    ) -> None:
        reason = why_not(model)
        if reason:
            raise ConfigError(f'the engine "triton" {reason}; use engine="auto"')
        self.kernel = _kernel()
        self.likelihood = model.likelihood
        self.temperature = float(temperature)
        self.time = start.position
        self.conditions = GateConditions(model, conditions)
        self.weights = kernel_weights(model, precision)
        self.sizes = kernel_sizes(model)
        self.device = self.weights.table.device
        self.batch = conditions.batch
        self._place_rings(model, start, conditions)
        self.recent = self._newest(model, start)
        self.logits = self.recent.new_zeros(self.batch, self.sizes.params)

    def _place_rings(self, model: WaveNet, start: Start, window: ConditionWindow) -> None:
        """Rings (batch, slot, residual); of a layer, the input of time t is in slot t & mask."""
        histories = [history.in_order() for history in start.state(model, window).blocks]
        counts = [power_of_two((self.sizes.kernel - 1) * d + 1) for d in model.dilations]
        slots = torch.tensor(counts, dtype=torch.int32)
        begins = (slots.cumsum(dim=0) - slots).tolist()
        self.ring_slots, self.period = sum(counts), max(counts)
        self.rings = torch.zeros(
            self.batch, self.ring_slots, self.sizes.residual, device=self.device
        )
        for history, count, begin in zip(histories, counts, begins, strict=True):
            times = torch.arange(self.time - len(history), self.time, device=self.device)
            kept = times[-min(count, len(times)) :]
            values = history[-len(kept) :].transpose(0, 1)
            self.rings[:, begin + kept % count, : values.shape[2]] = values
        integers = (torch.tensor(model.dilations), torch.tensor(begins), slots - 1)
        self.places = [numbers.to(self.device, torch.int32) for numbers in integers]

    def _newest(self, model: WaveNet, start: Start) -> Tensor:
        """(batch, slot): the newest classes, or values; that of time t is in slot t mod slots."""
        count = self.sizes.kernel
        if model.lagged is not None:
            count = max(count, model.lagged.memory_samples)
        values = start.newest(model, count)
        if self.sizes.kind != CATEGORICAL:
            values = self.likelihood.decode(values)
        slots = power_of_two(count + 1)
        recent = torch.zeros(self.batch, slots, device=self.device)
        times = torch.arange(self.time - count, self.time, device=self.device)
        recent[:, times % slots] = values.float()
        self.period = max(self.period, slots)
        return recent

    def draw(self, noise: Tensor) -> Tensor:
        """The next symbols, which may still be on their way when this returns."""
        base = self.likelihood.base_noise(noise).to(torch.float32)
        count = noise.shape[1]
        drawn = base.new_empty(self.batch, count)
        done = 0
        while done < count:
            self.conditions.cover(self.time)
            now = min(count - done, self.conditions.last - self.time)
            drawn[:, done : done + now] = self._launch(base[:, done : done + now].contiguous())
            self.time += now
            done += now
        return drawn.long() if self.likelihood.discrete else drawn

    def _launch(self, base: Tensor) -> Tensor:
        """Samples of one block of frames."""
        drawn = base.new_empty(base.shape[:2])
        conditions = self.conditions
        with torch.cuda.device_of(self.rings):
            self.kernel[(self.batch,)](
                base, drawn, self.recent, self.rings, self.logits,
                conditions.values, conditions.kernel, conditions.lags,
                *vars(self.weights).values(), *self.places,
                self.batch, base.shape[1], self.time % self.period, self.time - conditions.first,
                conditions.hop_samples or 1, self.temperature,
                float(getattr(self.likelihood, "min_log_scale", 0.0)),
                **self.constants(), **launch_options(self.sizes),
            )  # fmt: skip
        return drawn

    def constants(self) -> dict[str, int]:
        """What the kernel is compiled for."""
        return {
            **self.sizes.constants(),
            "TAPS": self.conditions.kernel.shape[1],
            "RING_SLOTS": self.ring_slots,
            "RECENT_SLOTS": self.recent.shape[1],
        }


def launch_options(sizes: KernelSizes) -> dict[str, Any]:
    """Of the compiler: the warps of a program, so many that a matrix fits their registers."""
    largest = max(sizes.residual, sizes.skip) * sizes.units
    warps = 16 if largest >= _LARGE_MATRIX else 8
    return {"num_warps": warps, "num_stages": 1, "enable_fp_fusion": True}


def why_not(model: WaveNet) -> str:
    """Why the kernel cannot run ``model``, to be read after the engine's name; empty if it can."""
    first, sizes = next(model.parameters()), kernel_sizes(model)
    if importlib.util.find_spec("triton") is None:
        return "needs the package triton, which is not installed"
    if first.device.type != "cuda" and not interpreted():
        return f"needs a model on an NVIDIA GPU, not on {first.device}"
    if first.dtype != torch.float32:
        return f"needs a float32 model, not {first.dtype}"
    widest = max(sizes.residual, sizes.units, sizes.skip)
    if widest > MAX_CHANNELS:
        return f"is made for up to {MAX_CHANNELS} channels, not {widest}"
    return ""


def interpreted() -> bool:
    """Whether kernels are run by Triton's interpreter, on any device."""
    return os.environ.get("TRITON_INTERPRET") == "1"


def _kernel() -> Any:
    module = importlib.import_module("speechgen.sampling.cuda.triton_kernel")
    return module.draw_samples
