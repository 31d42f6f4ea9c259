"""The one door for sound that comes as an array: what it has to be, and what is said if it is not.

Whatever takes a waveform from Python sends it through here: numpy arrays, torch tensors of any
floating type on any device, lists. Nothing is changed in place. Integers are refused everywhere,
with the line that makes floats of them: an int32 may hold 16, 24 or 32 bits, so that a guess would
be wrong by a factor of 256 without a word.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from speechgen.errors import ArrayError

MOST_CHANNELS = 1024  # no sound file that can be read has more
_FEW_CHANNELS = 8  # so many may be longer in channels than in time: a few samples of each
_LARGEST = 100.0  # 40 dB over full scale: no float recording, but integers in disguise
_LOWEST_RATE, _HIGHEST_RATE = 1000, 10_000_000  # Hz
_FULL_SCALE = {
    "int8": "wave / 128",
    "int16": "wave / 32768",
    "int32": "wave / 2147483648, or wave / 8388608 where it holds 24 bits",
    "uint8": "(wave - 128.0) / 128",
}


def as_waves(given: Any, name: str = "the wave") -> np.ndarray:
    """What was given as a waveform, as an array (channel, time) of float32 or float64.

    Parameters
    ----------
    given
        (time,) or (channel, time) of floats in [-1, 1]: an array, a tensor or a list. Half
        precision becomes float32. It may be read-only, on a GPU, or part of a graph of gradients.
    name
        What the messages call it.

    Raises
    ------
    ArrayError
        It is none: integers, (time, channel), no samples, NaN, far beyond full scale, or no array.
    """
    wave, largest = _floats(given, name)
    _check_turned(wave.shape, name)
    if wave.ndim not in (1, 2):
        hint = ": pass each example of the batch alone" if wave.ndim == 3 else ""
        raise ArrayError(
            f"{name} has shape {wave.shape}; it must be (time,) or (channel, time){hint}"
        )
    if wave.size == 0:
        raise ArrayError(f"{name} is empty, shape {wave.shape}; give some samples")
    if largest > _LARGEST:
        scale = "32768, if its samples have 16 bits" if largest <= 1 << 15 else "full scale"
        raise ArrayError(
            f"{name} reaches {largest:.6g}; samples lie between -1 and 1: divide it by {scale}"
        )
    return np.atleast_2d(wave)


def as_mono(given: Any, name: str = "the wave") -> np.ndarray:
    """As :func:`as_waves`, (time,), of a waveform with one channel.

    Raises
    ------
    ArrayError
        Also where there are several channels.
    """
    waves = as_waves(given, name)
    if len(waves) > 1:
        raise ArrayError(
            f"{name} has {len(waves)} channels, shape {waves.shape}; one is wanted: pass wave[0] or"
            " wave.mean(axis=0)"
        )
    return waves[0]


def without_offset(wave: np.ndarray) -> np.ndarray:
    """A waveform (time,) less its mean, which is of a sound card and no sound."""
    return wave - wave.mean(dtype=np.float64).astype(wave.dtype) if len(wave) else wave


def as_pair(clean: Any, estimate: Any) -> tuple[np.ndarray, np.ndarray]:
    """Two waveforms that are compared, (time,) each, of one length.

    Raises
    ------
    ArrayError
        One of them is none of one channel, or their lengths differ.
    """
    pair = as_mono(clean, "the clean wave"), as_mono(estimate, "the estimate")
    if len(pair[0]) != len(pair[1]):
        raise ArrayError(
            f"the lengths differ, {len(pair[0])} samples against {len(pair[1])}; give waves of one"
            " length"
        )
    return pair


def as_floats(given: Any, name: str = "the wave") -> np.ndarray:
    """What was given, (..., time) of any length, as an array of float32 or float64.

    Raises
    ------
    ArrayError
        No floats, (time, channel), or NaN or infinity.
    """
    array, _ = _floats(given, name)
    _check_turned(array.shape, name)
    return array


def check_chunk(chunk: Any, channels: int, name: str = "the chunk") -> np.ndarray:
    """The next (channel, time) of a stream, of any length, 0 too; floats as :func:`as_waves`.

    Raises
    ------
    ArrayError
        Another shape or number of channels, no floats, or NaN.
    """
    wave, _ = _floats(chunk, name)
    if wave.ndim != 2 or wave.shape[0] != channels:
        hint = "" if wave.ndim != 2 or wave.shape[1] != channels else f": pass {name[4:]}.T"
        raise ArrayError(
            f"{name} has shape {wave.shape}, but ({channels}, time) was due, the channels of the "
            f"stream first{hint}"
        )
    return wave


def check_rate(rate: Any, name: str = "sample_rate") -> int:
    """A sample rate as a whole number of Hz.

    Raises
    ------
    ArrayError
        It is no whole number, a truth value, or no rate of sound.
    """
    whole: int | None = None
    if not isinstance(rate, bool | np.bool_):
        try:
            whole = operator.index(rate)
        except TypeError:
            if isinstance(rate, float | np.floating) and float(rate).is_integer():
                whole = int(rate)
    if whole is None:
        raise ArrayError(f"{name} is {rate!r}; give a whole number of Hz, such as 16000")
    if not _LOWEST_RATE <= whole <= _HIGHEST_RATE:
        hint = f": {whole * 1000} for {whole} kHz?" if 0 < whole < _LOWEST_RATE else ""
        raise ArrayError(f"{name} is {whole} Hz, which is no rate of sound; give it in Hz{hint}")
    return whole


def to_array(given: Any, name: str = "the array") -> np.ndarray:
    """An array, a tensor or a list of any type as an array on the CPU, without gradients.

    Raises
    ------
    ArrayError
        No array can be made of it.
    """
    try:
        if _is_a(given, "numpy.ma", "MaskedArray"):
            given = given.filled(np.nan)
        return _tensor_to_numpy(given) if _is_a(given, "torch", "Tensor") else np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = str(error).partition("\n")[0].partition(". ")[0]
        if isinstance(given, tuple):
            reason = "of wave and rate, give the wave alone"
        raise ArrayError(
            f"{name} is a {type(given).__name__}, of which no array can be made ({reason})"
        ) from error


def _is_a(given: Any, module: str, name: str) -> bool:
    """Whether ``given`` is of a class, without importing ``module``, which may take long."""
    kinds = type(given).__mro__
    return any(
        f"{kind.__module__}.".startswith(f"{module}.") and kind.__name__ == name for kind in kinds
    )


def _tensor_to_numpy(tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.is_floating_point() and tensor.element_size() < 4:
        tensor = tensor.float()  # numpy has no bfloat16
    return np.asarray(tensor.cpu().resolve_conj().resolve_neg().numpy())


def _largest(wave: np.ndarray, name: str) -> float:
    """The largest magnitude; NaN and infinity are refused."""
    largest = max(float(wave.max()), -float(wave.min()))
    if not math.isfinite(largest):
        place = np.unravel_index(int(np.argmin(np.isfinite(wave))), wave.shape)
        raise ArrayError(
            f"{name} holds NaN or infinity at sample {int(place[-1])}; repair it first"
        )
    return largest


def _check_turned(shape: tuple[int, ...], name: str) -> None:
    """Refuse (time, channel)."""
    if len(shape) != 2:
        return
    channels, num_samples = shape
    if channels > MOST_CHANNELS or (channels > _FEW_CHANNELS and channels > num_samples > 0):
        raise ArrayError(
            f"{name} has shape {shape}, which would be {channels} channels of {num_samples} "
            f"sample{'s' * (num_samples != 1)}; (channel, time) is wanted: pass wave.T"
        )


def _floats(given: Any, name: str) -> tuple[np.ndarray, float]:
    """An array of finite float32 or float64, whatever its shape, and its largest magnitude."""
    array = to_array(given, name)
    if array.dtype.kind in "iu":
        turn = _FULL_SCALE.get(array.dtype.name, "wave divided by the full scale of its samples")
        raise ArrayError(f"{name} holds {array.dtype}, no floats between -1 and 1; pass {turn}")
    if array.dtype.kind != "f":
        of = f"a {type(given).__name__} " if array.dtype.kind == "O" else ""
        raise ArrayError(f"{name} is {of}of type {array.dtype}; give floats between -1 and 1")
    if array.dtype.newbyteorder("=") not in (np.float32, np.float64):
        array = array.astype(np.float64 if array.dtype.itemsize > 4 else np.float32)
    elif not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return array, _largest(array, name) if array.size else 0.0
