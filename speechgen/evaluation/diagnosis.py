"""Whether a low score of an enhanced file has a dull cause: delay, level, polarity, rate, clipping.

Where there is one, the file is measured a second time with delay, level and polarity set right, so
that one sees what the enhancer itself is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from speechgen.metrics import ENHANCEMENT_METRICS, enhancement_scores
from speechgen.metrics.mismatch import Mismatch, find_mismatch, shift_back

LOUDER_DB, SOFTER_DB = 2.0, 5.0  # less is an enhancer's own business: it takes speech with noise
_CLIPPED_SAMPLES = 10
_RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)

Fault = dict[str, Any]


def find_fault(
    clean: np.ndarray, estimate: np.ndarray, sample_rate: int, rates: tuple[int, int]
) -> Fault:
    """What is wrong with an estimate besides its quality; {} where nothing is.

    Parameters
    ----------
    clean, estimate
        (time,) at ``sample_rate``, not silent; lengths may differ a little.
    sample_rate
        Hz.
    rates
        At which the clean file and the estimate are stored, in Hz.

    Returns
    -------
    dict
        Those of ``lag_samples``, ``gain_db``, ``inverted``, ``clipped_samples``, ``samples_more``
        (than the clean file has; all at ``sample_rate``) and ``stored_rate`` (Hz, too low for the
        measures) that are out of order; ``mended``, measure to value with lag, level and polarity
        set right, where one of these is out of order and the measures are defined.
    """
    found = find_mismatch(clean, estimate, sample_rate)
    fault: Fault = {}
    if found.lag_samples:
        fault["lag_samples"] = found.lag_samples
    if not -SOFTER_DB <= found.gain_db <= LOUDER_DB:
        fault["gain_db"] = round(found.gain_db, 2)
    if found.inverted:
        fault["inverted"] = True
    if fault:
        fault["mended"] = _mended(clean, estimate, sample_rate, found)
    if found.clipped_samples >= _CLIPPED_SAMPLES:
        fault["clipped_samples"] = found.clipped_samples
    if len(clean) != len(estimate):
        fault["samples_more"] = len(estimate) - len(clean)
    if rates[1] < min(sample_rate, rates[0]):
        fault["stored_rate"] = rates[1]
    return fault


def tell_lengths(
    clean: np.ndarray, estimate: np.ndarray, sample_rate: int, stored_rate: int
) -> str:
    """One line on two lengths that differ too much, with the reason where it can be guessed.

    ``stored_rate`` is what the file of the estimate calls its rate, in Hz.
    """
    seconds = [len(wave) / sample_rate for wave in (clean, estimate)]
    text = f"lengths differ: clean {seconds[0]:.3f} s, estimate {seconds[1]:.3f} s"
    ratio = seconds[1] / seconds[0]
    for rate in _RATES:
        if rate != stored_rate and abs(stored_rate * ratio / rate - 1) < 0.002:
            return (
                f"{text}, {ratio:.2f} times as long; perhaps the estimate is at {rate} Hz and only"
                f" its header says {stored_rate} Hz"
            )
    lag = find_mismatch(clean, estimate, sample_rate).lag_samples
    return f"{text}; {_of_lag(lag, sample_rate)}" if lag else text


def summarize_faults(
    faults: dict[str, Fault], files: dict[str, dict[str, float]], sample_rate: int
) -> list[str]:
    """A sentence for every kind of fault, over all files.

    Parameters
    ----------
    faults
        File to what :func:`find_fault` found, where it found something.
    files
        File to measure to value, of all files that were scored.
    """
    kinds: dict[str, Callable[[Sequence[Any]], str]] = {
        "lag_samples": lambda values: _of_lags(values, sample_rate),
        "inverted": lambda values: "inverted in polarity, which SSNR and CBAK count as error",
        "gain_db": _of_levels,
        "clipped_samples": lambda values: (
            f"clipped: {sum(values)} samples in all are at full scale that are not so in the clean"
            " files"
        ),
        "samples_more": lambda values: (
            f"of another length, by {_span(values)} samples; what is over is not measured"
        ),
        "stored_rate": lambda values: (
            f"stored at {_span(values)} Hz, so that they lack the upper band of the clean files"
        ),
    }
    notes = []
    for key, tell in kinds.items():
        values = [fault[key] for fault in faults.values() if key in fault]
        if values:
            notes.append(f"{len(values)} of {len(files)} estimates: {tell(values)}")
    mended = {name: fault["mended"] for name, fault in faults.items() if fault.get("mended")}
    if mended:
        shown = [
            f"{metric} {np.mean([scores[metric] for scores in mended.values()]):.2f}"
            f" (now {np.mean([files[name][metric] for name in mended]):.2f})"
            for metric in ENHANCEMENT_METRICS
        ]
        notes.append(
            f"with lag, level and polarity set right, the mean of these {len(mended)}:"
            f" {', '.join(shown)}"
        )
    return notes


def _mended(
    clean: np.ndarray, estimate: np.ndarray, sample_rate: int, found: Mismatch
) -> dict[str, float] | None:
    here, there = shift_back(clean, estimate, found.lag_samples)
    gain = 10 ** (found.gain_db / 20) * (-1 if found.inverted else 1)
    try:
        return enhancement_scores(here, (there / gain).astype(np.float32), sample_rate)
    except ValueError:
        return None


def _of_lag(lag: int, sample_rate: int) -> str:
    direction = "late" if lag > 0 else "early"
    return f"{abs(lag)} samples {direction} ({1000 * abs(lag) / sample_rate:.1f} ms)"


def _of_lags(values: Sequence[int], sample_rate: int) -> str:
    if len(set(values)) == 1:
        return f"{_of_lag(values[0], sample_rate)}; remove the delay of the enhancer"
    ends = " to ".join(_of_lag(lag, sample_rate) for lag in (min(values), max(values)))
    return f"{ends}, median {np.median(values):.0f}; remove the delay of the enhancer"


def _of_levels(values: Sequence[float]) -> str:
    middle = float(np.median(values))
    direction = "louder" if middle > 0 else "softer"
    return f"{abs(middle):.1f} dB {direction}{_range(values)}, which SSNR and CBAK count as error"


def _range(values: Sequence[float]) -> str:
    return "" if len(values) == 1 else f" in the median ({_span(values)} dB)"


def _span(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
