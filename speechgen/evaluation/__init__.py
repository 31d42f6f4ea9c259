"""Scoring that needs a folder or a model, baselines, pictures and the report."""

from __future__ import annotations

from speechgen.evaluation.enhancement import score_enhancement
from speechgen.evaluation.results import find_results, make_context, write_result

__all__ = ["find_results", "make_context", "score_enhancement", "write_result"]
