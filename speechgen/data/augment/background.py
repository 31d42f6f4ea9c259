"""Background sounds: one to three noises at once, babble, and modulated levels."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from typing import NamedTuple

import numpy as np

from speechgen.data.augment.config import AugmentationSettings
from speechgen.data.augment.loudness import amplitude
from speechgen.data.augment.noises import RecordedNoise, coloured_noise, rumble, unit_level
from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.random_access import UtterancePicker, by_speaker

_MOST_NOISES = 3
_ONSET = (0.1, 0.8)  # where in the item a noise begins or ends
_RAMP_SECONDS = (0.002, 0.2)
_VOICE_DB = (-8.0, 0.0)
_CROWD_DB = (-14.0, 0.0)
_LOUDEST_CHANGE_DB = 12.0


class Sound(NamedTuple):
    """(time,) at about its final level, and whether it gets a room response."""

    wave: np.ndarray
    in_room: bool


class Background:
    """Samples the background of a speaker.

    Parameters
    ----------
    speech, noises
        Banks of one rate; ``noises`` may be None.
    num_samples
        Length of the sounds.
    augmentation
        What is augmented, and how often.
    babble_probability, colour_probability
        Of babble and of coloured noise in the place of a recorded one, for each sound.
    class_weights
        As in :class:`speechgen.data.augment.noises.RecordedNoise`.
    """

    def __init__(
        self,
        speech: Bank,
        noises: Bank | None,
        num_samples: int,
        augmentation: AugmentationSettings,
        *,
        babble_probability: float,
        colour_probability: float,
        class_weights: Mapping[str, float] | None = None,
    ) -> None:
        self.num_samples, self.sample_rate = num_samples, speech.sample_rate
        self.augmentation = augmentation
        self._voices = Voices(speech)
        chances = augmentation.cafe_probability, babble_probability, colour_probability
        self._edges = np.cumsum(chances)
        self._recorded = RecordedNoise(noises, class_weights) if noises else None
        cafe = dict.fromkeys(augmentation.cafe_noises, 1.0) | {"*": 0.0}
        fits = noises is not None and any(
            fnmatch(name, pattern)
            for name in noises.speaker_names
            for pattern in augmentation.cafe_noises
        )
        self._cafe = RecordedNoise(noises, cafe) if noises and fits else None

    def __call__(self, rng: np.random.Generator, *, besides: str) -> list[Sound]:
        """One to four sounds (a cafe is two by itself); ``besides`` is the speaker left out."""
        sounds = self._one(rng, besides)
        for _ in range(_MOST_NOISES - 1):
            if rng.random() >= self.augmentation.another_noise_probability:
                break
            level = np.float32(amplitude(rng.uniform(*self.augmentation.other_noise_db)))
            sounds += [Sound(wave * level, room) for wave, room in self._one(rng, besides)]
        if rng.random() < self.augmentation.rumble_probability:
            corner_hz = float(np.exp(rng.uniform(*np.log(self.augmentation.rumble_hz))))
            wave = rumble(self.num_samples, self.sample_rate, corner_hz, rng)
            level = np.float32(amplitude(rng.uniform(*self.augmentation.rumble_db)))
            sounds.append(Sound(self._modulated(wave, rng) * level, False))
        return sounds

    def _one(self, rng: np.random.Generator, besides: str) -> list[Sound]:
        kind, augmentation = rng.random(), self.augmentation
        if kind < self._edges[0]:
            return self._crowd(rng, besides)
        if kind < self._edges[1]:
            count = int(
                rng.integers(augmentation.babble_voices[0], augmentation.babble_voices[1] + 1)
            )
            wave = self._voices(self.num_samples, count, rng, besides=besides, levels_db=_VOICE_DB)
        elif kind < self._edges[2] or self._recorded is None:
            wave = coloured_noise(self.num_samples, self.sample_rate, rng)
        else:
            wave = self._recorded.single(self.num_samples, rng)
        room = rng.random() < augmentation.noise_room_probability
        return [Sound(self._modulated(wave, rng), room)]

    def _crowd(self, rng: np.random.Generator, besides: str) -> list[Sound]:
        low, high = self.augmentation.cafe_voices
        count = int(rng.integers(low, high + 1))
        wave = self._voices(self.num_samples, count, rng, besides=besides, levels_db=_CROWD_DB)
        sounds = [Sound(wave, True)]
        if self._cafe is not None:
            level = np.float32(amplitude(rng.uniform(*self.augmentation.cafe_noise_db)))
            noise = self._modulated(self._cafe.single(self.num_samples, rng), rng)
            sounds.append(Sound(noise * level, False))
        return sounds

    def _modulated(self, wave: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        augmentation = self.augmentation
        if rng.random() < augmentation.modulation_probability:
            speed_hz = rng.uniform(*augmentation.modulation_hz)
            wave = wandering(wave, self.sample_rate, speed_hz, augmentation.modulation_db, rng)
        if rng.random() < augmentation.onset_probability:
            wave = switched(wave, self.sample_rate, rng)
        return wave


class Voices:
    """Many voices at once, cheaply: unlike in babble, each changes speakers."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        totals = {name: bank.lengths[ids].sum() for name, ids in by_speaker(bank).items()}
        per_speaker = np.array([totals[name] for name in bank.speakers])
        self._pick = UtterancePicker(bank.lengths * (bank.levels > 0) / np.sqrt(per_speaker))

    def __call__(
        self,
        num_samples: int,
        count: int,
        rng: np.random.Generator,
        *,
        besides: str,
        levels_db: tuple[float, float],
    ) -> np.ndarray:
        """(num_samples,) of unit level; no voice is ``besides``, if there is another."""
        bank, wave = self.bank, np.zeros(num_samples, dtype=np.float32)
        alone = len(bank.speaker_names) == 1
        for level_db in rng.uniform(*levels_db, count):
            filled = 0
            while filled < num_samples:
                index = self._pick(rng)
                if not alone and bank.speakers[index] == besides:
                    continue
                length = int(bank.lengths[index])
                start = int(rng.integers(max(length // 2, 1)))
                part = min(length - start, num_samples - filled)
                gain = np.float32(amplitude(level_db) / bank.levels[index])
                wave[filled : filled + part] += bank.crop(index, start, part) * gain
                filled += part
        return unit_level(wave)


def wandering(
    wave: np.ndarray, sample_rate: int, speed_hz: float, spread_db: float, rng: np.random.Generator
) -> np.ndarray:
    """(time,) with a level that wanders by ``spread_db`` (standard deviation) ``speed_hz`` times a
    second; no further than 12 dB."""
    step = sample_rate / speed_hz
    levels = spread_db * rng.standard_normal(int(len(wave) / step) + 2)
    levels = np.clip(levels, -_LOUDEST_CHANGE_DB, _LOUDEST_CHANGE_DB)
    steps = np.arange(len(levels)) * step
    curve = np.interp(np.arange(len(wave)), steps, levels).astype(np.float32)
    return wave * np.exp(curve * np.float32(np.log(10) / 20))


def switched(wave: np.ndarray, sample_rate: int, rng: np.random.Generator) -> np.ndarray:
    """(time,) that begins, or ends, somewhere within."""
    place = int(rng.uniform(*_ONSET) * len(wave))
    ramp = np.linspace(0, 1, max(int(rng.uniform(*_RAMP_SECONDS) * sample_rate), 2))
    gate = np.ones(len(wave), dtype=np.float32)
    gate[:place] = 0
    part = gate[place : place + len(ramp)]
    part *= ramp[: len(part)].astype(np.float32)
    return wave * (gate if rng.random() < 0.6 else 1 - gate)
