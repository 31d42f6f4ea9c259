"""Scores of an enhancer on pairs, without writing the sound it makes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from speechgen.errors import SpeechgenError
from speechgen.evaluation.enhancement import SAMPLE_RATE
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.sources import Source, join
from speechgen.evaluation.summary import mean_of
from speechgen.metrics import ENHANCEMENT_METRICS, enhancement_scores
from speechgen.progress import track
from speechgen.workers import map_in_processes

Enhance = Callable[[np.ndarray], np.ndarray]


def score_enhancer(
    pairs: str | Path,
    enhance: Enhance,
    *,
    jobs: int | None = None,
    system: str = "",
    model: str | Path | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """Measure what ``enhance`` makes of the noisy side of ``pairs`` against the clean side.

    Parameters
    ----------
    pairs
        Data directory with noisy.scp.
    enhance
        From a noisy wave (time,) at 16 kHz to the clean one of the same shape.
    jobs
        Processes that measure; None or 0 takes one a core.
    system, model
        Name and model directory of what enhances, for the report.
    facts
        Further entries of the context.

    Returns
    -------
    dict
        ``mean``, ``files``, ``failed`` and ``context`` as of :func:`score_enhancement`.

    Raises
    ------
    SpeechgenError
        There are no such pairs.
    """
    started = time.monotonic()
    joined, failed = join(pairs, pairs)
    tasks: dict[str, tuple] = {}
    for name, (clean, noisy) in track(joined.items(), "enhancing"):
        try:
            tasks[name] = (clean, enhance(noisy.read(SAMPLE_RATE)))
        except SpeechgenError as error:
            failed[name] = str(error)
    results = map_in_processes(_score, tasks, jobs=jobs, label="scoring")
    files = {name: result for name, result in results.items() if isinstance(result, dict)}
    failed |= {name: result for name, result in results.items() if isinstance(result, str)}
    return {
        "mean": mean_of(files, ENHANCEMENT_METRICS),
        "files": files,
        "failed": dict(sorted(failed.items())),
        "context": make_context(
            "enhancement",
            data=pairs,
            estimator=f"mean over {len(files)} files, {SAMPLE_RATE // 1000} kHz",
            started=started,
            system=system,
            model=model,
            **facts,
        ),
    }


def _score(clean: Source, estimate: np.ndarray) -> dict[str, float] | str:
    """The scores of one file, or the reason why there are none."""
    try:
        wave = clean.read(SAMPLE_RATE)
        length = min(len(wave), len(estimate))
        return enhancement_scores(wave[:length], estimate[:length], SAMPLE_RATE)
    except (SpeechgenError, ValueError) as error:
        return str(error)
