"""Resampling of a live stream: at the right time, within milliseconds, whatever the pieces."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from speechgen.audio.prompt_resampling import PromptResampler

RATES = [(48000, 16000), (44100, 16000), (16000, 44100), (8000, 16000), (22050, 16000)]
RATES += [(47999, 16000), (16000, 47999)]  # no common divisor: taps are made as they are needed


@pytest.mark.parametrize(("before", "after"), RATES)
def test_a_tone_comes_out_at_its_time(before: int, after: int) -> None:
    wave = np.sin(2 * np.pi * 1000 * np.arange(before // 2 + 7) / before).astype(np.float32)
    (made,) = PromptResampler(before, after).process(wave[None], last=True)
    assert len(made) == -(-len(wave) * after // before)
    truth = np.sin(2 * np.pi * 1000 * np.arange(len(made)) / after)
    np.testing.assert_allclose(made[200:-200], truth[200:-200], atol=1e-5)


@pytest.mark.parametrize(("before", "after"), RATES)
def test_pieces_do_not_matter_and_little_is_held_back(before: int, after: int) -> None:
    rng = np.random.default_rng(0)
    wave = rng.standard_normal((2, 6000)).astype(np.float32)
    whole = PromptResampler(before, after, 2).process(wave, last=True)
    stream, made, taken = PromptResampler(before, after, 2), [], 0
    for piece in np.split(wave, np.cumsum(rng.integers(0, 300, size=30)), axis=1):
        made.append(stream.process(piece))
        taken += piece.shape[1]
        late = taken / before - sum(part.shape[1] for part in made) / after
        assert late < 33 / min(before, after)
    made.append(stream.process(wave[:, :0], last=True))
    np.testing.assert_allclose(np.concatenate(made, axis=1), whole, atol=1e-6)
    for channel, alone in zip(wave, whole, strict=True):
        (made_alone,) = PromptResampler(before, after).process(channel[None], last=True)
        np.testing.assert_allclose(made_alone, alone, atol=1e-5)


def test_what_the_lower_rate_cannot_hold_is_gone() -> None:
    wave = np.sin(2 * np.pi * 9000 * np.arange(48000) / 48000).astype(np.float32)
    (made,) = PromptResampler(48000, 16000).process(wave[None], last=True)
    assert np.abs(made[200:-200]).max() < 1e-3


def test_of_equal_rates_nothing_changes() -> None:
    wave = np.arange(5, dtype=np.float32)[None]
    assert PromptResampler(16000, 16000).process(wave) is wave


def test_neither_odd_rates_nor_long_chunks_take_much_memory() -> None:
    wave = np.zeros((1, 200_000), np.float32)
    tracemalloc.start()
    try:
        for before, after in ((16000, 999_983), (48000, 16000)):
            PromptResampler(before, after).process(wave[:, : 200_000 if after == 16000 else 300])
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()
