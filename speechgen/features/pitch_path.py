"""The likeliest path through pitch candidates and silence: a Viterbi search, as in pYIN.

    voiced      o  o  o     the candidates of a frame: as likely as their dips
                 \\/ \\/
    unvoiced    o--o--o     a grid of pitches, one a semitone: what is left, the same for all

Pitch moves little from frame to frame, voiced or not, and voicing changes rarely; an unvoiced state
has a pitch so that a voice goes on after a consonant where it was. M. Mauch and S. Dixon, "pYIN",
ICASSP 2014, with librosa's constants.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_OCTAVES_PER_SECOND = 35.92  # as wide as pitch may move, both ways together
_CHANGE_OF_VOICING = 0.01  # its probability
_UNVOICED_DENSITY = 120  # pitches an octave among which what is unvoiced is divided
_MOST_VOICED = 1 - 1e-6
_IMPOSSIBLE = 1e-300
_BLOCK_FRAMES = 512


def best_path(
    candidates: Floats,
    probability: Floats,
    hop_seconds: float,
    fmin_hz: float,
    fmax_hz: float,
) -> NDArray[np.int64]:
    """Which candidate each frame takes.

    Parameters
    ----------
    candidates, probability
        (frame, candidate), in Hz, and as from :func:`.pitch_candidates`; 0 cannot be taken.
    hop_seconds
        Between frames.
    fmin_hz, fmax_hz
        The range of candidates.

    Returns
    -------
    ndarray
        (frame,): the number of the candidate, or -1 where unvoiced.
    """
    back, best = PathSearch(hop_seconds, fmin_hz, fmax_hz).extend(candidates, probability)
    path = np.array(traced(back, best[-1]), np.int64)[::-1]
    return np.where(path < candidates.shape[1], path, -1)


def traced(back: NDArray[np.int16], last: int) -> list[int]:
    """The states on the way that ends in ``last``, from there to the first row of ``back``."""
    way = [int(last)]
    for row in back[:0:-1]:
        way.append(int(row[way[-1]]))
    return way


class PathSearch:
    """The search up to the frames that are known so far.

    Parameters
    ----------
    hop_seconds, fmin_hz, fmax_hz
        As in :func:`best_path`.
    """

    def __init__(self, hop_seconds: float, fmin_hz: float, fmax_hz: float) -> None:
        self._fmin_hz, self._octaves = fmin_hz, float(np.log2(fmax_hz / fmin_hz))
        self._reach = max(_OCTAVES_PER_SECOND * hop_seconds / 2, 1 / 12) + 1 / 240
        self._grid = np.arange(0.0, self._octaves + 1 / 12, 1 / 12)
        self._pitch: Floats | None = None  # (1, candidate) of the last frame
        self._score: Floats = np.zeros(0)

    def extend(
        self, candidates: Floats, probability: Floats
    ) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """Go on by some frames, (frame, candidate) both, at least one.

        Returns
        -------
        back : ndarray
            (frame, state): the likeliest state before each one. States are the candidates, and
            after them those that are unvoiced.
        best : ndarray
            (frame,): the state in which the likeliest path up to there ends.
        """
        pitch = np.clip(np.log2(candidates / self._fmin_hz), 0.0, self._octaves)
        seen = _observations(probability, self._octaves, len(self._grid))
        back = np.zeros(seen.shape, np.int16)
        best = np.zeros(len(seen), np.int64)
        first = 0
        if self._pitch is None:  # nothing is before the first frame
            self._score, first = seen[0], 1
            best[0] = self._score.argmax()
            pitch_before = pitch
        else:
            pitch_before = np.concatenate([self._pitch, pitch])
        states = np.arange(seen.shape[1])
        for start in range(first, len(seen), _BLOCK_FRAMES):
            stop = min(start + _BLOCK_FRAMES, len(seen))
            window = pitch_before[start - first : stop - first + 1]
            moves = _moves(window, self._grid, self._reach, self._octaves)
            for frame in range(start, stop):
                scores = self._score[:, None] + moves[frame - start]
                back[frame] = scores.argmax(axis=0)
                self._score = scores[back[frame], states] + seen[frame]
                best[frame] = self._score.argmax()
        self._pitch = pitch[-1:]
        self._score = self._score - self._score.max()  # or it would fall for ever
        return back, best


def _observations(probability: Floats, octaves: float, num_unvoiced: int) -> Floats:
    """Log likelihood of every state, candidates first: (frame, state)."""
    voiced = np.minimum(probability.sum(axis=1, keepdims=True), _MOST_VOICED)
    unvoiced = (1 - voiced) / (_UNVOICED_DENSITY * octaves + 1)
    both = [np.maximum(probability, _IMPOSSIBLE), np.repeat(unvoiced, num_unvoiced, axis=1)]
    return np.asarray(np.log(np.concatenate(both, axis=1)), np.float64)


def _moves(pitch: Floats, grid: Floats, reach: float, octaves: float) -> Floats:
    """Log probabilities (frame - 1, state before, state) of the moves between frames.

    They fall in a triangle to 0 at ``reach`` octaves, and sum to 1 over what of it lies within the
    range: so a long silence waits at its ends.
    """

    def move(before: Floats, after: Floats) -> Floats:
        beyond = np.clip(1 - np.minimum(before, octaves - before) / reach, 0.0, 1.0)
        triangle = np.maximum(1 - np.abs(before - after) / reach, _IMPOSSIBLE)
        return np.asarray(np.log(triangle) - np.log(1 - beyond**2 / 2), np.float64)

    stay, change = np.log(1 - _CHANGE_OF_VOICING), np.log(_CHANGE_OF_VOICING)
    voiced, before, after = pitch.shape[1], pitch[:-1, :, None], pitch[1:, None, :]
    states = voiced + len(grid)
    moves = np.empty((len(pitch) - 1, states, states))
    moves[:, :voiced, :voiced] = move(before, after) + stay
    moves[:, :voiced, voiced:] = move(before, grid) + change
    moves[:, voiced:, :voiced] = move(grid[:, None], after) + change
    moves[:, voiced:, voiced:] = move(grid[:, None], grid) + stay
    return moves
