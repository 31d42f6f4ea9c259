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
    octaves = np.log2(fmax_hz / fmin_hz)
    reach = max(_OCTAVES_PER_SECOND * hop_seconds / 2, 1 / 12) + 1 / 240
    grid = np.arange(0.0, octaves + 1 / 12, 1 / 12)
    pitch = np.clip(np.log2(candidates / fmin_hz), 0.0, octaves)
    seen = _observations(probability, octaves, len(grid))
    back = np.zeros(seen.shape, np.int16)
    score = seen[0]
    states = np.arange(len(score))
    for start in range(1, len(seen), _BLOCK_FRAMES):
        stop = min(start + _BLOCK_FRAMES, len(seen))
        moves = _moves(pitch[start - 1 : stop], grid, reach, octaves)
        for frame in range(start, stop):
            scores = score[:, None] + moves[frame - start]
            back[frame] = scores.argmax(axis=0)
            score = scores[back[frame], states] + seen[frame]
    path = np.empty(len(seen), np.int64)
    path[-1] = score.argmax()
    for frame in range(len(seen) - 1, 0, -1):
        path[frame - 1] = back[frame, path[frame]]
    return np.where(path < candidates.shape[1], path, -1)


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
