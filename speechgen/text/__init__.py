"""Text: from written words to phones."""

from __future__ import annotations

from speechgen.text.phonemiser import ENGLISH_PHONES, phonemise

__all__ = ["ENGLISH_PHONES", "phonemise"]
