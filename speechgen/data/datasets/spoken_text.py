"""Whole utterances with the symbols that are said in them, for text to speech."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from speechgen.data.augment.loudness import db
from speechgen.data.datasets.bank import Bank
from speechgen.data.datasets.derived_frames import DerivedFrames
from speechgen.data.datasets.feature_cache import FrameBank
from speechgen.data.datasets.on_demand import FramesOnDemand
from speechgen.data.datasets.random_access import generator
from speechgen.data.datasets.rounds import LikeLengths
from speechgen.data.datasets.speaker_pitch import speaker_f0
from speechgen.data.datasets.speaker_vectors import SpeakerVectors
from speechgen.data.kaldi.symbols import Symbols
from speechgen.errors import DataError
from speechgen.features.pitch_rows import NUM_ROWS, height
from speechgen.features.settings import SPEECH_LEVEL_DB
from speechgen.text import MARKS, symbol_ids

_ROWS = ("content", "mel", "pitch")


class SpokenTextDataset(Dataset):
    """Utterances with symbols, in the order that batches need; :class:`LikeLengths`.

    Item ``i`` is a function of (seed, i) alone.

    Parameters
    ----------
    bank
        The speech.
    frames
        Its mel with absolute pitch.
    content
        What a recogniser makes of the mel.
    symbols
        Of each utterance id. Utterances that are not in it, and those with fewer frames than
        phones, are left out.
    vectors
        Of the utterances. An item gets that of another utterance of its speaker, where there is
        one.
    batch_size
        Wanted; less where there are fewer utterances.
    seed
        Of the order, and of the vectors.
    speaker_f0_hz
        Mean F0 of each speaker, 0 where nothing is voiced; None for that of the bank.

    Attributes
    ----------
    left_out
        How many utterances are, by the reason.

    Raises
    ------
    DataError
        No utterance is left, or a speaker has no vector.
    """

    def __init__(
        self,
        bank: Bank,
        frames: FrameBank | FramesOnDemand,
        content: DerivedFrames | FramesOnDemand,
        symbols: Mapping[str, Symbols],
        vectors: SpeakerVectors,
        *,
        batch_size: int,
        seed: int = 0,
        speaker_f0_hz: Mapping[str, float] | None = None,
    ) -> None:
        self.bank, self.frames, self.content = bank, frames, content
        self.seed, self._vectors = int(seed), vectors
        self.left_out = {"without symbols": 0, "of more phones than frames": 0}
        self._said: dict[int, tuple[Tensor, Tensor]] = {}
        for index, name in enumerate(bank.ids):
            said, stress = symbols.get(name, ((), ()))
            if not said:
                self.left_out["without symbols"] += 1
            elif sum(symbol not in MARKS for symbol in said) + 1 > frames.counts[index]:
                self.left_out["of more phones than frames"] += 1
            else:
                self._said[index] = torch.tensor(symbol_ids(said)), torch.tensor(stress)
        if not self._said:
            raise DataError("no utterance has symbols; write them with: speechgen prepare symbols")
        self._order = LikeLengths(list(self._said), frames.counts, batch_size, self.seed)
        self.batch_size = self._order.batch_size
        self._rows = {name: vectors.rows_of(name) for name in bank.speaker_names}
        if speaker_f0_hz is None:
            speaker_f0_hz = dict(zip(bank.speaker_names, speaker_f0(bank, frames), strict=True))
        self._heights = {
            name: height(mean) if (mean := speaker_f0_hz[name]) else 0.0
            for name in bank.speaker_names
        }

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """Item ``index`` (0 or more): :meth:`utterance`, with the vector of another one."""
        chosen = self._order[index]
        name = self.bank.ids[chosen]
        rows = self._rows[self.bank.speakers[chosen]]
        others = [row for row in rows if self._vectors.ids[row] != name] or list(rows)
        row = int(generator(self.seed, index).choice(others))
        vector = torch.from_numpy(self._vectors.vectors[row].astype(np.float32))
        return self.utterance(chosen) | {"speaker": vector}

    def utterance(self, index: int) -> dict[str, Tensor]:
        """Utterance ``index`` of the bank as a whole.

        Returns
        -------
        dict
            ``symbols`` and ``stress`` (symbol,); ``content`` and ``mel`` (feature, frame);
            ``pitch`` (2, frame), log-F0 above the speaker's mean, and voicing; ``gain_db`` (), by
            which the utterance would have the level :data:`SPEECH_LEVEL_DB`; ``height`` (), the
            speaker's mean of log-F0.
        """
        symbols, stress = self._said[index]
        local = torch.from_numpy(self.frames.crop(index, 0, int(self.frames.counts[index])))
        mel, pitch = local[:-NUM_ROWS], local[-NUM_ROWS:].clone()
        pitch[0] -= self._heights[self.bank.speakers[index]]
        return {
            "symbols": symbols,
            "stress": stress,
            "content": torch.from_numpy(self.content.utterance(index)),
            "mel": mel,
            "pitch": pitch,
            "gain_db": torch.tensor(SPEECH_LEVEL_DB - db(float(self.bank.levels[index]))),
            "height": torch.tensor(self._heights[self.bank.speakers[index]]),
        }

    @staticmethod
    def collate(items: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        """A batch of items, followed by zeros.

        Returns
        -------
        dict
            What items have, (batch, symbol) and (batch, row, frame); ``num_symbols``,
            ``num_frames``, ``gain_db`` and ``height`` (batch,); ``speaker`` (batch, feature).
        """
        batch = {
            name: pad_sequence([item[name].T for item in items], batch_first=True).transpose(1, 2)
            for name in _ROWS
        }
        batch |= {
            name: pad_sequence([item[name] for item in items], batch_first=True)
            for name in ("symbols", "stress")
        }
        return batch | {
            "num_symbols": torch.tensor([len(item["symbols"]) for item in items]),
            "num_frames": torch.tensor([item["mel"].shape[1] for item in items]),
            **{
                name: torch.stack([item[name] for item in items])
                for name in ("gain_db", "height", "speaker")
            },
        }
