"""What all lanes share: conditions of the present block, counters, and how the loop is called."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from speechgen.models.wavenet.wavenet import WaveNet
from speechgen.sampling.compiled.lanes import Lane, conditions_with_bias, copied
from speechgen.sampling.compiled.loop import COUNTER_STEP, SIGNALS, STOP, Shape, Work
from speechgen.sampling.compiled.memory import aligned
from speechgen.sampling.compiled.running import loop_for, torch_on_one_thread
from speechgen.sampling.condition_window import ConditionWindow

_NO_HOP = 2**62  # where no condition changes, all samples lie in one frame
_FIRST_FRAMES, _MOST_FRAMES = 16, 64  # of a block: short at first, so that sound begins soon
_BLOCK_BYTES = 8 * 2**20


class Runner:
    """Calls the loop for lanes.

    Attributes
    ----------
    block
        First frame of the present block, and the one after the last.
    hop
        Samples of a frame.
    """

    def __init__(
        self, model: WaveNet, window: ConditionWindow, shape: Shape, parts: int, temperature: float
    ) -> None:
        self.shape, self.parts, self.window = shape, parts, window
        self.temperature = float(temperature)
        self.min_log_scale = float(getattr(model.likelihood, "min_log_scale", 0.0))
        biases: list[Any] = [block.conv.bias for block in model.stack]
        self._bias = torch.stack([bias.detach() for bias in biases]).unsqueeze(1)
        self.hop = window.hop_samples or _NO_HOP
        self._taps = 1 if window.hop_samples is None else 4
        self._upsampler = aligned(1)
        self._values = np.zeros((0, 0, 0, 0, 0), np.float32)
        self._lagged = model.lagged
        self._lags = np.zeros((0, 0), np.int64)  # (row, sample of the block)
        self.block = (0, 0)
        self._counters = aligned((parts + SIGNALS) * COUNTER_STEP, np.int64)
        self._shared = aligned(2 * parts * max(shape.residual_padded, shape.skip_padded))

    def load(self, frame: int) -> None:
        """Make the block that begins with ``frame`` the present one."""
        last = frame + 1 if self._taps == 1 else frame + self._block_frames()
        with torch_on_one_thread():
            prepared = self.window.frames(frame, last)
            values = conditions_with_bias(prepared, self._bias, self.window.batch)
            self._values = values.numpy()
            if self._lagged is not None:
                self._lags = prepared.lags(self._lagged).numpy()
            if prepared.upsampler is not None:
                self._upsampler = copied(prepared.upsampler.kernel(4))
        self.block = (frame, last)

    def _block_frames(self) -> int:
        if self.block == (0, 0):
            return _FIRST_FRAMES
        per_frame = self._bias.numel() * self.window.batch * self._taps * 4
        return max(1, min(_MOST_FRAMES, _BLOCK_BYTES // per_frame))

    def prepare(self, lane: Lane) -> None:
        """Give a lane its conditions of the present block, if it has not got them."""
        if lane.block == self.block:
            return
        size, own = self.shape.units, lane.held * self.shape.units
        frames, layers, _, taps, both = self._values.shape
        found = (frames, layers, lane.padded_rows, taps, 2, own)
        if lane.conditions.size != math.prod(found):
            lane.conditions = aligned(math.prod(found))
        values = self._values.reshape(frames, layers, -1, taps, 2, both // 2)
        begin = lane.part * size
        count = min(own, both // 2 - begin)
        for at, row in enumerate(lane.rows):
            there = lane.conditions.reshape(found)[:, :, at, :, :, :count]
            there[:] = values[:, :, row, :, :, begin : begin + count]
        if self._lagged is not None:
            lane.lags = aligned(lane.padded_rows * self._lags.shape[1], np.int64)
            lane.lags[: len(lane.rows) * self._lags.shape[1]] = self._lags[lane.rows].reshape(-1)
        lane.block = self.block

    def lend(self, lane: Lane, parts: list[Lane]) -> None:
        """Give lanes that follow one another in a lane's memory its conditions."""
        row_size = self._values.shape[3] * 2 * self.shape.units
        first = 0
        for part in parts:
            part.conditions, part.block = lane.conditions[first * row_size :], lane.block
            part.lags = lane.lags[first * self._lags.shape[1] :]
            first += part.padded_rows

    def signal(self, which: int, value: int) -> None:
        """Set one of the counters STOP, HERE, GO."""
        self._counters[(self.parts + which) * COUNTER_STEP] = value

    def is_signalled(self, which: int) -> bool:
        """Whether it is not 0."""
        return bool(self._counters[(self.parts + which) * COUNTER_STEP])

    def reset(self) -> None:
        """Set all counters to 0."""
        self._counters[:] = 0

    def run(
        self,
        lane: Lane,
        noise: np.ndarray,
        found: np.ndarray,
        time: int,
        begin: int,
        end: int,
        *,
        stop: int = STOP,
        grace: int = 0,
        patience: int = 0,
        leader: Work | None = None,
        known: int = 0,
    ) -> int:
        """Call the loop, whose arguments these are, for a lane that is prepared.

        ``noise`` (row, time, size) and ``found`` (row, time) are those of its padded rows.
        """
        loop = loop_for(lane.padded_rows, lane.weights.layers.dtype.name)
        return loop(
            self.shape, lane.weights, lane.work, noise, found, time, begin, end, lane.conditions,
            self._taps, lane.lags, self._lags.shape[1], self._upsampler, self.hop, lane.block[0],
            self.temperature, self.min_log_scale, lane.part, self.parts, lane.held, lane.pitch,
            self._counters, self._shared,
            (self.parts + stop) * COUNTER_STEP, grace, patience,
            lane.work if leader is None else leader, known,
        )  # fmt: skip
