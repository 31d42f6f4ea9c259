"""The compiled engine: hands the loop its arrays, and its threads their shares of the work."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.compiled.batch import MOST_ROWS, BatchDrawer
from speechgen.sampling.compiled.lanes import (
    Lane,
    Past,
    cut_lane,
    empty_lane,
    leading_lane,
    set_past,
)
from speechgen.sampling.compiled.loop import Shape, Weights
from speechgen.sampling.compiled.packing import (
    fits_bfloat16,
    packed_weights,
    parts_of,
    shape_of,
)
from speechgen.sampling.compiled.runner import Runner
from speechgen.sampling.compiled.running import torch_on_one_thread
from speechgen.sampling.compiled.utterance import UtteranceDrawer
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.protocol import Start


def float32_sampler(model: WaveNet, *arguments: Any) -> CompiledSampler:
    """The exact one; weights that bfloat16 holds to the last bit are held so, and as exact."""
    precision = "bfloat16" if fits_bfloat16(model) else "float32"
    return CompiledSampler(model, *arguments, precision=precision)


def bfloat16_sampler(*arguments: Any) -> CompiledSampler:
    """Weights of the gated layers rounded to bfloat16: half the memory traffic."""
    return CompiledSampler(*arguments, precision="bfloat16")


def int8_sampler(*arguments: Any) -> CompiledSampler:
    """Weights of the gated layers in 8 bits with a scale for each output."""
    return CompiledSampler(*arguments, precision="int8")


class CompiledSampler:
    """See :class:`speechgen.sampling.protocol.Sampler`.

    One utterance is drawn by all of torch's threads together (``torch.get_num_threads()``), a batch
    is divided among them, and up to 8 utterances share every weight that a thread loads; while
    other processes keep the cores busy, one thread does it all, and draws the same. Utterances that
    have ended are zeros from then on, or noise while others beside them go on.

    Parameters
    ----------
    model
        On the CPU, in float32.
    conditions
        Of the batch.
    start
        The past of the first sample.
    temperature
        Of the draws.
    precision
        "float32" is exact; "bfloat16" and "int8" say how the weights of the layers are held.

    Raises
    ------
    ConfigError
        The model is not on the CPU or not in float32.
    """

    def __init__(
        self,
        model: WaveNet,
        conditions: ConditionWindow,
        start: Start,
        temperature: float,
        *,
        precision: str = "float32",
    ) -> None:
        first = next(model.parameters())
        if first.device.type != "cpu" or first.dtype != torch.float32:
            raise ConfigError(
                f"the compiled engine needs a float32 model on the CPU, not {first.dtype} on"
                f' {first.device}; use engine="auto"'
            )
        threads = max(1, torch.get_num_threads())
        parts = parts_of(model, threads) if conditions.batch == 1 else 1
        shape = shape_of(model, parts)
        self.likelihood: Any = model.likelihood
        self.time = start.position
        self.failed = False
        self.runner = Runner(model, conditions, shape, parts, temperature)
        with torch_on_one_thread():
            past = _past_of(model, start, conditions, shape)
            if parts > 1:
                weights = packed_weights(model, precision, 1, parts)
                self.drawer: UtteranceDrawer | BatchDrawer
                self.drawer = _utterance(self.runner, weights, past, start.position)
            else:
                self.drawer = _batch(self.runner, model, precision, threads, past, start.position)

    def draw(self, noise: Tensor) -> Tensor:
        """The next symbols, a block of frames at a time."""
        if self.failed:
            raise ConfigError("this stream was interrupted while it drew; start it again")
        base = self.likelihood.base_noise(noise).to(torch.float32)
        rows = (base.unsqueeze(2) if base.ndim == 2 else base).contiguous().numpy()
        count, done = noise.shape[1], 0
        drawn = np.zeros((len(noise), count), np.float32)
        runner = self.runner
        self.failed = True
        while done < count:
            frame = self.time // runner.hop
            if not runner.block[0] <= frame < runner.block[1]:
                runner.load(frame)
            until = min(count, done + runner.block[1] * runner.hop - self.time)
            found = np.zeros((len(noise), until - done), np.float32)
            self.drawer.draw(rows[:, done:until].copy(), found, self.time)
            drawn[:, done:until] = found
            self.time += until - done
            done = until
        self.failed = False
        symbols = torch.from_numpy(drawn)
        return symbols.long() if self.likelihood.discrete else symbols


def _past_of(model: WaveNet, start: Start, window: ConditionWindow, shape: Shape) -> Past:
    state = start.state(model, window)
    newest = [_newest(model, start, count, shape) for count in (shape.kernel, shape.heard)]
    return Past([history.in_order().numpy() for history in state.blocks], *newest)


def _newest(model: WaveNet, start: Start, count: int, shape: Shape) -> np.ndarray:
    """(batch, count): the last symbols or values, nothing before the beginning."""
    recent = start.newest(model, count) if count else start.symbols[:, :0]
    if shape.table_rows > 1:
        return recent.float().numpy()
    likelihood: Any = model.likelihood
    values = likelihood.decode(recent)
    values[:, : max(0, count - start.position)] = 0.0
    return values.float().numpy()


def _utterance(runner: Runner, weights: list[Weights], past: Past, time: int) -> UtteranceDrawer:
    """Lanes of one utterance."""
    shape, parts, rows = runner.shape, runner.parts, [0]
    whole = empty_lane(shape, weights[-1], past.slots, rows, 1, held=parts)
    helping = [
        empty_lane(shape, weights[part], past.slots, rows, 1, part=part) for part in range(1, parts)
    ]
    for lane in (whole, *helping):
        set_past(lane, past, time)
    return UtteranceDrawer(runner, whole, leading_lane(whole, weights[0], shape), helping, time)


def _batch(
    runner: Runner, model: WaveNet, precision: str, threads: int, past: Past, time: int
) -> BatchDrawer:
    """Lanes of a batch; those of like length go through the loop together, and it ends with the
    longest of them."""

    def weights(count: int) -> Weights:
        return packed_weights(model, precision, count, 1)[0]

    order = np.argsort(runner.window.lengths, kind="stable")[::-1].tolist()
    lanes = []
    for at in range(0, len(order), MOST_ROWS):
        rows = order[at : at + MOST_ROWS]
        count = min(size for size in (1, 2, 4, 8) if size >= len(rows))
        lane = empty_lane(runner.shape, weights(count), past.slots, rows, count)
        set_past(lane, past, time)
        lanes.append(lane)

    def cut(lane: Lane, pieces: int) -> list[Lane]:
        count = lane.padded_rows
        while count > 1 and lane.padded_rows // count < pieces:
            count //= 2
        firsts = range(0, len(lane.rows), count)
        return [cut_lane(lane, runner.shape, weights(count), first, count) for first in firsts]

    return BatchDrawer(runner, lanes, cut, threads)
