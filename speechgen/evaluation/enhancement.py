"""Scores of enhanced speech, file by file and in the mean."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.audio import info
from speechgen.errors import SpeechgenError
from speechgen.evaluation.diagnosis import find_fault, summarize_faults, tell_lengths
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import Source, is_data_directory, join
from speechgen.evaluation.summary import intervals_of, mean_of
from speechgen.metrics import ENHANCEMENT_METRICS, enhancement_scores
from speechgen.workers import map_in_processes

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
        Processes; None or 0 takes one a core.
    system, model
        Name and model directory of the enhancer, for the report.

    Returns
    -------
    dict
        ``mean``: metric to mean over all files that could be measured; ``intervals``: metric to
        mean, low and high of its 95 % bootstrap interval, and utterances; ``files``: id to metric
        to value; ``failed``: id to reason (missing, unreadable, silent, under 0.5 s, lengths that
        differ by over 10 ms, a measure that is not defined); ``diagnosis``: dull causes of low
        scores, ``files`` as of :func:`speechgen.evaluation.diagnosis.find_fault` and ``notes`` on
        all of them; ``context``.

    Raises
    ------
    SpeechgenError
        A folder is missing or without sound, or there is no id in common.
    """
    started = time.monotonic()
    pairs, failed = join(clean, estimate)
    results = map_in_processes(_score_pair, pairs, jobs=jobs, label="scoring")
    measured = {name: result for name, result in results.items() if isinstance(result, tuple)}
    files = {name: scores for name, (scores, _) in measured.items()}
    faults = {name: fault for name, (_, fault) in measured.items() if fault}
    failed |= {name: result for name, result in results.items() if isinstance(result, str)}
    return {
        "mean": mean_of(files, ENHANCEMENT_METRICS),
        "intervals": intervals_of(files, ENHANCEMENT_METRICS),
        "files": files,
        "failed": dict(sorted(failed.items())),
        "diagnosis": {"notes": summarize_faults(faults, files, SAMPLE_RATE), "files": faults},
        "context": make_context(
            "enhancement",
            data=clean,
            estimator=f"mean over {len(files)} files, {SAMPLE_RATE // 1000} kHz",
            started=started,
            system=system or ("noisy" if is_data_directory(estimate) else Path(estimate).name),
            model=model,
        ),
    }


def _score_pair(clean: Source, estimate: Source) -> tuple[dict[str, float], dict[str, Any]] | str:
    """The scores of a pair and what is wrong with it, or the reason why there are none."""
    try:
        waves = [source.read(SAMPLE_RATE) for source in (clean, estimate)]
        rates = (info(clean.path).sample_rate, info(estimate.path).sample_rate)
        problem = _problem(*waves, stored_rate=rates[1])
        if problem:
            return problem
        length = min(len(wave) for wave in waves)
        scores = enhancement_scores(waves[0][:length], waves[1][:length], SAMPLE_RATE)
        return scores, find_fault(waves[0], waves[1], SAMPLE_RATE, rates)
    except (SpeechgenError, ValueError) as error:
        return str(error)


def _problem(clean: np.ndarray, estimate: np.ndarray, *, stored_rate: int) -> str | None:
    seconds = [len(wave) / SAMPLE_RATE for wave in (clean, estimate)]
    if min(seconds) < _SHORTEST_SECONDS:
        return f"too short: {min(seconds):.2f} s, at least {_SHORTEST_SECONDS} s are needed"
    for name, wave in (("clean", clean), ("estimate", estimate)):
        if np.sqrt(np.mean(np.square(wave, dtype=np.float64))) < _SILENCE_RMS:
            return f"silent: {name} is below -80 dB"
    if abs(seconds[0] - seconds[1]) > _TOLERANCE_SECONDS:
        return tell_lengths(clean, estimate, SAMPLE_RATE, stored_rate)
    return None
