"""PESQ and STOI, by their reference packages."""

from __future__ import annotations

import warnings

import numpy as np

from speechgen.audio import as_pair, check_rate
from speechgen.metrics.pesq_pieces import RATE, pieces
from speechgen.metrics.pesq_process import the_process


def pesq_wb(clean: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Wide-band PESQ (ITU-T P.862.2), about 1 to 4.64; higher is better.

    A recording of more utterances than its library can hold (some 50) or of over two minutes is
    divided in pauses, and has the mean of its pieces, weighted by their length. The library works
    in a process of its own, so that a crash of it is an error of this call.

    Parameters
    ----------
    clean, estimate
        (time,), same length.
    sample_rate
        16000 Hz.

    Raises
    ------
    ValueError
        Another rate, lengths that differ, NaN, or PESQ finds no speech or too little of it.
    """
    if sample_rate != RATE:
        raise ValueError(f"wide-band PESQ is defined at {RATE} Hz, not {sample_rate}")
    clean, estimate = as_pair(clean, estimate)
    parts = pieces(clean)
    if len(parts) == 1:
        return _pesq_of(clean, estimate)
    scores = []
    for part in parts:
        try:
            scores.append(_pesq_of(clean[part], estimate[part]))
        except ValueError as error:
            span = f"from {part.start / RATE:.1f} to {part.stop / RATE:.1f} s"
            raise ValueError(f"{error} ({span})") from error
    return float(np.average(scores, weights=[part.stop - part.start for part in parts]))


def _pesq_of(clean: np.ndarray, estimate: np.ndarray) -> float:
    """PESQ of what its library can take whole."""
    if not np.any(clean) or not np.any(estimate):
        raise ValueError("PESQ: a silent signal has none")
    largest = max(np.abs(clean).max(), np.abs(estimate).max())
    scaled = [(wave / largest).astype(np.float32) for wave in (clean, estimate)]
    return the_process.score(*scaled)


def stoi(clean: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Short-time objective intelligibility (Taal et al. 2011), up to 1; higher is better.

    Parameters
    ----------
    clean, estimate
        (time,), same length.
    sample_rate
        Hz; resampled to 10 kHz inside.

    Raises
    ------
    ValueError
        There are fewer than 30 frames (0.4 s) of speech.
    """
    from pystoi import stoi as short_time_intelligibility

    clean, estimate = as_pair(clean, estimate)
    sample_rate = check_rate(sample_rate)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(short_time_intelligibility(clean, estimate, sample_rate))
        except RuntimeWarning as warning:
            raise ValueError("STOI: fewer than 30 frames of speech") from warning
