"""The compiled engine: hands the loop its arrays, and its threads their shares of the work."""

from __future__ import annotations

import functools
import sys
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.errors import ConfigError
from speechgen.models.wavenet import WaveNet
from speechgen.models.wavenet_conditions import PreparedConditions
from speechgen.sampling.compiled.loop import COUNTER_STEP, Shape, Weights, Work, make_loop
from speechgen.sampling.compiled.packing import (
    aligned,
    packed_weights,
    padded,
    shape_of,
    units_of,
)
from speechgen.sampling.compiled.vectors import LANES
from speechgen.sampling.conditions import BLOCK_FRAMES, ConditionWindow
from speechgen.sampling.start import Start

_MOST_ROWS = 8
_NO_HOP = 2**62  # where no condition changes, all samples lie in one frame


def float32_sampler(*arguments: Any) -> CompiledSampler:
    """The exact one."""
    return CompiledSampler(*arguments, precision="float32")


def bfloat16_sampler(*arguments: Any) -> CompiledSampler:
    """Weights of the gated layers rounded to bfloat16: half the memory traffic."""
    return CompiledSampler(*arguments, precision="bfloat16")


def int8_sampler(*arguments: Any) -> CompiledSampler:
    """Weights of the gated layers in 8 bits with a scale for each output."""
    return CompiledSampler(*arguments, precision="int8")


@dataclass
class _Lane:
    """One call of the loop: some rows of the batch, drawn by one thread or a share of them."""

    rows: list[int]  # of the batch
    padded_rows: int
    part: int
    work: Work
    weights: Weights
    conditions: np.ndarray


