"""Augmented mixtures: rooms, babble, band limits, codecs, clipping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from speechgen.data.augment.background import Background, Sound
from speechgen.data.augment.codecs import TELEPHONE_BAND_HZ, clipped, coded, is_telephone
from speechgen.data.augment.config import AugmentationSettings
from speechgen.data.augment.filters import SpectrumGrid
from speechgen.data.augment.loudness import active_rms, amplitude, rms, scale_to_snr
from speechgen.data.augment.mixtures import PEAK, SPEECH_LEVEL_DB, MixtureDataset
from speechgen.data.augment.noises import coloured_noise
from speechgen.data.augment.rir import Response, RoomBank, around_zero, damped, early, simulated
from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.random_access import (
    balanced,
    generator,
    picker,
    speech_crop,
)

_COLOURED = 0.5  # probability that a sound is coloured, where colour augmentation is on


class AugmentedMixtureDataset(MixtureDataset):
    """Mixtures with every part of ``augmentation``; item ``i`` depends on (seed, i) alone.

    ::

        speech -- speed, colour --+-- room ------------- band limit --(+)-- clip, codec --> noisy
                                  +-- room's first 50 ms, band limit ---|----------------> clean
        1 to 3 noises -- onset, colour, each its room -- band limit ----+

    All linear parts of an item are one multiplication of spectra. The signal-to-noise ratio is that
    of the clean side to the noise, before clipping and codec; reverberation is not counted.

    Parameters
    ----------
    clean_bank, noise_bank, crop_samples
        As of :class:`speechgen.data.augment.mixtures.MixtureDataset`, and so are the other options
        (seed, length, ...).
    augmentation
        What is augmented, and how often.
    rooms
        Measured responses of the same rate, or None: then rooms are simulated.
    """

    def __init__(
        self,
        clean_bank: Bank,
        noise_bank: Bank | None,
        *,
        crop_samples: int,
        augmentation: AugmentationSettings,
        rooms: RoomBank | None = None,
        **options: Any,
    ) -> None:
        super().__init__(clean_bank, noise_bank, crop_samples=crop_samples, **options)
        self.augmentation, self.rooms = augmentation, rooms
        self._grid = SpectrumGrid(self.crop_samples, clean_bank.sample_rate)
        self._background = Background(
            clean_bank,
            noise_bank,
            self.crop_samples,
            augmentation,
            babble_probability=options.get("babble_probability", 0.15),
            colour_probability=options.get("colour_probability", 0.1),
            class_weights=options.get("class_weights"),
        )
        self._pick = picker(clean_bank, balanced(clean_bank, augmentation.speaker_balance))
        names, weights = list(augmentation.codec_weights), list(augmentation.codec_weights.values())
        self._codecs = names, np.cumsum(weights) / max(sum(weights), 1e-12)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Item ``index`` (0 or more): ``clean`` and ``noisy``, (1, time) each."""
        clean, noisy = self.mixture(generator(self.seed, index), self._pick.at(index))
        return {"clean": torch.from_numpy(clean[None]), "noisy": torch.from_numpy(noisy[None])}

    def mixture(
        self,
        rng: np.random.Generator,
        pick: Callable[[np.random.Generator], int],
        *,
        speed: float | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Clean and noisy side (time,) of a crop of the utterance that ``pick`` draws.

        ``speed`` is how much faster it is played; None for one drawn as the settings say.
        """
        rate, augmentation = self.clean_bank.sample_rate, self.augmentation
        codec = self._codec(rng) if rng.random() < augmentation.codec_probability else None
        band = self._band(rng, codec)
        clean, reverberant, speaker = self._speech_in_room(
            rng, pick, self._speed(rng) if speed is None else speed, band
        )
        level = active_rms(clean, rate)
        wanted = amplitude(SPEECH_LEVEL_DB + rng.uniform(*self.gain_db))
        gain = np.float32(wanted / level if level > 0 else 1.0)
        noise = self._noise_in_rooms(rng, speaker, band)
        clean, reverberant = clean * gain, reverberant * gain
        noisy = reverberant + scale_to_snr(clean, noise, rate, rng.uniform(*self.snr_db))
        if rng.random() < augmentation.clip_probability:
            noisy = clipped(noisy, rng.uniform(*augmentation.clip_db))
        peak = float(max(np.abs(clean).max(), np.abs(noisy).max()))
        if peak > PEAK:
            clean, noisy = clean * np.float32(PEAK / peak), noisy * np.float32(PEAK / peak)
        if codec is not None:
            noisy = np.clip(coded(noisy, rate, codec), -1, 1)
        return clean, noisy

    def _speed(self, rng: np.random.Generator) -> float:
        if self.speed == (1.0, 1.0) or rng.random() >= self.augmentation.speed_probability:
            return 1.0
        return float(np.exp(rng.uniform(*np.log(self.speed))))

    def _codec(self, rng: np.random.Generator) -> str:
        names, edges = self._codecs
        return names[min(int(np.searchsorted(edges, rng.random(), side="right")), len(names) - 1)]

    def _band(self, rng: np.random.Generator, codec: str | None) -> np.ndarray | None:
        if codec is not None and is_telephone(codec):
            return self._grid.low_pass(rng.uniform(*TELEPHONE_BAND_HZ), rng)
        if rng.random() < self.augmentation.band_limit_probability:
            return self._grid.low_pass(rng.uniform(*self.augmentation.band_limit_hz), rng)
        return None

    def _speech_in_room(
        self,
        rng: np.random.Generator,
        pick: Callable[[np.random.Generator], int],
        speed: float,
        band: np.ndarray | None,
    ) -> tuple[np.ndarray, np.ndarray, str]:
        """The target, the reverberant speech, and the speaker."""
        grid, bank, faster = self._grid, self.clean_bank, speed != 1.0
        count = grid.num_samples_at(speed) if faster else self.crop_samples
        wave, first = speech_crop(bank, pick, self._companions, count, rng)
        speaker = bank.speakers[first]
        coloured = self.equalise_speech_db > 0 and rng.random() < _COLOURED
        in_room = rng.random() < self.augmentation.speech_room_probability
        if not (faster or coloured or in_room or band is not None):
            return wave, wave, speaker
        spectrum = grid.at_speed(wave) if faster else grid.spectrum(wave)
        if coloured:
            spectrum *= grid.colour(rng, self.equalise_speech_db)
        if band is not None:
            spectrum *= band
        if not in_room:
            wave = grid.wave(spectrum)
            return wave, wave, speaker
        response = self._room(rng)
        first_part = early(response, bank.sample_rate)
        clean = grid.wave(spectrum * self._transfer(first_part))
        return clean, grid.wave(spectrum * self._transfer(response)), speaker

    def _noise_in_rooms(
        self, rng: np.random.Generator, speaker: str, band: np.ndarray | None
    ) -> np.ndarray:
        grid, rate = self._grid, self.clean_bank.sample_rate
        noise = np.zeros(self.crop_samples, dtype=np.float32)
        total: np.ndarray | None = None
        for sound in self._background(rng, besides=speaker):
            filtered = self._filtered(sound, rng)
            if filtered is None and band is None:
                noise += sound.wave
                continue
            part = grid.spectrum(sound.wave)
            if filtered is not None:
                part *= filtered
            total = part if total is None else total + part
        if total is not None:
            noise += grid.wave(total if band is None else total * band)
        if rms(noise) == 0:  # a silent stretch of a recording
            noise = coloured_noise(self.crop_samples, rate, rng)
            noise = noise if band is None else grid.wave(grid.spectrum(noise) * band)
        return noise

    def _filtered(self, sound: Sound, rng: np.random.Generator) -> np.ndarray | None:
        """The factors of a sound's spectrum, or None."""
        factors = self._transfer(self._room(rng)) if sound.in_room else None
        if self.equalise_db > 0 and rng.random() < _COLOURED:
            colour = self._grid.colour(rng, self.equalise_db)
            factors = colour if factors is None else factors * colour
        return factors

    def _room(self, rng: np.random.Generator) -> Response:
        rate, augmentation = self.clean_bank.sample_rate, self.augmentation
        if self.rooms is None or rng.random() < augmentation.simulated_room_probability:
            return simulated(rng, rate, augmentation.room_seconds)
        return damped(self.rooms.draw(rng), rate, rng.uniform(*augmentation.room_decay_db))

    def _transfer(self, response: Response) -> np.ndarray:
        return self._grid.spectrum(around_zero(response, self._grid.size))
