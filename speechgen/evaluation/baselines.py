"""The enhancement baseline: one fixed linear filter, the best there is in the mean square.

N. Wiener's filter with finitely many taps and a look-ahead of half of them, fitted to the training
mixtures by least squares: the normal equations are Toeplitz and hold sums of autocorrelations of
the noisy signals and of their cross-correlations with the clean ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.audio import write
from speechgen.errors import DataError
from speechgen.evaluation.sources import join, sources_by_id
from speechgen.progress import track

SAMPLE_RATE = 16000
TAPS = 257
_RIDGE = 1e-9


def fit_linear_filter(
    pairs: Iterable[tuple[np.ndarray, np.ndarray]], *, taps: int = TAPS
) -> np.ndarray:
    """The filter that brings the noisy signals nearest to the clean ones in squared error.

    Parameters
    ----------
    pairs
        (clean, noisy) waveforms (time,), the two of a pair equally long.
    taps
        Odd; the middle tap stands at delay zero.

    Returns
    -------
    ndarray
        (taps,), float64; for :func:`apply_linear_filter`.

    Raises
    ------
    DataError
        No pairs, or nothing but silence.
    """
    from scipy import fft
    from scipy.linalg import solve_toeplitz

    if taps < 1 or taps % 2 == 0:
        raise ValueError(f"taps must be odd, so that the filter has a centre, not {taps}")
    half = taps // 2
    auto, cross = np.zeros(taps), np.zeros(taps)
    for clean, noisy in pairs:
        size = fft.next_fast_len(len(noisy) + taps, real=True)
        noisy_spectrum = fft.rfft(np.asarray(noisy, np.float64), size)
        clean_spectrum = fft.rfft(np.asarray(clean, np.float64), size)
        auto += fft.irfft(np.abs(noisy_spectrum) ** 2, size)[:taps]
        correlation = fft.irfft(clean_spectrum * noisy_spectrum.conj(), size)
        cross += np.roll(correlation, half)[:taps]
    if auto[0] <= 0:
        raise DataError("a linear filter cannot be fitted to silence; give training mixtures")
    auto[0] *= 1 + _RIDGE
    return np.asarray(solve_toeplitz(auto, cross))


def apply_linear_filter(coefficients: np.ndarray, noisy: np.ndarray) -> np.ndarray:
    """Filter (time,) with a filter centred on delay zero: (time,), zeros beyond both ends."""
    from scipy.signal import fftconvolve

    half = len(coefficients) // 2
    return np.asarray(fftconvolve(noisy, coefficients)[half : half + len(noisy)])


def linear_filter_baseline(
    train_clean: str | Path,
    train_noisy: str | Path,
    noisy: str | Path,
    output: str | Path,
    *,
    taps: int = TAPS,
    limit: int | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Fit the filter to training mixtures and write what it makes of other noisy files.

    Parameters
    ----------
    train_clean, train_noisy
        Folders, or data directories (one with ``noisy.scp`` may be given as both).
    noisy
        Folder, or data directory whose noisy side is filtered.
    output
        Folder for ``ID.wav`` at 16 kHz, mono.
    taps
        Length of the filter.
    limit
        Fit to at most this many pairs.
    overwrite
        Replace files there.

    Returns
    -------
    dict
        ``filter`` (list of taps), ``pairs`` fitted to, ``written`` files.

    Raises
    ------
    SpeechgenError
        Something is missing or cannot be read or written.
    """
    pairs, _ = join(train_clean, train_noisy)
    chosen = list(pairs.values())[:limit]

    def waves() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for sources in track(chosen, "fitting the filter"):
            clean, mixture = (source.read(SAMPLE_RATE) for source in sources)
            length = min(len(clean), len(mixture))
            yield clean[:length], mixture[:length]

    coefficients = fit_linear_filter(waves(), taps=taps)
    targets = sources_by_id(noisy, noisy=True)
    for name, source in targets.items():
        filtered = apply_linear_filter(coefficients, source.read(SAMPLE_RATE))
        target = Path(output) / f"{name}.wav"
        write(target, np.clip(filtered, -1, 1), SAMPLE_RATE, overwrite=overwrite)
    return {"filter": coefficients.tolist(), "pairs": len(chosen), "written": len(targets)}
