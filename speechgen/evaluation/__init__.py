"""Scoring that needs a folder or a model, baselines, and comparisons of scores."""

from __future__ import annotations

from speechgen.evaluation.alignment_scores import score_alignment
from speechgen.evaluation.baselines import (
    apply_linear_filter,
    fit_linear_filter,
    linear_filter_baseline,
)
from speechgen.evaluation.closed_set import score_closed_set
from speechgen.evaluation.compare_enhancers import compare_enhancements, score_enhancements
from speechgen.evaluation.compare_likelihoods import compare_likelihoods, score_likelihoods
from speechgen.evaluation.content import score_content
from speechgen.evaluation.enhancement import score_enhancement
from speechgen.evaluation.enhancers import score_enhancer
from speechgen.evaluation.likelihood import score_likelihood
from speechgen.evaluation.mean_spectrum import score_mean_spectrum
from speechgen.evaluation.provenance import make_context
from speechgen.evaluation.speakers import score_speakers
from speechgen.evaluation.synthesis import score_synthesis
from speechgen.evaluation.teacher_forced import bits_per_sample, held_out_nats, pcm16, pcm_intervals

__all__ = [
    "apply_linear_filter",
    "bits_per_sample",
    "compare_enhancements",
    "compare_likelihoods",
    "fit_linear_filter",
    "held_out_nats",
    "linear_filter_baseline",
    "make_context",
    "pcm16",
    "pcm_intervals",
    "score_alignment",
    "score_closed_set",
    "score_content",
    "score_enhancement",
    "score_enhancements",
    "score_enhancer",
    "score_likelihood",
    "score_likelihoods",
    "score_mean_spectrum",
    "score_speakers",
    "score_synthesis",
]
