"""The cached step as a CUDA graph: the commands of many samples handed to the GPU in one call.

A step is some hundred small kernels, which take the host longer to launch than the GPU to run. A
graph holds them all, in order, and is launched as one. Two are recorded: of ``GRAPH_SAMPLES``
samples, and of one for what is left over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.cuda.static_step import StaticStep
from speechgen.sampling.protocol import Start

GRAPH_SAMPLES = 16
_WARM_UP = 2  # steps before recording: libraries choose their kernels and take their memory


class StepSampler:
    """See :class:`speechgen.sampling.protocol.Sampler`: the static step, called for each sample.

    It runs on any device. What it draws is what :class:`CudaGraphSampler` draws, which differs in
    who calls the step.

    Parameters
    ----------
    model
        In evaluation mode; later changes of its weights are not seen.
    conditions
        Of the batch.
    start
        The past of the first sample.
    temperature
        Of the draws.
    """

    def __init__(
        self, model: WaveNet, conditions: ConditionWindow, start: Start, temperature: float
    ) -> None:
        self.model_step = StaticStep(model, conditions, start, temperature, GRAPH_SAMPLES)

    def draw(self, noise: Tensor) -> Tensor:
        """The next symbols; on a GPU it may return before they are there."""
        step = self.model_step
        base = step.likelihood.base_noise(noise)
        count = noise.shape[1]
        symbols = step.drawn.new_empty(len(noise), count)
        done = 0
        while done < count:
            several = min(count - done, step.cover()) >= GRAPH_SAMPLES
            size = GRAPH_SAMPLES if several else 1
            step.base[:, :size].copy_(base[:, done : done + size])
            self._play(size)
            symbols[:, done : done + size].copy_(step.drawn[:, :size])
            step.position += size
            done += size
        return symbols

    def _play(self, size: int) -> None:
        """Draw ``size`` samples, GRAPH_SAMPLES or one, into the columns of the step."""
        for column in range(size):
            self.model_step.step(column)


class CudaGraphSampler(StepSampler):
    """A :class:`StepSampler` whose steps are recorded once and then played by the GPU.

    Parameters
    ----------
    model, conditions, start, temperature
        As there; the model on an NVIDIA GPU.

    Raises
    ------
    ConfigError
        The model is elsewhere.
    """

    def __init__(
        self, model: WaveNet, conditions: ConditionWindow, start: Start, temperature: float
    ) -> None:
        device = next(model.parameters()).device
        if device.type != "cuda":
            raise ConfigError(
                f'the engine "cuda_graph" needs a model on an NVIDIA GPU, not on {device};'
                ' use engine="auto"'
            )
        super().__init__(model, conditions, start, temperature)
        self.device = device
        self.model_step.cover()
        with torch.cuda.device(device), exact_products():
            self.graphs = {size: _recorded(self.model_step, size) for size in (1, GRAPH_SAMPLES)}

    def draw(self, noise: Tensor) -> Tensor:
        """The next symbols, which may still be on their way when this returns."""
        with torch.cuda.device(self.device):
            return super().draw(noise)

    def _play(self, size: int) -> None:
        self.graphs[size].replay()


def _recorded(step: StaticStep, size: int) -> torch.cuda.CUDAGraph:
    """The commands of ``size`` samples; the step's state is afterwards what it was before."""
    kept = step.state()
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(_WARM_UP):
            step.step(0)
    torch.cuda.current_stream().wait_stream(beside)
    step.restore(kept)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        for column in range(size):
            step.step(column)
    return graph


@contextmanager
def exact_products() -> Iterator[None]:
    """Matrix products of float32 in float32, whatever the program chose; recorded ones keep it."""
    try:
        chosen = torch.get_float32_matmul_precision()
    except RuntimeError:  # it was chosen by another name, and torch does not translate
        products: Any = torch.backends.cuda.matmul
        chosen, products.fp32_precision = products.fp32_precision, "ieee"
        try:
            yield
        finally:
            products.fp32_precision = chosen
        return
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(chosen)
