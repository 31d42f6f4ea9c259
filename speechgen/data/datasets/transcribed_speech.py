"""Whole utterances as frames, with the phones that are said in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.feature_cache import frames_of
from speechgen.data.datasets.rounds import LikeLengths
from speechgen.errors import ConfigError, DataError
from speechgen.features import FeatureSettings


class TranscribedDataset(Dataset):
    """Utterances with phones, in the order that batches need.

    Item ``i`` is a function of (seed, i) alone.

    Read in order with a batch size of :attr:`batch_size`, utterances of a batch have about the same
    length, and none comes twice before the next round.

    Parameters
    ----------
    bank
        The speech, at the rate of the settings.
    settings
        Of mel frames; items have the mel alone.
    phones
        Phones of each utterance id. Utterances that are not in it are left out, and so are those
        with other phones than ``phone_names`` and those with fewer frames than phones.
    phone_names
        Classes 1 and following.
    batch_size
        Wanted; less where there are fewer utterances.
    seed
        Of the order.
    cache_dir
        Where frames are kept; None means beside the bank.

    Attributes
    ----------
    left_out
        How many utterances are, by the reason.

    Raises
    ------
    ConfigError
        The settings are not of mel frames.
    DataError
        No utterance is left.
    """

    def __init__(
        self,
        bank: Bank,
        settings: FeatureSettings,
        phones: Mapping[str, Sequence[str]],
        phone_names: Sequence[str],
        *,
        batch_size: int,
        seed: int = 0,
        cache_dir: str | Path | None = None,
    ) -> None:
        if settings.kind != "mel":
            raise ConfigError(f"features: kind must be 'mel', not {settings.kind!r}")
        self.frames = frames_of(bank, settings, cache_dir)
        self.seed, self._rows = int(seed), settings.num_mels
        classes = {name: number for number, name in enumerate(phone_names, 1)}
        self.left_out = {"without phones": 0, "of other phones": 0, "of more phones than frames": 0}
        self._said: dict[int, Tensor] = {}
        for index, name in enumerate(bank.ids):
            said = [classes.get(phone, 0) for phone in phones.get(name, ())]
            # between two equal phones there has to be a blank
            needed = len(said) + sum(a == b for a, b in pairwise(said))
            if not said:
                self.left_out["without phones"] += 1
            elif 0 in said:
                self.left_out["of other phones"] += 1
            elif needed > self.frames.counts[index]:
                self.left_out["of more phones than frames"] += 1
            else:
                self._said[index] = torch.tensor(said)
        if not self._said:
            raise DataError("no utterance has phones; write them with: speechgen prepare phones")
        self._order = LikeLengths(list(self._said), self.frames.counts, batch_size, self.seed)
        self.batch_size = self._order.batch_size

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Item ``index`` (0 or more): ``local`` (feature, frame), classes ``phones`` (phone,)."""
        chosen = self._order[index]
        local = self.frames.crop(chosen, 0, int(self.frames.counts[chosen]))
        return {"local": torch.from_numpy(local[: self._rows]), "phones": self._said[chosen]}

    @staticmethod
    def collate(items: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """A batch of items.

        Returns
        -------
        dict
            ``local`` (batch, feature, frame) and ``phones`` (batch, phone), both followed by zeros;
            ``num_frames`` and ``num_phones`` (batch,).
        """
        local = [item["local"].T for item in items]
        phones = [item["phones"] for item in items]
        return {
            "local": pad_sequence(local, batch_first=True).transpose(1, 2).contiguous(),
            "num_frames": torch.tensor([len(one) for one in local]),
            "phones": pad_sequence(phones, batch_first=True),
            "num_phones": torch.tensor([len(one) for one in phones]),
        }
