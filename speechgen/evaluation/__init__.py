"""Scoring that needs a folder or a model, baselines, pictures and the report."""

from __future__ import annotations

from speechgen.evaluation.baselines import (
    apply_linear_filter,
    fit_linear_filter,
    linear_filter_baseline,
)
from speechgen.evaluation.enhancement import score_enhancement
from speechgen.evaluation.likelihood import bits_per_sample, score_likelihood
from speechgen.evaluation.pictures import draw_pictures
from speechgen.evaluation.plots import spectrogram_figure
from speechgen.evaluation.report import report, write_report
from speechgen.evaluation.results import find_results, make_context, write_result
from speechgen.evaluation.speakers import score_speakers
from speechgen.evaluation.synthesis import score_mean_spectrum, score_synthesis

__all__ = [
    "apply_linear_filter",
    "bits_per_sample",
    "draw_pictures",
    "find_results",
    "fit_linear_filter",
    "linear_filter_baseline",
    "make_context",
    "report",
    "score_enhancement",
    "score_likelihood",
    "score_mean_spectrum",
    "score_speakers",
    "score_synthesis",
    "spectrogram_figure",
    "write_report",
    "write_result",
]
