"""One job: a file enhanced, measured and drawn, and what is to be said of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from torch import nn

from speechgen.enhancement.batch.loudness_report import Meter
from speechgen.enhancement.batch.plan import Job, reason
from speechgen.enhancement.batch.spectrogram import Chart
from speechgen.enhancement.settings import Settings
from speechgen.enhancement.single import enhance_file
from speechgen.errors import SpeechgenError


def do_job(
    model: nn.Module,
    job: Job,
    settings: Settings,
    on_progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Do ``job``: the numbers of the file, or ``{"error": why}`` where it cannot be done."""
    about = job.about
    meter = Meter(about.sample_rate, about.channels)
    chart = None
    if job.chart is not None:
        chart = Chart(about.num_samples, about.sample_rate, about.channels)
    start = time.perf_counter()
    try:
        enhance_file(
            model,
            job.source,
            job.target,
            wet=settings.wet,
            max_attenuation_db=settings.max_attenuation_db,
            overwrite=job.replace,
            window_batch=settings.window_batch,
            device=settings.device,
            on_progress=on_progress,
            watchers=[meter] if chart is None else [meter, chart],
        )
        measures = describe(meter, time.perf_counter() - start)
        if chart is not None and job.chart is not None:
            chart.save(job.chart, overwrite=job.replace)
    except SpeechgenError as error:
        return {"error": reason(job.source, error)}
    return measures


def describe(meter: Meter, processing_seconds: float) -> dict[str, Any]:
    """The line of a report on what ``meter`` has seen.

    ``seconds`` of sound took ``processing_seconds``; their ratio is the ``real_time_factor``, below
    1 where it is faster than the sound. The rest as :meth:`.Meter.result`.
    """
    seconds = meter.num_samples / meter.sample_rate
    return {
        "seconds": round(seconds, 6),
        "sample_rate": meter.sample_rate,
        "channels": meter.channels,
        "processing_seconds": round(processing_seconds, 4),
        "real_time_factor": _significant(processing_seconds / max(seconds, 1e-9)),
        **meter.result(),
    }


def _significant(value: float, digits: int = 4) -> float:
    return round(value, digits - 1 - math.floor(math.log10(value))) if value > 0 else 0.0
