"""From the frames of a path to times: what is known of where a frame lies, and where sound ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from speechgen.data.label_files import Label

#: frames by which a path is early: content tells what follows before it is heard
EARLY_FRAMES = 1.0
_LEAST_FRAMES = 0.5  # of a symbol that has any
_STEP, _WINDOW = 80, 256  # samples of levels: 5 and 16 ms at 16 kHz
_FLOOR, _TOP, _PART = 3.0, 95.0, 0.15  # percentiles of levels, and what of their distance sounds
_REACH_SECONDS = 0.12


def path_edges(path: np.ndarray, num_symbols: int, frame_seconds: float) -> np.ndarray:
    """(symbol + 1,) seconds: where each symbol of a path (frame,) begins, and the end of the last.

    They are moved by :data:`EARLY_FRAMES`, except where nothing would be left of the last symbols.
    """
    frames = np.searchsorted(path, np.arange(num_symbols + 1)).astype(float)
    edges = frames + EARLY_FRAMES * (frames > 0)
    edges[-1] = limit = float(len(path))
    for place in range(num_symbols - 1, -1, -1):
        if frames[place + 1] > frames[place]:
            limit -= _LEAST_FRAMES
        edges[place] = min(edges[place], limit)
        limit = edges[place]
    return np.asarray(edges * frame_seconds)


def sounding_ends(labels: Sequence[Label], wave: np.ndarray, sample_rate: int) -> list[Label]:
    """``labels``, of which those before a pause end with their sound.

    The marks between words and at the end of a sentence have frames of their own, which take what
    fades away; up to 120 ms of it, or what is before the next label, goes back to the label before.

    Parameters
    ----------
    labels
        In order, without overlaps.
    wave
        (time,) that they are of.
    """
    sounds = _sounds(wave)
    scale = sample_rate / _STEP
    limits = [label.begin_seconds for label in labels[1:]] + [len(wave) / sample_rate]
    moved = []
    for label, limit in zip(labels, limits, strict=True):
        end = label.end_seconds
        place, last = int(end * scale), int(min(limit, end + _REACH_SECONDS) * scale)
        while place < min(last, len(sounds)) and sounds[place]:
            place += 1
        moved.append(label._replace(end_seconds=min(max(end, place / scale), max(limit, end))))
    return moved


def _sounds(wave: np.ndarray) -> np.ndarray:
    """(step,) bool: whether something is heard, of the wave with its high part raised."""
    square = np.diff(wave.astype(np.float64), prepend=0.0) ** 2
    total = np.cumsum(np.pad(square, (1 + _WINDOW // 2, _WINDOW)))
    begin = np.arange(0, len(wave), _STEP)
    levels = 10 * np.log10((total[begin + _WINDOW] - total[begin]) / _WINDOW + 1e-12)
    floor, top = np.percentile(levels, [_FLOOR, _TOP])
    return np.asarray(levels > floor + _PART * (top - floor))
