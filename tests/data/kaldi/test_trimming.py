"""Trimming by segments: silence goes, speech stays, nothing is written anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read, write
from speechgen.data import load_data_directory, prepare_tree, read_utterance, trim_data, validate
from speechgen.data.kaldi.trimming import speech_bounds
from speechgen.errors import DataError
from speechgen.features import f0

RATE = 16000


@pytest.fixture
def padded(tmp_path: Path) -> Path:
    """A data directory with an utterance of 0.5 s of hiss, 1 s of a tone and 0.7 s of hiss."""
    rng = np.random.default_rng(0)
    wave = 1e-4 * rng.standard_normal(round(2.2 * RATE))
    time = np.arange(RATE) / RATE
    wave[RATE // 2 : RATE // 2 + RATE] += 0.3 * np.sin(2 * np.pi * 220 * time)
    write(tmp_path / "in" / "ann" / "one.wav", wave.astype(np.float32)[None], RATE)
    prepare_tree(tmp_path / "in", tmp_path / "data")
    return tmp_path / "data"


def test_what_stays_is_the_sound_and_its_margins(padded: Path, tmp_path: Path) -> None:
    trimmed = trim_data(padded, tmp_path / "out", margin_seconds=0.05)
    assert not validate(tmp_path / "out")
    (name,) = trimmed.ids
    assert trimmed.segments is not None
    assert trimmed.segments[name].start_seconds == pytest.approx(0.45, abs=0.04)
    assert trimmed.segments[name].end_seconds == pytest.approx(1.55, abs=0.04)
    wave, _ = read_utterance(trimmed, name)
    assert len(wave) / RATE == pytest.approx(trimmed.durations[name], abs=1e-3)
    whole, _ = read_utterance(load_data_directory(padded), name)
    start = round(trimmed.segments[name].start_seconds * RATE)
    np.testing.assert_array_equal(wave, whole[start : start + len(wave)])
    assert trimmed.wavs[name] == load_data_directory(padded).wavs[name]


def test_segments_are_trimmed_within_themselves(padded: Path, tmp_path: Path) -> None:
    once = trim_data(padded, tmp_path / "once", margin_seconds=0.4)
    twice = trim_data(tmp_path / "once", tmp_path / "twice", margin_seconds=0.05)
    (name,) = twice.ids
    assert twice.segments[name].recording == once.segments[name].recording
    assert twice.segments[name].start_seconds == pytest.approx(0.45, abs=0.04)


def test_silence_alone_stays_as_it_is() -> None:
    assert speech_bounds(np.zeros(8000, np.float32), RATE) == (0.0, 0.5)
    assert speech_bounds(np.zeros(10, np.float32), RATE) == (0.0, 10 / RATE)


@pytest.mark.parametrize(("top_db", "margin"), [(0.0, 0.1), (40.0, -1.0)])
def test_options_out_of_range_are_refused(
    padded: Path, tmp_path: Path, top_db: float, margin: float
) -> None:
    with pytest.raises(DataError, match="trimming"):
        trim_data(padded, tmp_path / "out", top_db=top_db, margin_seconds=margin)
    assert not (tmp_path / "out").exists()


def test_no_voiced_frame_of_real_speech_is_lost(corpora: Path) -> None:
    """VCTK as it was recorded: silence at both ends, all of it outside of what is voiced."""
    left_out = []
    for path in sorted((corpora / "vctk_sample").rglob("p225_*.flac"))[:6]:
        wave, rate = read(path)
        start, end = speech_bounds(wave[0], rate)
        _, voicing = f0(wave[0], rate, 160)
        voiced = np.flatnonzero(voicing) * 160 / rate
        assert start <= voiced[0] < voiced[-1] <= end <= wave.shape[-1] / rate
        left_out.append(wave.shape[-1] / rate - (end - start))
    assert max(left_out) > 0.1
