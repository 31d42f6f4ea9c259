"""Measures that follow ears, by models of others: naturalness, words, voice.

They come with the extra ``eval`` and with their weights in the packages; nothing is downloaded.
"""

from __future__ import annotations

from speechgen.metrics.listening.packages import (
    MEASURES,
    check_installed,
    choose_measures,
    installed_measures,
)
from speechgen.metrics.listening.words import word_errors, words_of

__all__ = [
    "MEASURES",
    "check_installed",
    "choose_measures",
    "installed_measures",
    "word_errors",
    "words_of",
]
