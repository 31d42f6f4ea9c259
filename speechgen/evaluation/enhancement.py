"""Scores of enhanced speech, file by file and in the mean."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.audio import info
from speechgen.errors import DataError, SpeechgenError
from speechgen.evaluation.diagnosis import find_fault, summarize_faults, tell_lengths
from speechgen.evaluation.listening import (
    ENHANCEMENT_MEASURES,
    hear_enhanced,
    listening_means,
    texts_of,
)
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import Source, is_data_directory, join, sources_by_id
from speechgen.evaluation.summary import intervals_of, mean_of
from speechgen.metrics import ENHANCEMENT_LISTENING, ENHANCEMENT_METRICS, enhancement_scores
from speechgen.metrics.listening import check_installed, words_of
from speechgen.workers import map_in_processes

SAMPLE_RATE = 16000
CLEAN = "clean speech"
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
    measures: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
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
    measures
        Further ones, of the extra ``eval``, which need no clean side: "dnsmos" (SIG, BAK and OVRL
        of P.835, and P.808) and "wer" (word error rate, over all words of the set in ``mean``).
    texts
        Id to what is said, for "wer"; None for the file text of the data directory ``clean``.

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
        A folder is missing or without sound, or there is no id in common; a measure is unknown, or
        what it needs is missing: its package, or for "wer" the texts.
    """
    check_installed(measures, ENHANCEMENT_MEASURES)
    started = time.monotonic()
    pairs, failed = join(clean, estimate)
    texts = _texts(clean, texts, list(pairs), measures)
    results = map_in_processes(_score_pair, pairs, jobs=jobs, label="scoring")
    measured = {name: result for name, result in results.items() if isinstance(result, tuple)}
    files = {name: scores for name, (scores, _) in measured.items()}
    faults = {name: fault for name, (_, fault) in measured.items() if fault}
    failed |= {name: result for name, result in results.items() if isinstance(result, str)}
    heard = {name: pairs[name][1] for name in files}
    hear_enhanced(heard, files, measures, texts, jobs=jobs)
    return {
        "mean": mean_of(files, ENHANCEMENT_METRICS) | listening_means(files),
        "intervals": intervals_of(files, (*ENHANCEMENT_METRICS, *ENHANCEMENT_LISTENING)),
        "files": files,
        "failed": dict(sorted(failed.items())),
        "diagnosis": {"notes": summarize_faults(faults, files, SAMPLE_RATE), "files": faults},
        "context": make_context(
            "enhancement",
            data=clean,
            estimator=_estimator(files),
            started=started,
            system=system or ("noisy" if is_data_directory(estimate) else Path(estimate).name),
            model=model,
        ),
    }


def score_clean(
    clean: str | Path,
    names: Sequence[str],
    *,
    measures: Sequence[str],
    jobs: int | None = None,
    texts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What ``measures`` hear in the clean files ``names`` themselves: what can be had at most.

    Parameters and result are those of :func:`score_enhancement`; of the measures that compare with
    a clean side there are none.
    """
    check_installed(measures, ENHANCEMENT_MEASURES)
    started = time.monotonic()
    sources = sources_by_id(clean)
    files: dict[str, dict[str, float]] = {name: {} for name in sorted(names)}
    texts = _texts(clean, texts, list(files), measures)
    hear_enhanced({name: sources[name] for name in files}, files, measures, texts, jobs=jobs)
    return {
        "mean": listening_means(files),
        "intervals": intervals_of(files, ENHANCEMENT_LISTENING),
        "files": files,
        "failed": {},
        "diagnosis": {"notes": [], "files": {}},
        "context": make_context(
            "enhancement", data=clean, estimator=_estimator(files), started=started, system=CLEAN
        ),
    }


def _texts(
    clean: str | Path, texts: Mapping[str, str] | None, names: list[str], measures: Sequence[str]
) -> Mapping[str, str]:
    """The texts for "wer"; DataError where none of the files has words."""
    if "wer" not in measures:
        return {}
    found = texts_of(clean) if texts is None else texts
    if not any(words_of(found.get(name, "")) for name in names):
        raise DataError(f"{clean}: the texts have no words of any of its files; ids must agree")
    return found


def _estimator(files: dict[str, dict[str, float]]) -> str:
    words = sum(int(scores.get("words", 0)) for scores in files.values())
    over = f", WER over {words} words" if words else ""
    return f"mean over {len(files)} files, {SAMPLE_RATE // 1000} kHz{over}"


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
