"""The sounds and data directories of the tests of scoring."""

from __future__ import annotations

from tests.evaluation.conftest import speechlike, voices

__all__ = ["speechlike", "voices"]
