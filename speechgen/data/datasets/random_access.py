"""Random access for datasets: random numbers as a function of (seed, index), and crops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from speechgen.data.augment.loudness import rms
from speechgen.data.datasets.bank import Bank
from speechgen.errors import DataError

_FADE = 64  # samples over which two pieces are joined
_LOUD_ENOUGH = 0.3  # of the active level of the utterance
_TRIES = 4


def generator(seed: int, index: int) -> np.random.Generator:
    """Random numbers that depend on nothing but ``seed`` and ``index`` (Philox counter)."""
    return np.random.Generator(np.random.Philox(key=[seed, index]))


class UtterancePicker:
    """Draws utterances of a bank with probability proportional to weight.

    Parameters
    ----------
    weights
        One for each utterance, 0 or more.
    """

    def __init__(self, weights: np.ndarray) -> None:
        self._edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        if not len(self._edges) or not self._edges[-1] > 0:
            raise DataError("there is no utterance to draw from")

    def at(self, index: int) -> Callable[[np.random.Generator], int]:
        """What draws for item ``index``: this, whatever the item."""
        return self

    def __call__(self, rng: np.random.Generator) -> int:
        """Draw one; gives its index."""
        at = rng.random() * self._edges[-1]
        return int(np.searchsorted(self._edges, at, side="right").clip(0, len(self._edges) - 1))


class InTurn:
    """Takes utterances in turn: item ``i`` gets number ``i`` modulo their ``count``."""

    def __init__(self, count: int) -> None:
        self._count = count

    def at(self, index: int) -> Callable[[np.random.Generator], int]:
        """What "draws" for item ``index``."""
        return lambda rng: index % self._count


def picker(bank: Bank, weights: np.ndarray) -> UtterancePicker | InTurn:
    """What says which utterance of a bank an item begins with; ``weights`` count where it draws."""
    return InTurn(len(bank)) if bank.in_turn else UtterancePicker(weights)


def by_speaker(bank: Bank) -> dict[str, np.ndarray]:
    """Indices of the utterances of each speaker (or of each class of noise)."""
    groups: dict[str, list[int]] = {}
    for index, speaker in enumerate(bank.speakers):
        groups.setdefault(speaker, []).append(index)
    return {speaker: np.array(indices) for speaker, indices in groups.items()}


def balanced(bank: Bank, balance: float) -> np.ndarray:
    """Weights of utterances: their length, less for speakers with much speech.

    With ``balance`` 0 speakers come in proportion to their speech, with 1 all equally often.
    Silent utterances weigh 0.
    """
    groups = by_speaker(bank)
    totals = {name: float(bank.lengths[ids].sum()) for name, ids in groups.items()}
    each = np.array([totals[name] for name in bank.speakers])
    return bank.lengths * (bank.levels > 0) * each**-balance


def lively_crop(bank: Bank, index: int, num_samples: int, rng: np.random.Generator) -> np.ndarray:
    """A random crop of an utterance, at least as long as that, avoiding its silent stretches.

    Of up to four random crops the first that is loud enough, else the loudest.
    """
    room = int(bank.lengths[index]) - num_samples
    best, best_level = np.zeros(num_samples, dtype=np.float32), -1.0
    for _ in range(_TRIES if room > 0 else 1):
        crop = bank.crop(index, int(rng.integers(0, room + 1)), num_samples)
        level = rms(crop)
        if level > best_level:
            best, best_level = crop, level
        if level >= _LOUD_ENOUGH * bank.levels[index]:
            break
    return best


def filled(num_samples: int, piece: Callable[[], np.ndarray]) -> np.ndarray:
    """Join pieces, cross-faded over a few samples, until there are ``num_samples``.

    Parameters
    ----------
    num_samples
        How many are wanted.
    piece
        Gives the next (time,) piece.
    """
    wave = np.array(piece()[:num_samples], dtype=np.float32)
    while len(wave) < num_samples:
        more = piece()
        fade = min(_FADE, len(wave), len(more) - 1)
        if fade > 0:
            ramp = np.linspace(0, 1, fade, dtype=np.float32)
            wave[-fade:] = wave[-fade:] * (1 - ramp) + more[:fade] * ramp
        wave = np.concatenate([wave, more[max(fade, 0) :]])
    return wave[:num_samples]


def speech_crop(
    bank: Bank,
    pick: Callable[[np.random.Generator], int],
    companions: dict[str, np.ndarray],
    num_samples: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, int]:
    """A crop of speech and the index of its (first) utterance.

    Utterances shorter than the crop are followed by others of the same speaker.
    """
    first = pick(rng)
    if bank.lengths[first] >= num_samples:
        return lively_crop(bank, first, num_samples, rng), first
    same = companions[bank.speakers[first]]
    queue = [first]
    return filled(
        num_samples, lambda: bank.wave(queue.pop() if queue else int(rng.choice(same)))
    ), first
