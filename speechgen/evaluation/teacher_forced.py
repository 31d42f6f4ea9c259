"""What a WaveNet gives a recording, teacher-forced: in its own units, and on one 16-bit grid.

Distributions speak of different things: classes of a mu-law scale, levels of a linear one,
densities. The recording itself is a sequence of whole numbers n[t], x = n / 32768, and every
distribution gives each of the 65536 values that a sample might have had a probability: the model
sees ``y[t] = g x[t] - a g x[t-1]`` (g the gain that brings recordings to the model's level, a its
pre-emphasis), so the number n[t] is the interval ::

    (y[t] - g / 65536, y[t] + g / 65536]        down to -inf for -32768, up to +inf for 32767

and the intervals of the 65536 numbers are a partition of the line. Their masses add up to 1 given
any past, whatever the distribution; the past is that of the recording, encoded as the model does.

Bits on the grid are more than a coarse scale's own, by the resolution that it leaves open. For a
number whose interval lies within one mu-law class ::

    -log2 P(n) = -log2 P(class) + log2(width of the class / width of the interval)

because a class's probability is spread evenly over its interval; for a density p that is smooth at
that scale, -log2 P(n) = -log2 p(y) - log2(g / 32768).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from speechgen.likelihood import nats_to_bits
from speechgen.models.wavenet.conditions import Conditions
from speechgen.models.wavenet.prepared_conditions import PreparedConditions
from speechgen.models.wavenet.wavenet import WaveNet

LEVELS = 65536
_HALF = LEVELS // 2
_CHUNK_SECONDS = 1.0  # what a layer holds of it stays in the processor's cache


@dataclass(frozen=True)
class HeldOut:
    """Nats per sample of one recording.

    Attributes
    ----------
    native
        (batch,) float64: under each reading, -log_prob of the model's own symbols. That of a
        density depends on the waveform's units and may be negative.
    grid
        Under the first reading, on the 16-bit grid; None if it was not asked for.
    """

    native: Tensor
    grid: float | None


def pcm16(wave: np.ndarray) -> np.ndarray:
    """Waveform in [-1, 1] -> the nearest 16-bit numbers (int64), of the same shape."""
    numbers = np.rint(wave.astype(np.float64) * _HALF)
    return np.clip(numbers, -_HALF, _HALF - 1).astype(np.int64)


def wave_of(numbers: Tensor, gain: float) -> Tensor:
    """What the model is given of 16-bit numbers: float32, of the same shape."""
    return (numbers.double() * (gain / _HALF)).float()


def pcm_intervals(numbers: Tensor, gain: float, coefficient: float) -> tuple[Tensor, Tensor]:
    """The intervals of pre-emphasised values that stand for 16-bit numbers.

    Parameters
    ----------
    numbers
        (batch, time) whole numbers, from the beginning of a recording on.
    gain
        Of the waveform.
    coefficient
        Of the pre-emphasis.

    Returns
    -------
    tuple
        Lower ends (not included) and upper ones (included), (batch, time) float64.
    """
    before = torch.nn.functional.pad(numbers[:, :-1], (1, 0)).double()
    shift, step = coefficient * before, gain / _HALF
    low = (numbers - 0.5 - shift) * step
    high = (numbers + 0.5 - shift) * step
    low = low.masked_fill(numbers == -_HALF, -torch.inf)
    return low, high.masked_fill(numbers == _HALF - 1, torch.inf)


@torch.inference_mode()
def held_out_nats(
    model: WaveNet,
    wave: Tensor,
    conditions: Conditions | None,
    intervals: tuple[Tensor, Tensor] | None = None,
) -> HeldOut:
    """Nats per sample of one recording, whole, under each of a batch of readings.

    Parameters
    ----------
    model
        In evaluation mode.
    wave
        (time,) on the model's device.
    conditions
        Of ``batch`` readings of the one waveform; None for an unconditional model.
    intervals
        Those of its 16-bit numbers, from :func:`pcm_intervals`; None leaves the grid out.
    """
    batch = (conditions.batch_size if conditions is not None else None) or 1
    symbols = model.encode(wave[None]).expand(batch, -1)
    time = symbols.shape[1]
    prepared = model.prepare_conditions(conditions, time)
    native = torch.zeros(batch, dtype=torch.float64, device=wave.device)
    grid = torch.zeros((), dtype=torch.float64, device=wave.device)
    for start, params in forced_params(model, symbols, prepared):
        part = slice(start, start + params.shape[2])
        native -= model.likelihood.log_prob(params, symbols[:, part]).double().sum(dim=1)
        if intervals is not None:
            low, high = (ends[:, part] for ends in intervals)
            grid -= model.likelihood.log_mass(params[:1], low, high).sum()
    return HeldOut(native / time, None if intervals is None else grid.item() / time)


def bits_per_sample(model: WaveNet, wave: Tensor, conditions: Conditions | None) -> Tensor:
    """Mean negative log2 likelihood of one waveform's symbols under each of a batch of conditions.

    As :func:`held_out_nats`; (batch,) float64.
    """
    return nats_to_bits(held_out_nats(model, wave, conditions).native)


def forced_params(
    model: WaveNet, symbols: Tensor, prepared: PreparedConditions
) -> Iterator[tuple[int, Tensor]]:
    """The params of all samples given the true past, chunk after chunk.

    Chunks overlap by the receptive field, which gives what the whole at once would.

    Parameters
    ----------
    model
        In evaluation mode.
    symbols
        (batch, time).
    prepared
        Conditions of the whole.

    Yields
    ------
    tuple
        The place of the first sample, and (batch, param, time) from there on.
    """
    hop = prepared.hop_samples or 1
    overlap = -(-model.receptive_field // hop) * hop
    stride = max(1, round(_CHUNK_SECONDS * model.sample_rate) // hop) * hop
    for start in range(0, symbols.shape[1], stride):
        first, last = max(0, start - overlap), min(start + stride, symbols.shape[1])
        local = prepared.frames(first // hop, -(-last // hop))
        yield start, model(symbols[:, first:last], local)[:, :, start - first :]
