"""Noisy speech mixed on the fly: no two training steps see the same mixture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from speechgen.data.augment.loudness import active_rms, amplitude, rms, scale_to_snr
from speechgen.data.augment.noises import Babble, RecordedNoise, coloured_noise, equalised
from speechgen.data.datasets.audio_cache import AudioBank
from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.random_access import (
    by_speaker,
    generator,
    picker,
    speech_crop,
)
from speechgen.data.kaldi.directory import DataDirectory
from speechgen.errors import DataError
from speechgen.features.settings import SPEECH_LEVEL_DB

PEAK = 0.98


class MixtureDataset(Dataset):
    """Speech and noise mixed at a random ratio; item ``i`` is a function of (seed, i) alone.

    An item takes a crop of speech, a noise (recorded, babble of other training voices, or
    coloured), sets the noise ``snr_db`` below the active speech level, and scales both alike to a
    random level, lower where the mixture would clip.

    Parameters
    ----------
    clean_bank
        The speech.
    noise_bank
        The noises, or None: then only babble and coloured noise.
    crop_samples
        Length of an item.
    snr_db, gain_db
        Ranges (lowest, highest) of the signal-to-noise ratio and of the speech level relative to
        -26 dB below full scale.
    babble_probability, colour_probability
        How often the noise is babble or coloured noise.
    equalise_db
        Spread of the random filter put on the noise.
    speed, equalise_speech_db
        Range of the factor by which speech is played faster (formants and pitch move with it), and
        spread of the random filter put on it: voices that the corpus does not have. (1, 1) and 0
        leave the speech as it is.
    class_weights
        As in :class:`speechgen.data.augment.noises.RecordedNoise`.
    seed
        Of all items.
    length
        What ``len`` says; items exist beyond it too. None: as many as crops fit in the speech.
    """

    def __init__(
        self,
        clean_bank: Bank,
        noise_bank: Bank | None,
        *,
        crop_samples: int,
        snr_db: tuple[float, float] = (-5.0, 20.0),
        gain_db: tuple[float, float] = (-10.0, 8.0),
        babble_probability: float = 0.15,
        colour_probability: float = 0.1,
        equalise_db: float = 6.0,
        speed: tuple[float, float] = (1.0, 1.0),
        equalise_speech_db: float = 0.0,
        class_weights: Mapping[str, float] | None = None,
        seed: int = 0,
        length: int | None = None,
    ) -> None:
        if noise_bank is not None and noise_bank.sample_rate != clean_bank.sample_rate:
            raise DataError(
                f"speech at {clean_bank.sample_rate} Hz and noise at {noise_bank.sample_rate} Hz "
                "cannot be mixed; load both at one rate"
            )
        self.clean_bank, self.noise_bank = clean_bank, noise_bank
        self.crop_samples, self.seed = int(crop_samples), int(seed)
        self.snr_db, self.gain_db = (snr_db[0], snr_db[1]), (gain_db[0], gain_db[1])
        self.equalise_db, self.equalise_speech_db = equalise_db, equalise_speech_db
        self.speed = tuple(speed)
        self._chances = (babble_probability, babble_probability + colour_probability)
        self._length = length or max(int(clean_bank.lengths.sum()) // self.crop_samples, 1)
        self._pick = picker(clean_bank, clean_bank.lengths * (clean_bank.levels > 0))
        self._companions = by_speaker(clean_bank)
        self._babble = Babble(clean_bank)
        self._recorded = RecordedNoise(noise_bank, class_weights) if noise_bank else None

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Item ``index`` (0 or more): ``clean`` and ``noisy``, (1, time) each."""
        rng = generator(self.seed, index)
        rate = self.clean_bank.sample_rate
        clean, first = self._speech(rng, index)
        level = active_rms(clean, rate)
        wanted = amplitude(SPEECH_LEVEL_DB + rng.uniform(*self.gain_db))
        clean = clean * np.float32(wanted / level if level > 0 else 1.0)
        noise = self._noise(rng, self.clean_bank.speakers[first])
        noisy = clean + scale_to_snr(clean, noise, rate, rng.uniform(*self.snr_db))
        peak = float(max(np.abs(clean).max(), np.abs(noisy).max()))
        if peak > PEAK:
            clean, noisy = clean * np.float32(PEAK / peak), noisy * np.float32(PEAK / peak)
        return {
            "clean": torch.from_numpy(clean.astype(np.float32)[None]),
            "noisy": torch.from_numpy(noisy.astype(np.float32)[None]),
        }

    def _speech(self, rng: np.random.Generator, index: int) -> tuple[np.ndarray, int]:
        speed, count = 1.0, self.crop_samples
        if self.speed != (1.0, 1.0):
            speed = float(np.exp(rng.uniform(*np.log(self.speed))))
            count = int(np.ceil(count * speed)) + 1
        wave, first = speech_crop(
            self.clean_bank, self._pick.at(index), self._companions, count, rng
        )
        wave = played_at(wave, speed, self.crop_samples)
        if self.equalise_speech_db > 0:
            wave = equalised(wave, self.clean_bank.sample_rate, rng, self.equalise_speech_db)
        return wave, first

    def _noise(self, rng: np.random.Generator, speaker: str) -> np.ndarray:
        rate, kind = self.clean_bank.sample_rate, rng.random()
        if kind < self._chances[0]:
            noise = self._babble(self.crop_samples, rng, besides=speaker)
        elif kind < self._chances[1] or self._recorded is None:
            noise = coloured_noise(self.crop_samples, rate, rng)
        else:
            noise = self._recorded(self.crop_samples, rng)
        if self.equalise_db > 0 and rng.random() < 0.5:
            noise = equalised(noise, rate, rng, self.equalise_db)
        if rms(noise) == 0:  # a silent stretch of a recording
            noise = coloured_noise(self.crop_samples, rate, rng)
        return noise


