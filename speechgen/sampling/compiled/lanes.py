"""Lanes: the rows of a batch that go through one call of the loop, and what it keeps of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torch.nn.functional import pad

from speechgen.models.wavenet.conditioning_network import PreparedConditions
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
    part
        Which part of the gated units; 0 where there is one.
    work, weights
        What the loop changes, and what it reads.
    conditions
        Flat (frame, layer, row, tap, 2 units) of the present block.
    """

    rows: list[int]
    padded_rows: int
    part: int
    work: Work
    weights: Weights
    conditions: np.ndarray


def new_lane(
    shape: Shape,
    weights: Weights,
    histories: list[np.ndarray],
    recent: np.ndarray,
    rows: list[int],
    count: int,
    part: int,
    time: int,
) -> Lane:
    """A lane at ``time``, given the past of the whole batch.

    ``histories`` are those of the layers, (slot, batch, channel) with the oldest first, and
    ``recent`` (batch, tap) the newest symbols or values.
    """
    slots = aligned(len(histories), np.int64)
    slots[:] = [len(history) for history in histories]
    sizes = slots * count * shape.residual
    ring_at = aligned(len(histories), np.int64)
    ring_at[1:] = np.cumsum(sizes)[:-1]
    rings = aligned(int(sizes.sum()))
    for begin, size, history in zip(ring_at, sizes, histories, strict=True):
        ring = rings[begin : begin + size].reshape(len(history), count, shape.residual)
        ring[:, : len(rows)] = np.roll(history[:, rows], time % len(history), axis=0)
    past = aligned(count * shape.kernel)
    past.reshape(count, shape.kernel)[: len(rows)] = recent[rows]
    places = aligned(len(slots), np.int64)
    places[:] = time % slots
    work = Work(
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
    return Lane(rows, count, part, work, weights, aligned(0))


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
