"""Recordings that PESQ's library cannot hold are divided in pauses; others are left whole."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read
from speechgen.metrics import pesq_wb
from speechgen.metrics.pesq_pieces import pieces, utterances
from speechgen.metrics.pesq_process import the_process
from speechgen.workers import map_in_processes

RATE = 16000


def words(count: int, spoken: float = 0.3, pause: float = 0.3) -> np.ndarray:
    """(time,): ``count`` harmonic bursts with pauses of digital silence between them."""
    time = np.arange(round(spoken * RATE)) / RATE
    tones = [sum(np.sin(2 * np.pi * f * k * time) / k for k in range(1, 12)) for f in (110, 170)]
    gap = np.zeros(round(pause * RATE))
    return 0.1 * np.concatenate([part for n in range(count) for part in (gap, tones[n % 2])])


def noisy(wave: np.ndarray, level: float = 0.003) -> np.ndarray:
    return wave + np.random.default_rng(0).normal(size=len(wave)) * level


def test_utterances_are_the_words() -> None:
    found = utterances(words(40))
    assert len(found) == 40
    begins = np.array([begin for begin, _ in found]) / RATE
    assert np.allclose(begins, 0.3 + 0.6 * np.arange(40), atol=0.03)


@pytest.mark.parametrize("count", [1, 30, 33, 100, 250])
def test_pieces_join_to_the_whole_and_are_small_enough(count: int) -> None:
    wave = words(count)
    parts = pieces(wave)
    assert (len(parts) == 1) == (count < 33)
    assert (parts[0].start, parts[-1].stop) == (0, len(wave))
    assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]
    for part in parts:
        assert len(utterances(wave[part])) <= 32
        assert part.stop - part.start <= 120 * RATE
        assert part.start == 0 or not wave[part.start - 100 : part.start + 100].any()


def test_minutes_without_a_pause_are_divided_all_the_same() -> None:
    minutes = np.random.default_rng(0).normal(size=250 * RATE)
    assert max(part.stop - part.start for part in pieces(minutes)) <= 120 * RATE


def test_a_recording_of_many_utterances_has_a_score() -> None:
    """More than the library holds: the score is between those of its better and worse half."""
    clean = words(70, 0.25, 0.25)
    half = len(clean) // 2
    estimate = np.concatenate([noisy(clean[:half], 0.0005), noisy(clean[half:], 0.01)])
    score = pesq_wb(clean, estimate, RATE)
    best = pesq_wb(clean[: 5 * RATE], estimate[: 5 * RATE], RATE)
    worst = pesq_wb(clean[-5 * RATE :], estimate[-5 * RATE :], RATE)
    assert worst + 0.2 < score < best - 0.2


def test_a_crash_of_the_library_is_an_error_and_the_next_pair_has_its_score() -> None:
    short = words(3)
    before = pesq_wb(short, noisy(short), RATE)
    process = the_process._process
    assert process is not None
    process.send_signal(signal.SIGSEGV)  # which the library sends itself
    process.wait()
    with pytest.raises(ValueError, match=r"PESQ: its library crashed \(SIGSEGV\)"):
        pesq_wb(short, noisy(short), RATE)
    assert pesq_wb(short, noisy(short), RATE) == before


def test_what_stands_in_the_way_is_said() -> None:
    clean = words(70, 0.25, 0.25)
    gap = noisy(clean)
    gap[: 20 * RATE] = 0.0
    with pytest.raises(ValueError, match=r"silent signal has none \(from 0\.0 to 1\d\.\d s\)"):
        pesq_wb(clean, gap, RATE)
    short = clean[RATE // 4 : RATE // 4 + RATE // 5]
    with pytest.raises(ValueError, match="1/4 of a second"):
        pesq_wb(short, short, RATE)
    with pytest.raises(ValueError, match="lengths differ"):
        pesq_wb(clean, clean[:-1], RATE)
    with pytest.raises(ValueError, match="NaN"):
        pesq_wb(clean, clean * np.nan, RATE)


def test_ordinary_recordings_have_the_librarys_own_score(corpora: Path) -> None:
    from pesq import pesq

    for path in sorted((corpora / "librispeech").rglob("*.opus"))[:2]:
        clean = read(path)[0][0, : 4 * RATE]
        estimate = noisy(clean).astype(np.float32)
        assert pesq_wb(clean, estimate, RATE) == pesq(RATE, clean, estimate, "wb")


def score_of(seed: int) -> float:
    wave = words(3)
    return pesq_wb(wave, wave + np.random.default_rng(seed).normal(size=len(wave)) * 0.003, RATE)


def test_a_fork_asks_a_process_of_its_own() -> None:
    here = score_of(0), score_of(1)
    found = map_in_processes(score_of, {"a": (0,), "b": (1,)}, jobs=2, label="scoring")
    assert (found["a"], found["b"]) == here
    assert score_of(0) == here[0]
