"""What was extracted is read again, but not once the extraction is another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.data import AudioBank, prepare_tree
from speechgen.data.datasets import feature_cache
from speechgen.features import FeatureSettings, extract

CONTENT = FeatureSettings("content")


@pytest.fixture
def bank(tmp_path: Path, make_sound) -> AudioBank:
    make_sound(tmp_path / "corpus" / "a" / "1.wav")
    prepare_tree(tmp_path / "corpus", tmp_path / "data")
    return AudioBank(tmp_path / "data", CONTENT.sample_rate)


def test_frames_are_those_of_the_extraction_and_are_kept(bank: AudioBank, monkeypatch) -> None:
    frames = feature_cache.FrameBank(bank, CONTENT)
    first = frames.crop(0, 0, int(frames.counts[0]))
    np.testing.assert_array_equal(first, extract(CONTENT, bank.wave(0)).numpy())
    monkeypatch.setattr(feature_cache, "extract", None)  # nothing is extracted again
    again = feature_cache.FrameBank(bank, CONTENT)
    np.testing.assert_array_equal(again.crop(0, 0, len(first[0])), first)


def test_frames_of_an_older_extraction_are_not_taken(bank: AudioBank, monkeypatch) -> None:
    monkeypatch.setattr(feature_cache, "EXTRACTION_VERSION", feature_cache.EXTRACTION_VERSION - 1)
    monkeypatch.setattr(feature_cache, "extract", lambda *given: 0 * extract(*given))
    assert not feature_cache.FrameBank(bank, CONTENT).crop(0, 0, 5).any()
    monkeypatch.undo()
    assert feature_cache.FrameBank(bank, CONTENT).crop(0, 0, 5).any()
