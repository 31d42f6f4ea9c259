"""The compiled engine: hands the loop its arrays, and its threads their shares of the work."""

from __future__ import annotations

import functools
from concurrent.futures import Future
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.compiled.lanes import Lane, conditions_with_bias, copied, new_lane
from speechgen.sampling.compiled.loop import COUNTER_STEP
from speechgen.sampling.compiled.memory import LANES, aligned
from speechgen.sampling.compiled.packing import packed_weights, shape_of, units_of
from speechgen.sampling.compiled.running import loop_for, torch_on_one_thread, workers
from speechgen.sampling.condition_window import ConditionWindow
from speechgen.sampling.protocol import Start

_MOST_ROWS = 8
_NO_HOP = 2**62  # where no condition changes, all samples lie in one frame
_FIRST_FRAMES, _MOST_FRAMES = 16, 64  # of a block: short at first, so that sound begins soon
_BLOCK_BYTES = 8 * 2**20


def float32_sampler(*arguments: Any) -> CompiledSampler:
    """The exact one."""
    return CompiledSampler(*arguments, precision="float32")


def bfloat16_sampler(*arguments: Any) -> CompiledSampler:
    """Weights of the gated layers rounded to bfloat16: half the memory traffic."""
    return CompiledSampler(*arguments, precision="bfloat16")


def int8_sampler(*arguments: Any) -> CompiledSampler:
    """Weights of the gated layers in 8 bits with a scale for each output."""
    return CompiledSampler(*arguments, precision="int8")


