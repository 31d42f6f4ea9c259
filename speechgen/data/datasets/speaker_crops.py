"""Crops for training a speaker encoder: batches of some speakers with some crops of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from speechgen.data.augment.loudness import amplitude
from speechgen.data.datasets.audio_cache import AudioBank
from speechgen.data.datasets.random_access import (
    UtterancePicker,
    by_speaker,
    generator,
    speech_crop,
)
from speechgen.errors import DataError

_SILENCE = amplitude(-90.0)  # utterances below say nothing of a speaker and are not drawn


class SpeakerCropDataset(Dataset):
    """Speech crops in the order that batches need; item ``i`` is a function of (seed, i) alone.

    Read in order with a batch size of ``speakers_per_batch * crops_per_speaker``, every batch has
    that many different speakers and crops of each, a speaker's crops side by side.

    Parameters
    ----------
    bank
        The speech.
    crop_samples
        Length of an item; shorter utterances are followed by others of the speaker.
    speakers_per_batch, crops_per_speaker
        The make-up of a batch. With fewer speakers than wanted there are fewer in it.
    gain_db
        Range of a random gain.
    seed, length
        As in :class:`speechgen.data.MixtureDataset`.
    speaker_names
        The order that ``speaker_id`` counts in; None means that of the bank.
    """

    def __init__(
        self,
        bank: AudioBank,
        crop_samples: int,
        *,
        speakers_per_batch: int = 8,
        crops_per_speaker: int = 4,
        gain_db: tuple[float, float] = (-6.0, 6.0),
        seed: int = 0,
        length: int | None = None,
        speaker_names: Sequence[str] | None = None,
    ) -> None:
        self.bank, self.crop_samples, self.seed = bank, int(crop_samples), int(seed)
        self.gain_db = (gain_db[0], gain_db[1])
        self.crops_per_speaker = int(crops_per_speaker)
        self._companions = by_speaker(bank)
        self._voices = list(self._companions)
        self.speakers_per_batch = min(int(speakers_per_batch), len(self._voices))
        self.speaker_names = list(speaker_names or bank.speaker_names)
        self._speaker_ids = {name: i for i, name in enumerate(self.speaker_names)}
        unknown = [name for name in self._voices if name not in self._speaker_ids]
        if unknown:
            raise DataError(
                f"speaker {unknown[0]} is not among the {len(self.speaker_names)} names"
            )
        audible = bank.lengths * (bank.levels > _SILENCE)
        mute = [name for name, i in self._companions.items() if not audible[i].any()]
        if mute:
            raise DataError(
                f"speaker {mute[0]} is silent in all utterances; leave that speaker out"
            )
        self._picks = {name: UtterancePicker(audible[i]) for name, i in self._companions.items()}
        self._length = length or max(int(bank.lengths.sum()) // self.crop_samples, 1)

    @property
    def batch_size(self) -> int:
        """Items of a batch."""
        return self.speakers_per_batch * self.crops_per_speaker

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, Tensor | int]:
        """Item ``index`` (0 or more): ``wave`` (time,) and ``speaker_id``."""
        batch, place = divmod(index, self.batch_size)
        order = generator(self.seed + 1, batch).permutation(len(self._voices))
        name = self._voices[int(order[place // self.crops_per_speaker])]
        rng = generator(self.seed, index)
        own = self._companions[name]
        wave, _ = speech_crop(
            self.bank,
            lambda source: int(own[self._picks[name](source)]),
            self._companions,
            self.crop_samples,
            rng,
        )
        wave = wave * np.float32(amplitude(rng.uniform(*self.gain_db)))
        wave = wave / max(float(np.abs(wave).max()), 1.0)
        return {"wave": torch.from_numpy(wave), "speaker_id": self._speaker_ids[name]}
