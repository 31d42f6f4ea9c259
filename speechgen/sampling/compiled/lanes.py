"""Lanes: the rows of a batch that go through one call of the loop, and what it keeps of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch.nn.functional import pad

from speechgen.models.wavenet.prepared_conditions import PreparedConditions
from speechgen.sampling.compiled.loop import Shape, Weights, Work
from speechgen.sampling.compiled.memory import aligned


@dataclass
class Lane:
    """Some rows of the batch, drawn by one thread, or a part of one row, drawn by several.

    Attributes
    ----------
    rows
        Which of the batch.
    padded_rows
        As many as the loop was compiled for; those beyond ``rows`` mean nothing.
    part, held
        The first of the parts of the gated units that are computed here, and how many these are.
    work, weights
        What the loop changes, and what it reads.
    conditions
        Flat (frame, layer, row, tap, 2 units) of a block.
    lags
        Flat (row, sample) of the block.
    block
        First frame of these, and the one after the last.
    pitch
        Rows that lie side by side in rings and conditions; these are some of them.
    """

    rows: list[int]
    padded_rows: int
    part: int
    held: int
    work: Work
    weights: Weights
    conditions: np.ndarray
    lags: np.ndarray
    block: tuple[int, int] = (0, 0)
    pitch: int = 1


def empty_lane(
    shape: Shape,
    weights: Weights,
    slots: Sequence[int],
    rows: list[int],
    count: int,
    *,
    part: int = 0,
    held: int = 1,
) -> Lane:
    """A lane for ``rows``, padded to ``count``, without a past; ``slots`` are of its rings."""
    many = aligned(len(slots), np.int64)
    many[:] = slots
    sizes = many * count * shape.residual
    ring_at = aligned(len(slots), np.int64)
    ring_at[1:] = np.cumsum(sizes)[:-1]
    work = Work(
        recent=aligned(count * shape.kernel),
        heard=aligned(count * shape.heard),
        rings=aligned(int(sizes.sum())),
        ring_at=ring_at,
        slots=many,
        places=aligned(len(slots), np.int64),
        shares=aligned(held * (shape.residual_padded + shape.skip_padded)),
        inputs=aligned(shape.layers * shape.residual),
        **_scratch(shape, count, held),
    )
    return Lane(rows, count, part, held, work, weights, aligned(0), no_lags(), pitch=count)


def no_lags() -> np.ndarray:
    """Where nothing is looked up."""
    return aligned(1, np.int64)


def _scratch(shape: Shape, count: int, held: int) -> dict[str, np.ndarray]:
    """What a lane keeps within a sample."""
    return {
        "x": aligned(count * (shape.residual_padded + shape.skip_padded)),
        "gates": aligned(count * 2 * held * shape.units),
        "units": aligned(count * held * shape.units),
        "hidden": aligned(count * shape.hidden_padded),
        "params": aligned(count * shape.params_padded),
    }


def cut_lane(lane: Lane, shape: Shape, weights: Weights, first: int, count: int) -> Lane:
    """``count`` rows of a lane from the ``first`` of it on, in the same memory.

    Its conditions are those that the lane has now; places are those of the lane at a sample where
    both begin.
    """
    work = lane.work._replace(
        recent=lane.work.recent[first * shape.kernel :],
        heard=lane.work.heard[first * shape.heard :],
        rings=lane.work.rings[first * shape.residual :],
        places=aligned(len(lane.work.places), np.int64),
        **_scratch(shape, count, 1),
    )
    rows = lane.rows[first : first + count]
    return Lane(rows, count, 0, 1, work, weights, aligned(0), no_lags(), pitch=lane.pitch)


@dataclass(frozen=True)
class Past:
    """Of a whole batch.

    Attributes
    ----------
    histories
        Those of the layers, (slot, batch, channel) with the oldest first.
    recent, heard
        (batch, tap) and (batch, slot): the newest symbols or values, oldest first.
    """

    histories: list[np.ndarray]
    recent: np.ndarray
    heard: np.ndarray

    @property
    def slots(self) -> list[int]:
        """Of each layer."""
        return [len(history) for history in self.histories]


def set_past(lane: Lane, past: Past, time: int) -> None:
    """Bring a lane to ``time``."""
    count, rows = len(lane.rows), lane.rows
    for ring, history in zip(_rings(lane), past.histories, strict=True):
        ring[:, :count] = np.roll(history[:, rows], time % len(history), axis=0)
    lane.work.recent.reshape(lane.padded_rows, -1)[:count] = past.recent[rows]
    heard, slots = past.heard[rows], past.heard.shape[1]
    if slots:
        lane.work.heard.reshape(lane.padded_rows, -1)[:count] = np.roll(heard, time % slots, axis=1)
    set_time(lane, time)


def set_time(lane: Lane, time: int) -> None:
    """Where the sample ``time`` lies in the rings."""
    lane.work.places[:] = time % lane.work.slots


def _rings(lane: Lane) -> list[np.ndarray]:
    """The rings of all layers, (slot, row, channel)."""
    work, count = lane.work, lane.padded_rows
    width = len(work.rings) // int(work.slots.sum() or 1)
    ends = [*work.ring_at[1:].tolist(), len(work.rings)]
    spans = zip(work.ring_at.tolist(), ends, strict=True)
    return [work.rings[begin:end].reshape(-1, count, width // count) for begin, end in spans]


def leading_lane(whole: Lane, weights: Weights, shape: Shape) -> Lane:
    """The first part of an utterance that is drawn by one lane at other times, and its state."""
    work = whole.work._replace(
        gates=aligned(2 * shape.units),
        units=aligned(shape.units),
        shares=aligned(shape.residual_padded + shape.skip_padded),
    )
    return Lane(whole.rows, 1, 0, 1, work, weights, aligned(0), no_lags())


def conditions_with_bias(prepared: PreparedConditions, bias: Tensor, batch: int) -> Tensor:
    """(frame, layer, batch, tap, gate) with the gates' biases (layer, 1, gate) added.

    One tap where nothing changes in time, else the frame before, itself, after, and the bias.
    """
    taps = prepared.taps
    if taps is None:
        there = bias if prepared.bias is None else prepared.bias + bias
        return there.expand(-1, batch, -1)[None, :, :, None]
    taps = pad(taps, (0, 0, 0, 4 - taps.shape[3])) if taps.shape[3] < 4 else taps.clone()
    taps[:, :, :, 3] += bias.unsqueeze(2)
    return taps.permute(2, 0, 1, 3, 4)


def copied(values: Tensor) -> np.ndarray:
    """The values of a tensor, flat, in memory of their own."""
    out = aligned(values.numel())
    out[:] = values.detach().contiguous().reshape(-1).numpy()
    return out
