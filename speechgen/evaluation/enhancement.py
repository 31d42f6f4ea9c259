"""Scores of enhanced speech, file by file and in the mean."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.errors import SpeechgenError
from speechgen.evaluation.pool import map_in_processes
from speechgen.evaluation.results import make_context
from speechgen.evaluation.sources import Source, is_data_directory, join
from speechgen.metrics import ENHANCEMENT_METRICS, enhancement_scores

SAMPLE_RATE = 16000
_TOLERANCE_SECONDS = 0.010
_SHORTEST_SECONDS = 0.5
_SILENCE_RMS = 1e-4


def score_enhancement(
    clean: str | Path,
    estimate: str | Path,
    *,
    jobs: int | None = None,
    system: str = "",
    model: str | Path | None = None,
) -> dict[str, Any]:
    """Measure estimates against the clean files of the same id, at 16 kHz.

    Parameters
    ----------
    clean, estimate
        Folders of sound files (ids are names without suffix) or data directories; of a data
        directory with ``noisy.scp`` given as ``estimate`` the noisy side is measured.
    jobs
        Processes; None takes one a core.
    system, model
        Name and model directory of what made the estimates, for the report.

    Returns
    -------
    dict
        ``mean``: metric to mean over all files that could be measured; ``files``: id to metric to
        value; ``failed``: id to reason (missing, unreadable, silent, under 0.5 s, lengths that
        differ by over 10 ms, a measure that is not defined); ``context``.

    Raises
    ------
    SpeechgenError
        A folder is missing or without sound, or there is no id in common.
    """
    started = time.monotonic()
    pairs, failed = join(clean, estimate)
    results = map_in_processes(_score_pair, pairs, jobs=jobs, label="scoring")
    files = {name: result for name, result in results.items() if isinstance(result, dict)}
    failed |= {name: result for name, result in results.items() if isinstance(result, str)}
    return {
        "mean": mean_of(files, ENHANCEMENT_METRICS),
        "files": files,
        "failed": dict(sorted(failed.items())),
        "context": make_context(
            "enhancement",
            data=clean,
            estimator=f"mean over {len(files)} files, {SAMPLE_RATE // 1000} kHz",
            started=started,
            system=system or ("noisy" if is_data_directory(estimate) else Path(estimate).name),
            model=model,
        ),
    }


def mean_of(
    files: dict[str, dict[str, float]], metrics: tuple[str, ...] | list[str]
) -> dict[str, float | None]:
    """Mean of each metric over the files that have it; None where none has."""
    means: dict[str, float | None] = {}
    for metric in metrics:
        values = [scores[metric] for scores in files.values() if metric in scores]
        values = [value for value in values if value is not None and np.isfinite(value)]
        means[metric] = float(np.mean(values)) if values else None
    return means


def _score_pair(clean: Source, estimate: Source) -> dict[str, float] | str:
    """The scores of a pair, or the reason why there are none."""
    try:
        waves = [source.read(SAMPLE_RATE) for source in (clean, estimate)]
        problem = _problem(*waves)
        if problem:
            return problem
        length = min(len(wave) for wave in waves)
        return enhancement_scores(waves[0][:length], waves[1][:length], SAMPLE_RATE)
    except (SpeechgenError, ValueError) as error:
        return str(error)


def _problem(clean: np.ndarray, estimate: np.ndarray) -> str | None:
    seconds = [len(wave) / SAMPLE_RATE for wave in (clean, estimate)]
    if min(seconds) < _SHORTEST_SECONDS:
        return f"too short: {min(seconds):.2f} s, at least {_SHORTEST_SECONDS} s are needed"
    if abs(seconds[0] - seconds[1]) > _TOLERANCE_SECONDS:
        return f"lengths differ: clean {seconds[0]:.3f} s, estimate {seconds[1]:.3f} s"
    for name, wave in (("clean", clean), ("estimate", estimate)):
        if np.sqrt(np.mean(np.square(wave, dtype=np.float64))) < _SILENCE_RMS:
            return f"silent: {name} is below -80 dB"
    return None