def played_at(wave: np.ndarray, speed: float, num_samples: int) -> np.ndarray:
    """The first ``num_samples`` of ``wave`` (time,) played ``speed`` times as fast.

    By linear interpolation, which is enough for what a network is to learn as clean speech.
    """
    if speed == 1.0:
        return wave[:num_samples]  # to the bit
    places = np.arange(num_samples) * speed
    return np.interp(places, np.arange(len(wave)), wave).astype(np.float32)


class PairedDataset(Dataset):
    """Random crops of recorded or fixed pairs (wav.scp and noisy.scp), the same of both.

    Parameters
    ----------
    clean_bank, noisy_bank
        The two sides of one data directory: ``AudioBank(d, rate)`` and
        ``AudioBank(d, rate, noisy=True)``.
    crop_samples
        Length of an item; shorter pairs are followed by zeros.
    seed, length
        As in :class:`MixtureDataset`.

    Raises
    ------
    DataError
        The ids differ, or a pair is not of one length.
    """

    def __init__(
        self,
        clean_bank: Bank,
        noisy_bank: Bank,
        *,
        crop_samples: int,
        seed: int = 0,
        length: int | None = None,
    ) -> None:
        if clean_bank.ids != noisy_bank.ids or clean_bank.sample_rate != noisy_bank.sample_rate:
            raise DataError(
                "clean and noisy speech differ in their ids or rates; use one directory"
            )
        unequal = np.flatnonzero(clean_bank.lengths != noisy_bank.lengths)
        if len(unequal):
            raise DataError(
                f"{len(unequal)} of {len(clean_bank)} pairs differ in length, "
                f"{clean_bank.ids[unequal[0]]} first; align or cut them"
            )
        self.clean_bank, self.noisy_bank = clean_bank, noisy_bank
        self.crop_samples, self.seed = int(crop_samples), int(seed)
        self._length = length or max(int(clean_bank.lengths.sum()) // self.crop_samples, 1)
        self._pick = picker(clean_bank, clean_bank.lengths)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Item ``index`` (0 or more): ``clean`` and ``noisy``, (1, time) each."""
        rng = generator(self.seed, index)
        pair = self._pick.at(index)(rng)
        room = max(int(self.clean_bank.lengths[pair]) - self.crop_samples, 0)
        start = int(rng.integers(0, room + 1))
        return {
            name: torch.from_numpy(bank.crop(pair, start, self.crop_samples)[None])
            for name, bank in (("clean", self.clean_bank), ("noisy", self.noisy_bank))
        }


def noisy_and_clean_banks(
    data_dir: DataDirectory, sample_rate: int, cache_dir: str | None = None
) -> tuple[AudioBank, AudioBank]:
    """Both sides of a directory with noisy.scp: (clean, noisy)."""
    clean = AudioBank(data_dir, sample_rate, cache_dir)
    return clean, AudioBank(data_dir, sample_rate, cache_dir, noisy=True)
