"""Crops for training a speaker encoder: batches of some voices with some crops of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from speechgen.data.augment.augmented_mixtures import AugmentedMixtureDataset
from speechgen.data.augment.filters import SpectrumGrid
from speechgen.data.augment.loudness import amplitude
from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.random_access import (
    UtterancePicker,
    by_speaker,
    generator,
    speech_crop,
)
from speechgen.errors import DataError

SILENCE = amplitude(-90.0)  # utterances below say nothing of a speaker and are not drawn


def voice_names(speakers: Sequence[str], speeds: Sequence[float]) -> list[str]:
    """The voices that ``speakers`` are at ``speeds`` beside 1: ``anna``, ``anna x0.9``."""
    return [*speakers, *(f"{name} x{speed:g}" for speed in speeds for name in speakers)]


class SpeakerCropDataset(Dataset):
    """Speech crops in the order that batches need; item ``i`` is a function of (seed, i) alone.

    Read in order with a batch size of ``speakers_per_batch * crops_per_speaker``, every batch has
    that many different voices and crops of each, a voice's crops side by side. A voice is a speaker
    at a speed.

    Parameters
    ----------
    bank
        The speech.
    crop_samples
        Length of an item; shorter utterances are followed by others of the speaker.
    speakers_per_batch, crops_per_speaker
        The make-up of a batch. With fewer voices than wanted there are fewer in it.
    gain_db
        Range of a random gain of crops that are not augmented.
    speeds
        Speeds, beside 1, at which each speaker is a further voice: faster playing moves pitch and
        formants alike (as in Kaldi's x-vector recipes; H. Yamamoto et al., Interspeech 2019).
    mixtures
        Mixes and filters every crop by itself, from the same ``bank`` and of the same
        ``crop_samples``; None for crops as they were recorded.
    seed, length
        As in :class:`speechgen.data.MixtureDataset`.
    speaker_names
        The order that ``speaker_id`` counts in; None means that of the bank. The ids of the
        speakers at the n-th of ``speeds`` follow after n times as many.
    """

    def __init__(
        self,
        bank: Bank,
        crop_samples: int,
        *,
        speakers_per_batch: int = 8,
        crops_per_speaker: int = 4,
        gain_db: tuple[float, float] = (-6.0, 6.0),
        speeds: Sequence[float] = (),
        mixtures: AugmentedMixtureDataset | None = None,
        seed: int = 0,
        length: int | None = None,
        speaker_names: Sequence[str] | None = None,
    ) -> None:
        self.bank, self.crop_samples, self.seed = bank, int(crop_samples), int(seed)
        self.gain_db, self.mixtures = (gain_db[0], gain_db[1]), mixtures
        self.speeds = (1.0, *speeds)
        self.crops_per_speaker = int(crops_per_speaker)
        self._companions = by_speaker(bank)
        self._voices = [(name, n) for n in range(len(self.speeds)) for name in self._companions]
        self.speakers_per_batch = min(int(speakers_per_batch), len(self._voices))
        self.speaker_names = list(speaker_names or bank.speaker_names)
        self._speaker_ids = {name: i for i, name in enumerate(self.speaker_names)}
        unknown = [name for name in self._companions if name not in self._speaker_ids]
        if unknown:
            raise DataError(
                f"speaker {unknown[0]} is not among the {len(self.speaker_names)} names"
            )
        audible = bank.lengths * (bank.levels > SILENCE)
        mute = [name for name, i in self._companions.items() if not audible[i].any()]
        if mute:
            raise DataError(
                f"speaker {mute[0]} is silent in all utterances; leave that speaker out"
            )
        self._picks = {name: UtterancePicker(audible[i]) for name, i in self._companions.items()}
        self._grid = SpectrumGrid(self.crop_samples, bank.sample_rate)
        self._length = length or max(int(bank.lengths.sum()) // self.crop_samples, 1)

    @property
    def batch_size(self) -> int:
        """Items of a batch."""
        return self.speakers_per_batch * self.crops_per_speaker

    @property
    def voice_names(self) -> list[str]:
        """The voice of each ``speaker_id``: ``anna``, and at another speed ``anna x0.9``."""
        return voice_names(self.speaker_names, self.speeds[1:])

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, Tensor | int]:
        """Item ``index`` (0 or more): ``wave`` (time,) and ``speaker_id``."""
        batch, place = divmod(index, self.batch_size)
        order = generator(self.seed + 1, batch).permutation(len(self._voices))
        name, variant = self._voices[int(order[place // self.crops_per_speaker])]
        rng, speed = generator(self.seed, index), self.speeds[variant]
        own = self._companions[name]

        def pick(source: np.random.Generator) -> int:
            return int(own[self._picks[name](source)])

        if self.mixtures is None:
            wave = self._plain(rng, pick, speed)
        else:
            _, wave = self.mixtures.mixture(rng, pick, speed=speed)
        label = self._speaker_ids[name] + variant * len(self.speaker_names)
        return {"wave": torch.from_numpy(wave), "speaker_id": label}

    def _plain(
        self, rng: np.random.Generator, pick: Callable[[np.random.Generator], int], speed: float
    ) -> np.ndarray:
        """A crop (time,) as it was recorded, but for its speed and gain."""
        count = self.crop_samples if speed == 1.0 else self._grid.num_samples_at(speed)
        wave, _ = speech_crop(self.bank, pick, self._companions, count, rng)
        if speed != 1.0:
            wave = self._grid.wave(self._grid.at_speed(wave))
        wave = wave * np.float32(amplitude(rng.uniform(*self.gain_db)))
        return wave / max(float(np.abs(wave).max()), 1.0)
