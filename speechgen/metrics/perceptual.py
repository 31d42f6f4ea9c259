"""PESQ and STOI, by their reference packages."""

from __future__ import annotations

import warnings

import numpy as np

_PESQ_RATE = 16000


def pesq_wb(clean: np.ndarray, estimate: np.ndarray, sample_rate: int) -> float:
    """Wide-band PESQ (ITU-T P.862.2), about 1 to 4.64; higher is better.

    Parameters
    ----------
    clean, estimate
        (time,), same length.
    sample_rate
        16000 Hz.

    Raises
    ------
    ValueError
        Another rate, or PESQ finds no speech or too little of it.
    """
    from pesq import PesqError, pesq

    if sample_rate != _PESQ_RATE:
        raise ValueError(f"wide-band PESQ is defined at {_PESQ_RATE} Hz, not {sample_rate}")
    if not np.any(clean) or not np.any(estimate):
        raise ValueError("PESQ: a silent signal has none")
    try:
        return float(pesq(sample_rate, clean, estimate, "wb"))
    except PesqError as error:
        reason = error.args[0] if error.args else type(error).__name__
        reason = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"PESQ: {reason}") from error


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

    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(short_time_intelligibility(clean, estimate, sample_rate))
        except RuntimeWarning as warning:
            raise ValueError("STOI: fewer than 30 frames of speech") from warning