class CompiledSampler:
    """See :class:`speechgen.sampling.start.Sampler`.

    One utterance is drawn by all of torch's threads together (``torch.get_num_threads()``), a batch
    is divided among them, and up to 8 utterances share every weight that a thread loads.

    Parameters
    ----------
    model
        On the CPU, in float32.
    conditions
        Of the batch.
    start
        What lies before the first sample.
    temperature
        Of the draws.
    precision
        "float32" is exact; "bfloat16" and "int8" say how the weights of the layers are held.
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
        batch = conditions.batch
        self.parts = min(threads, -(-half // LANES)) if batch == 1 else 1
        self.shape = shape_of(model, self.parts)
        self.likelihood: Any = model.likelihood
        self.window = conditions
        self.time = start.position
        self.temperature = float(temperature)
        self.bias = torch.stack([_bias(block.conv) for block in model.stack]).unsqueeze(1)
        self.hop = conditions.hop_samples or _NO_HOP
        self.taps = 1 if conditions.hop_samples is None else 4
        self.upsampler = aligned(1)
        self.block = (0, 0)  # frames in the lanes' arrays
        self.counters = aligned((self.parts + 1) * COUNTER_STEP, np.int64)
        widest = max(self.shape.residual_padded, self.shape.skip_padded)
        self.shared = aligned(2 * self.parts * widest)
        self.failed = False
        self.threads = self._divide(model, start, precision, threads)

    def _divide(
        self, model: WaveNet, start: Start, precision: str, threads: int
    ) -> list[list[_Lane]]:
        """The lanes of every thread."""
        state, recent = start.state(model, self.window), start.newest(model, self.shape.kernel)
        histories = [history.in_order().numpy() for history in state.blocks]
        values = recent if self.shape.table_rows > 1 else self.likelihood.decode(recent)
        if self.shape.table_rows == 1 and start.position < self.shape.kernel:
            values[:, : self.shape.kernel - start.position] = 0.0  # before the beginning

        def lane(rows: list[int], part: int) -> _Lane:
            count = min(size for size in (1, 2, 4, 8) if size >= len(rows))
            work = _work(self.shape, histories, values.float().numpy(), rows, count, self.time)
            weights = packed_weights(model, precision, count, self.parts)[part]
            return _Lane(rows, count, part, work, weights, aligned(0))

        if self.parts > 1:
            return [[lane([0], part)] for part in range(self.parts)]
        shares = [
            s.tolist() for s in np.array_split(np.arange(self.window.batch), threads) if len(s)
        ]
        return [
            [lane(share[at : at + _MOST_ROWS], 0) for at in range(0, len(share), _MOST_ROWS)]
            for share in shares
        ]

    def draw(self, noise: Tensor) -> Tensor:
        """The next symbols, a block of frames at a time."""
        if self.failed:
            raise ConfigError("this stream was interrupted in the middle; begin it again")
        base = self.likelihood.base_noise(noise).to(torch.float32)
        base = base.unsqueeze(2) if base.ndim == 2 else base
        count = noise.shape[1]
        drawn = np.zeros((len(noise), count), np.float32)
        rows = base.contiguous().numpy()
        done = 0
        self.failed = True
        while done < count:
            frame = self.time // self.hop
            if not self.block[0] <= frame < self.block[1]:
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
        last = frame + (1 if self.taps == 1 else BLOCK_FRAMES)
        prepared = self.window.frames(frame, last)
        values = _with_bias(
            prepared, self.bias, self.window.batch
        )  # (frame, layer, batch, tap, gate)
        if prepared.upsampler is not None:
            self.upsampler = _copied(prepared.upsampler.kernel(4))
        for lane in (lane for lanes in self.threads for lane in lanes):
            own = values[:, :, lane.rows]
            own = units_of(own.movedim(4, 0), lane.part, self.shape.units).movedim(0, 4)
            missing = lane.padded_rows - len(lane.rows)
            lane.conditions = _copied(torch.nn.functional.pad(own, (0, 0, 0, 0, 0, missing)))
        self.block = (frame, last)

    def _draw_block(self, noise: np.ndarray, drawn: np.ndarray, first: int, count: int) -> None:
        """``count`` samples of one block, by all threads."""
        jobs = [
            functools.partial(self._run, lanes, noise, drawn, first, count)
            for lanes in self.threads
        ]
        if len(jobs) == 1:
            jobs[0]()
            return
        futures: list[Future[None]] = []
        try:
            futures = [_executor(len(jobs)).submit(job) for job in jobs[1:]]
            jobs[0]()
            for future in futures:
                future.result()
        except BaseException:
            self.counters[self.parts * COUNTER_STEP] = 1  # whoever draws or waits stops at once
            for future in futures:
                future.cancel()
            raise

    def _run(
        self, lanes: list[_Lane], noise: np.ndarray, drawn: np.ndarray, first: int, count: int
    ) -> None:
        for lane in lanes:
            own = _padded_rows(noise[lane.rows, first : first + count], lane.padded_rows)
            found = np.zeros((lane.padded_rows, count), np.float32)
            loop = _loop(lane.padded_rows, lane.weights.layers.dtype.name)
            loop(
                self.shape, lane.weights, lane.work, own, found, self.time,
                lane.conditions, self.taps, self.upsampler, self.hop, self.block[0],
                self.temperature, getattr(self.likelihood, "min_log_scale", 0.0), lane.part,
                self.parts, self.counters, self.shared,
            )  # fmt: skip
            drawn[lane.rows, first : first + count] = found[: len(lane.rows)]


def _bias(conv: Any) -> Tensor:
    return conv.bias.detach()


def _with_bias(prepared: PreparedConditions, bias: Tensor, batch: int) -> Tensor:
    """(frame, layer, batch, tap, gate): one tap where nothing changes, else the bias is the 4th."""
    if prepared.taps is None:
        there = bias if prepared.bias is None else prepared.bias + bias
        return there.expand(-1, batch, -1)[None, :, :, None]
    taps = prepared.taps
    if taps.shape[3] == 3:
        taps = torch.nn.functional.pad(taps, (0, 0, 0, 1))
    else:
        taps = taps.clone()
    taps[:, :, :, 3] += bias.unsqueeze(2)
    return taps.permute(2, 0, 1, 3, 4)


def _copied(values: Tensor) -> np.ndarray:
    out = aligned(values.numel())
    out[:] = values.detach().contiguous().reshape(-1).numpy()
    return out


def _padded_rows(values: np.ndarray, rows: int) -> np.ndarray:
    return np.ascontiguousarray(np.pad(values, ((0, rows - len(values)), (0, 0), (0, 0))))


def _work(
    shape: Shape,
    histories: list[np.ndarray],
    recent: np.ndarray,
    rows: list[int],
    count: int,
    time: int,
) -> Work:
    slots = np.array([len(history) for history in histories], np.int64)
    sizes = slots * count * shape.residual
    ring_at = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    rings = aligned(int(sizes.sum()))
    for begin, size, history in zip(ring_at, sizes, histories, strict=True):
        ring = rings[begin : begin + size].reshape(len(history), count, shape.residual)
        ring[:, : len(rows)] = np.roll(history[:, rows], time % len(history), axis=0)
    past = aligned(count * shape.kernel)
    past.reshape(count, shape.kernel)[: len(rows)] = recent[rows]
    places = aligned(len(slots), np.int64)
    places[:] = time % slots
    return Work(
        recent=past,
        rings=rings,
        ring_at=ring_at,
        slots=slots,
        places=places,
        x=aligned(count * (shape.residual_padded + shape.skip_padded)),
        gates=aligned(count * 2 * shape.units),
        units=aligned(count * shape.units),
        hidden=aligned(count * shape.hidden_padded),
        params=aligned(count * shape.params_padded),
        shares=aligned(max(shape.residual_padded, shape.skip_padded)),
    )


@functools.cache
def _executor(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="speechgen-sampler")


@functools.cache
def _loop(rows: int, dtype: str) -> Any:
    """The loop for so many rows; says that it is compiling where that was not done before."""
    loop = make_loop(rows, _source())
    if not any(Path(loop._cache.cache_path).glob("loop.make_loop*.nbi")):
        print("speechgen: compiling the sampler, once on this machine", file=sys.stderr)
    return loop


def _source() -> int:
    """A checksum of this package's source, so that code of another version is not taken over."""
    total = 0
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total = zlib.crc32(path.read_bytes(), total)
    return total


__all__ = ["CompiledSampler", "bfloat16_sampler", "float32_sampler", "int8_sampler", "padded"]