class CompiledSampler:
    """See :class:`speechgen.sampling.protocol.Sampler`.

    One utterance is drawn by all of torch's threads together (``torch.get_num_threads()``), a batch
    is divided among them, and up to 8 utterances share every weight that a thread loads. Utterances
    that have ended are zeros from then on, or noise while others beside them go on.

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
        half = next(iter(model.stack)).conv.weight.shape[0] // 2
        self.parts = min(threads, -(-half // LANES)) if conditions.batch == 1 else 1
        self.shape = shape_of(model, self.parts)
        self.likelihood: Any = model.likelihood
        self.window = conditions
        self.time = start.position
        self.temperature = float(temperature)
        biases: list[Any] = [block.conv.bias for block in model.stack]
        self.bias = torch.stack([bias.detach() for bias in biases]).unsqueeze(1)
        self.hop = conditions.hop_samples or _NO_HOP
        self.taps = 1 if conditions.hop_samples is None else 4
        self.upsampler = aligned(1)
        self.block = (0, 0)  # frames in the lanes' arrays
        self.counters = aligned((self.parts + 1) * COUNTER_STEP, np.int64)
        widest = max(self.shape.residual_padded, self.shape.skip_padded)
        self.shared = aligned(2 * self.parts * widest)
        self.failed = False
        with torch_on_one_thread():
            self.threads = self._divide(model, start, precision, threads)

    def _divide(
        self, model: WaveNet, start: Start, precision: str, threads: int
    ) -> list[list[Lane]]:
        """The lanes of every thread."""
        state, recent = start.state(model, self.window), start.newest(model, self.shape.kernel)
        histories = [history.in_order().numpy() for history in state.blocks]
        values = recent if self.shape.table_rows > 1 else self.likelihood.decode(recent)
        if self.shape.table_rows == 1 and start.position < self.shape.kernel:
            values[:, : self.shape.kernel - start.position] = 0.0  # before the beginning
        past = values.float().numpy()

        def lane(rows: list[int], part: int) -> Lane:
            count = min(size for size in (1, 2, 4, 8) if size >= len(rows))
            weights = packed_weights(model, precision, count, self.parts)[part]
            return new_lane(self.shape, weights, histories, past, rows, count, part, self.time)

        if self.parts > 1:
            return [[lane([0], part)] for part in range(self.parts)]
        # those of like length go through the loop together, and it ends with the longest of them
        order = np.argsort(self.window.lengths, kind="stable")[::-1].tolist()
        shares = [order[thread::threads] for thread in range(min(threads, len(order)))]
        return [
            [lane(share[at : at + _MOST_ROWS], 0) for at in range(0, len(share), _MOST_ROWS)]
            for share in shares
        ]

    def draw(self, noise: Tensor) -> Tensor:
        """The next symbols, a block of frames at a time."""
        if self.failed:
            raise ConfigError("this stream was interrupted while it drew; start it again")
        base = self.likelihood.base_noise(noise).to(torch.float32)
        rows = (base.unsqueeze(2) if base.ndim == 2 else base).contiguous().numpy()
        count, done = noise.shape[1], 0
        drawn = np.zeros((len(noise), count), np.float32)
        self.failed = True
        while done < count:
            frame = self.time // self.hop
            if not self.block[0] <= frame < self.block[1]:
                with torch_on_one_thread():
                    self._load_block(frame)
            until = min(count, done + self.block[1] * self.hop - self.time)
            self._draw_block(rows, drawn, done, until - done)
            self.time += until - done
            done = until
        self.failed = False
        symbols = torch.from_numpy(drawn)
        return symbols.long() if self.likelihood.discrete else symbols

    def _load_block(self, frame: int) -> None:
        """Conditions of the next frames, with the biases of the gates, into the lanes' arrays."""
        last = frame + 1 if self.taps == 1 else frame + self._block_frames()
        prepared = self.window.frames(frame, last)
        values = conditions_with_bias(prepared, self.bias, self.window.batch)
        if prepared.upsampler is not None:
            self.upsampler = copied(prepared.upsampler.kernel(4))
        for lane in (lane for lanes in self.threads for lane in lanes):
            own = units_of(values[..., lane.rows, :, :].movedim(4, 0), lane.part, self.shape.units)
            missing = lane.padded_rows - len(lane.rows)
            own = torch.nn.functional.pad(own.movedim(0, 4), (0, 0, 0, 0, 0, missing))
            lane.conditions = copied(own)
        self.block = (frame, last)

    def _block_frames(self) -> int:
        if self.block == (0, 0):
            return _FIRST_FRAMES
        per_frame = self.bias.numel() * self.window.batch * self.taps * 4
        return max(1, min(_MOST_FRAMES, _BLOCK_BYTES // per_frame))

    def _draw_block(self, noise: np.ndarray, drawn: np.ndarray, first: int, count: int) -> None:
        """``count`` samples of one block, by all threads."""
        work = (noise, drawn, first, count)
        jobs = [functools.partial(self._run, lanes, *work) for lanes in self.threads]
        futures: list[Future[None]] = []
        try:
            futures = [workers(len(jobs)).submit(job) for job in jobs[1:]]
            jobs[0]()
            for future in futures:
                future.result()
        except BaseException:
            self.counters[self.parts * COUNTER_STEP] = 1  # every thread stops at once
            for future in futures:
                future.cancel()
            raise

    def _run(
        self, lanes: list[Lane], noise: np.ndarray, drawn: np.ndarray, first: int, count: int
    ) -> None:
        for lane in lanes:
            if all(self.window.lengths[row] <= self.time for row in lane.rows):
                continue  # all have ended
            own = np.zeros((lane.padded_rows, count, noise.shape[2]), np.float32)
            own[: len(lane.rows)] = noise[lane.rows, first : first + count]
            found = np.zeros((lane.padded_rows, count), np.float32)
            loop = loop_for(lane.padded_rows, lane.weights.layers.dtype.name)
            loop(
                self.shape, lane.weights, lane.work, own, found, self.time,
                lane.conditions, self.taps, self.upsampler, self.hop, self.block[0],
                self.temperature, getattr(self.likelihood, "min_log_scale", 0.0), lane.part,
                self.parts, self.counters, self.shared,
            )  # fmt: skip
            drawn[lane.rows, first : first + count] = found[: len(lane.rows)]
