"""Speech with its conditions for a WaveNet: frames of features and a speaker vector."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.derived_frames import DerivedFrames
from speechgen.data.datasets.feature_cache import FrameBank, frames_of
from speechgen.data.datasets.on_demand import FramesOnDemand
from speechgen.data.datasets.random_access import (
    balanced,
    by_speaker,
    generator,
    picker,
)
from speechgen.data.datasets.speaker_vectors import SpeakerVectors
from speechgen.errors import DataError
from speechgen.features import FeatureSettings

Frames = FrameBank | DerivedFrames | FramesOnDemand


class ConditionedDataset(Dataset):
    """Random crops of speech with their conditions; item ``i`` is a function of (seed, i) alone.

    Crops begin at a frame. Utterances shorter than a crop are followed by others of the same
    speaker, each cut to whole frames.

    Parameters
    ----------
    bank
        The speech, at the rate of the settings.
    settings
        Of the local features; None for none.
    crop_samples
        Length of an item, a multiple of the hop.
    speaker_vectors
        Vectors of the utterances, or None. An item gets the vector of a random *other* utterance
        of its speaker, so that the vector carries the voice but not the words. Where there is no
        other, it is that of an excerpt of the utterance beside the crop, and only where there is
        none either, that of the utterance itself.
    seed, length
        As in :class:`speechgen.data.MixtureDataset`.
    cache_dir
        Where features are kept; None means beside the bank.
    speaker_names
        The order that ``speaker_id`` counts in; None means that of the bank.
    speaker_balance
        Of the speakers drawn: 0 in proportion to their speech, 1 all equally often.
    derive
        What takes the place of the local features, made of them: one or more readings of every
        utterance, of which an item gets any and :meth:`utterance` the first.

    Raises
    ------
    DataError
        A crop that is not a multiple of the hop, another rate, or a speaker without a vector.
    """

    def __init__(
        self,
        bank: Bank,
        settings: FeatureSettings | None,
        *,
        crop_samples: int,
        speaker_vectors: SpeakerVectors | None = None,
        seed: int = 0,
        length: int | None = None,
        cache_dir: str | Path | None = None,
        speaker_names: Sequence[str] | None = None,
        speaker_balance: float = 0.0,
        derive: Callable[[Any], Sequence[Frames]] | None = None,
    ) -> None:
        self.hop_samples = settings.hop_samples if settings is not None else 1
        if crop_samples % self.hop_samples:
            raise DataError(
                f"a crop of {crop_samples} samples is not a multiple of the hop {self.hop_samples}"
            )
        self.bank, self.crop_samples, self.seed = bank, int(crop_samples), int(seed)
        self.frames = frames_of(bank, settings, cache_dir) if settings is not None else None
        self._readings: Sequence[Frames] = ()
        if self.frames is not None:
            self._readings = [self.frames] if derive is None else derive(self.frames)
        self.speaker_names = list(speaker_names or bank.speaker_names)
        self._speaker_ids = {name: i for i, name in enumerate(self.speaker_names)}
        self._companions = by_speaker(bank)
        self._length = length or max(int(bank.lengths.sum()) // self.crop_samples, 1)
        usable = bank.lengths // self.hop_samples
        self._pick = picker(
            bank, balanced(bank, speaker_balance) * (usable > 0) if speaker_balance else usable
        )
        self._usable = usable * self.hop_samples
        self._vectors = speaker_vectors
        self._rows = (
            {name: speaker_vectors.rows_of(name) for name in bank.speaker_names}
            if speaker_vectors is not None
            else {}
        )

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, Tensor | int]:
        """Item ``index`` (0 or more).

        Returns
        -------
        dict
            ``wave`` (time,), ``local`` (feature, frame) if there are settings, ``speaker``
            (feature,) if there are vectors, ``speaker_id`` (-1 if not among the names).
        """
        rng = generator(self.seed, index)
        first = self._pick.at(index)(rng)
        waves, frames, spans, missing, utterance = [], [], [], self.crop_samples, first
        several = len(self._readings) > 1
        local = self._readings[int(rng.integers(len(self._readings)))] if several else self._first
        while missing > 0:
            count = min(missing, int(self._usable[utterance]))
            room = (int(self._usable[utterance]) - count) // self.hop_samples
            start = int(rng.integers(0, room + 1))
            begin = start * self.hop_samples
            waves.append(self.bank.crop(utterance, begin, count))
            if utterance == first:
                spans.append((begin, begin + count))
            if local is not None:
                frames.append(local.crop(utterance, start, count // self.hop_samples))
            missing -= count
            utterance = int(rng.choice(self._companions[self.bank.speakers[first]]))
        item: dict[str, Tensor | int] = {
            "wave": torch.from_numpy(np.concatenate(waves)),
            "speaker_id": self._speaker_ids.get(self.bank.speakers[first], -1),
        }
        if local is not None:
            item["local"] = torch.from_numpy(np.concatenate(frames, axis=1))
        if self._vectors is not None:
            span = (min(spans)[0], max(spans, key=lambda span: span[1])[1])
            item["speaker"] = self._other_vector(self._vectors, first, span, rng)
        return item

    def utterance(self, index: int) -> dict[str, Tensor | int | str]:
        """Utterance ``index`` of the bank as a whole, conditioned as items are, with its ``id``.

        ``wave`` is followed by zeros up to a whole number of frames.
        """
        count = -(-int(self.bank.lengths[index]) // self.hop_samples)
        speaker = self.bank.speakers[index]
        item: dict[str, Tensor | int | str] = {
            "id": self.bank.ids[index],
            "wave": torch.from_numpy(self.bank.crop(index, 0, count * self.hop_samples)),
            "speaker_id": self._speaker_ids.get(speaker, -1),
        }
        if self._first is not None:
            item["local"] = torch.from_numpy(self._first.crop(index, 0, count))
        if self._vectors is not None:
            rng = generator(self.seed, index)
            whole = (0, int(self.bank.lengths[index]))
            item["speaker"] = self._other_vector(self._vectors, index, whole, rng)
        return item

    @property
    def _first(self) -> Frames | None:
        return self._readings[0] if self._readings else None

    def _other_vector(
        self,
        vectors: SpeakerVectors,
        utterance: int,
        span: tuple[int, int],
        rng: np.random.Generator,
    ) -> Tensor:
        """A vector of the speaker that knows nothing of samples ``span`` of the utterance."""
        name, table = self.bank.ids[utterance], vectors.vectors
        rows = self._rows[self.bank.speakers[utterance]]
        choice = [row for row in rows if vectors.ids[row] != name]
        if not choice and vectors.excerpts is not None:
            begin, end = (sample / self.bank.sample_rate for sample in span)
            choice, table = [*vectors.excerpts.beside(name, begin, end)], vectors.excerpts.vectors
        if not choice:
            choice, table = [*rows], vectors.vectors
        return torch.from_numpy(table[int(rng.choice(choice))].astype(np.float32))
