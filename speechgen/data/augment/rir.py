"""Room impulse responses, measured and simulated, with the direct sound at time 0."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from speechgen.audio import read, resample
from speechgen.data.kaldi.reading import load_data_directory
from speechgen.data.kaldi.scanning import sounds_in
from speechgen.errors import DataError

EARLY_SECONDS = 0.05  # reflections up to here help to understand speech (clarity index C50)
_EARLY_FADE_SECONDS = 0.02
_BEFORE_SECONDS = 0.001  # of a measured direct sound, which is not a single sample
_DIRECT = 0.5  # the direct sound is the first peak of at least this share of the greatest
_END_FADE = 0.2
_DECAY_SECONDS = (0.15, 0.8)  # of simulated rooms: time in which they decay by 60 dB
_DIRECT_DB = (-3.0, 12.0)  # of simulated rooms: direct sound over all that is reflected
_FIRST_REFLECTION_SECONDS = (0.002, 0.02)


class Response(NamedTuple):
    """An impulse response: (time,) and which of its samples is time 0."""

    wave: np.ndarray
    zero: int


class RoomBank:
    """Measured responses, each channel one, cut to ``seconds`` and brought to ``sample_rate``.

    Parameters
    ----------
    root
        A data directory, or a folder of sound files.
    sample_rate
        In Hz.
    seconds
        Length after the direct sound.

    Attributes
    ----------
    responses : list of Response
        Of unit energy in the early part.
    names : list of str
        The file of each, and its channel.

    Raises
    ------
    DataError, AudioError
        No sound, a file that cannot be read, or one without a sound in it.
    """

    def __init__(self, root: str | Path, sample_rate: int, *, seconds: float = 0.5) -> None:
        root = Path(root)
        if (root / "wav.scp").is_file():
            files = list(load_data_directory(root).wavs.values())
        else:
            files = sounds_in(root)
        self.sample_rate = int(sample_rate)
        self.responses: list[Response] = []
        self.names: list[str] = []
        for file in files:
            waves, rate = read(file)
            for channel, wave in enumerate(waves):
                if not np.any(wave):
                    raise DataError(f"{file}: channel {channel + 1} is silent, so no room response")
                self.names.append(f"{file.name}:{channel + 1}")
                self.responses.append(
                    aligned(resample(wave, rate, sample_rate), sample_rate, seconds)
                )

    def __len__(self) -> int:
        return len(self.responses)

    def draw(self, rng: np.random.Generator) -> Response:
        """One of them."""
        return self.responses[int(rng.integers(len(self)))]


def aligned(wave: np.ndarray, sample_rate: int, seconds: float) -> Response:
    """Cut a measured response to the direct sound and ``seconds`` after, fading out at the end.

    The direct sound is the first peak that is at least half as high as the highest; 1 ms before it
    is kept as time before 0, because a measured direct sound is wider than a sample. The early part
    gets unit energy.
    """
    loud = np.abs(wave)
    first = int(np.argmax(loud >= _DIRECT * loud.max()))
    near = max(round(_BEFORE_SECONDS * sample_rate), 1)
    direct = first + int(np.argmax(loud[first : first + near]))
    zero = min(direct, near)
    count = max(round(seconds * sample_rate), 1)
    cut = np.array(wave[direct - zero : direct + count], dtype=np.float32)
    fade = max(int(_END_FADE * len(cut)), 1)
    if len(cut) == zero + count:
        cut[-fade:] *= _falling(fade)
    return normalised(Response(cut, zero), sample_rate)


def simulated(rng: np.random.Generator, sample_rate: int, seconds: float) -> Response:
    """A direct sound and noise that decays exponentially: Polack's model of a room (1988).

    Its time of decay, the level of the reflections, when they begin and how dull they are are
    drawn.
    """
    count = max(round(seconds * sample_rate), 1)
    start = min(round(rng.uniform(*_FIRST_REFLECTION_SECONDS) * sample_rate), count - 1)
    decay = rng.uniform(*_DECAY_SECONDS) * sample_rate
    wave = np.zeros(count, dtype=np.float32)
    tail = wave[start:]
    tail[:] = rng.standard_normal(len(tail), dtype=np.float32)
    dull = np.float32(rng.uniform(0, 0.6))  # walls take high frequencies first
    tail[1:] += dull * tail[:-1]
    tail *= np.exp(np.arange(len(tail), dtype=np.float32) * np.float32(-3 * np.log(10) / decay))
    energy = float(np.dot(tail, tail))
    direct_db = rng.uniform(*_DIRECT_DB)
    if energy > 0:
        tail *= np.float32(10 ** (-direct_db / 20) / np.sqrt(energy))
    wave[0] = 1.0
    fade = max(int(_END_FADE * count), 1)
    wave[-fade:] *= _falling(fade)
    return normalised(Response(wave, 0), sample_rate)


def damped(response: Response, sample_rate: int, decay_db: float) -> Response:
    """The same with ``decay_db`` dB per second more of decay: a drier room."""
    wave, zero = response
    rate = np.float32(-decay_db * np.log(10) / 20 / sample_rate)
    envelope = np.exp(rate * np.arange(-zero, len(wave) - zero, dtype=np.float32))
    return normalised(Response(wave * envelope, zero), sample_rate)


def early(response: Response, sample_rate: int) -> Response:
    """The first 50 ms, faded out over 20 ms around that."""
    wave, zero = response
    fade = round(_EARLY_FADE_SECONDS * sample_rate)
    flat = zero + round(EARLY_SECONDS * sample_rate) - fade // 2
    cut = wave[: flat + fade].copy()
    if len(cut) > flat:
        cut[flat:] *= _falling(fade)[: len(cut) - flat]
    return Response(cut, zero)


def normalised(response: Response, sample_rate: int) -> Response:
    """Scaled to unit energy of the early part."""
    part = early(response, sample_rate).wave
    return Response(response.wave / np.float32(np.sqrt(np.dot(part, part))), response.zero)


def clarity_db(response: Response, sample_rate: int) -> float:
    """Energy of the first 50 ms over that of the rest, in dB (C50 of ISO 3382-1)."""
    split = response.zero + round(EARLY_SECONDS * sample_rate)
    first, rest = response.wave[:split], response.wave[split:]
    return 10 * float(np.log10(np.dot(first, first) / max(np.dot(rest, rest), 1e-12)))


def around_zero(response: Response, num_samples: int) -> np.ndarray:
    """(num_samples,) with time 0 first and what is before it last, to be convolved in a circle."""
    wave, zero = response
    out = np.zeros(num_samples, dtype=np.float32)
    after = wave[zero : zero + num_samples - zero]
    out[: len(after)] = after
    if zero:
        out[-zero:] = wave[:zero]
    return out


def _falling(count: int) -> np.ndarray:
    return (0.5 + 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / count)).astype(np.float32)
