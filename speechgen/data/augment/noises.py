"""Noise generated on the fly: recordings, babble of many voices, coloured and modulated noise."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch

import numpy as np

from speechgen.data.augment.loudness import active_rms, amplitude, rms
from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.random_access import (
    UtterancePicker,
    by_speaker,
    filled,
    lively_crop,
    speech_crop,
)

_BABBLE_VOICES = (3, 7)  # at least, below
_SECOND_NOISE = 0.25  # probability
_SILENCE = 1e-6


class RecordedNoise:
    """Crops of recorded noises; short ones are followed by others of their class.

    Parameters
    ----------
    bank
        The noises; their "speakers" are classes.
    class_weights
        Pattern of a class name (``"*street*"``) to the factor by which it is drawn more often;
        the first that fits counts.
    """

    def __init__(self, bank: Bank, class_weights: Mapping[str, float] | None = None) -> None:
        self.bank = bank
        self._classes = by_speaker(bank)
        weights = np.array([class_weight(name, class_weights or {}) for name in bank.speakers])
        loud = bank.levels > _SILENCE
        # a file counts by the square root of its length, so that neither clips nor hours prevail
        self._pick = UtterancePicker(weights * loud * np.sqrt(bank.lengths))

    def __call__(self, num_samples: int, rng: np.random.Generator) -> np.ndarray:
        """(num_samples,) of one noise or, at times, of two."""
        wave = self.single(num_samples, rng)
        if rng.random() < _SECOND_NOISE:
            other = self.single(num_samples, rng)
            wave = wave + other * amplitude(rng.uniform(-12, 0))
        return wave

    def single(self, num_samples: int, rng: np.random.Generator) -> np.ndarray:
        """(num_samples,) of one noise."""
        bank, first = self.bank, self._pick(rng)
        if bank.lengths[first] >= num_samples:
            return unit_level(lively_crop(bank, first, num_samples, rng))
        same = self._classes[bank.speakers[first]]
        queue = [first]

        def piece() -> np.ndarray:
            wave = bank.wave(queue.pop() if queue else int(rng.choice(same)))
            return unit_level(np.roll(wave, int(rng.integers(len(wave)))))

        return unit_level(filled(num_samples, piece))


class Babble:
    """Several voices of a speech bank at once, of speakers other than the one to be understood."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self._pick = UtterancePicker(bank.lengths)
        self._companions = by_speaker(bank)

    def __call__(
        self, num_samples: int, rng: np.random.Generator, *, besides: str = ""
    ) -> np.ndarray:
        """(num_samples,) of 3 to 6 voices; ``besides`` is the speaker to leave out if possible."""
        wave = np.zeros(num_samples, dtype=np.float32)
        others = len(self._companions) > 1
        for _ in range(int(rng.integers(*_BABBLE_VOICES))):
            crop, index = self._crop(num_samples, rng)
            while others and self.bank.speakers[index] == besides:
                crop, index = self._crop(num_samples, rng)
            level = active_rms(crop, self.bank.sample_rate)
            if level > _SILENCE:
                wave += crop * np.float32(amplitude(rng.uniform(-6, 0)) / level)
        return unit_level(wave)

    def _crop(self, num_samples: int, rng: np.random.Generator) -> tuple[np.ndarray, int]:
        return speech_crop(self.bank, self._pick, self._companions, num_samples, rng)


def coloured_noise(num_samples: int, sample_rate: int, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise with power falling as 1/f**slope, slope in [0, 2], at times modulated.

    Returns
    -------
    ndarray
        (num_samples,) float32 of unit level.
    """
    spectrum = _white_spectrum(num_samples, rng)
    slope = np.float32(rng.uniform(0, 2))
    spectrum *= np.maximum(np.arange(len(spectrum), dtype=np.float32), 1) ** (-slope / 2)
    lowest = max(int(40 * num_samples / sample_rate), 1)
    spectrum[:lowest] = 0  # rumble that no loudspeaker gives
    wave = np.fft.irfft(spectrum, num_samples).astype(np.float32)
    if rng.random() < 0.5:
        time = np.arange(num_samples, dtype=np.float32) / sample_rate
        phase = 2 * np.pi * (rng.uniform(0.5, 8) * time + rng.random())
        wave *= 1 + np.float32(rng.uniform(0.2, 0.95)) * np.sin(phase, dtype=np.float32)
    return unit_level(wave)


def rumble(
    num_samples: int, sample_rate: int, corner_hz: float, rng: np.random.Generator
) -> np.ndarray:
    """Gaussian noise that falls above ``corner_hz`` with 12 to 30 dB per octave.

    Returns
    -------
    ndarray
        (num_samples,) float32 of unit level.
    """
    spectrum = _white_spectrum(num_samples, rng)
    step = np.float32(sample_rate / num_samples / corner_hz)
    octaves = np.arange(len(spectrum), dtype=np.float32) * step
    spectrum *= (1 + octaves * octaves) ** np.float32(-rng.uniform(1.0, 2.5))
    spectrum[: max(int(10 * num_samples / sample_rate), 1)] = 0
    return unit_level(np.fft.irfft(spectrum, num_samples).astype(np.float32))


def equalised(
    wave: np.ndarray, sample_rate: int, rng: np.random.Generator, spread_db: float
) -> np.ndarray:
    """Filter with a random smooth curve, within ``spread_db`` up and down over 5 octave points."""
    points = np.array([60.0, 250.0, 1000.0, 3000.0, 8000.0])
    gains = rng.uniform(-spread_db, spread_db, len(points))
    spectrum = np.fft.rfft(wave)
    frequencies = np.fft.rfftfreq(len(wave), 1 / sample_rate)
    curve = np.interp(np.log(np.maximum(frequencies, 1.0)), np.log(points), gains)
    return np.fft.irfft(spectrum * 10 ** (curve / 20), len(wave)).astype(np.float32)


def unit_level(wave: np.ndarray) -> np.ndarray:
    """Scale to a root mean square of 1; silence stays silence."""
    level = rms(wave)
    return wave / np.float32(level) if level > _SILENCE else np.zeros_like(wave)


def _white_spectrum(num_samples: int, rng: np.random.Generator) -> np.ndarray:
    """(bin,) complex64 of Gaussian noise of ``num_samples`` samples."""
    bins = num_samples // 2 + 1
    return rng.standard_normal((bins, 2), dtype=np.float32).view(np.complex64)[:, 0]


def class_weight(name: str, weights: Mapping[str, float]) -> float:
    """The factor of the first pattern that fits the name of a class; 1 where none does."""
    return next((w for pattern, w in weights.items() if fnmatch(name, pattern)), 1.0)
