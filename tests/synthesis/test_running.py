"""Level and height of a source so far."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.features.pitch_rows import hertz, mean_hertz, pitch_rows
from speechgen.synthesis.running import RunningGain, RunningHeight, RunningOffset

FRAME = 0.016


@pytest.mark.parametrize("level_db", [-45.0, -26.0, -10.0])
def test_speech_of_any_level_comes_to_the_one_wanted(level_db: float) -> None:
    """Pauses do not count; and the gain moves by less than half a decibel a frame."""
    running = RunningGain(-26.0, FRAME)
    rng = np.random.default_rng(0)
    powers = 10 ** ((level_db + rng.uniform(-3, 3, 400)) / 10)
    powers[::3] = 1e-9
    gains = 20 * np.log10([running.after(power) for power in powers])
    assert abs(gains[-1] + level_db + 26.0) < 1.0
    assert np.abs(np.diff(gains, prepend=0.0)).max() < 0.5


def test_noise_before_speech_is_forgotten_and_silence_changes_nothing() -> None:
    running = RunningGain(-26.0, FRAME)
    assert {running.after(0.0) for _ in range(50)} == {1.0}
    for _ in range(100):
        running.after(1e-6)
    for _ in range(100):
        gain = running.after(10**-2.6)
    assert abs(20 * np.log10(gain)) < 0.5


def test_an_offset_goes_and_what_can_be_heard_stays() -> None:
    time = np.arange(16000) / 16000
    wave = (0.3 * np.sin(2 * np.pi * 60 * time)).astype(np.float32)
    running = RunningOffset(16000)
    made = np.concatenate([running.push(part) for part in np.split(wave + 0.2, [1, 77, 5000])])
    assert made[0] == 0 and abs(made[4000:].mean()) < 1e-3
    assert abs(20 * np.log10(made[4000:].std() / wave[4000:].std())) < 0.05


def rows(*hz: float) -> torch.Tensor:
    return torch.from_numpy(pitch_rows(np.array(hz), np.array(hz) > 0))


def test_the_mean_so_far_comes_to_the_target() -> None:
    hz = 100 * 2 ** (0.2 * np.sin(np.arange(600) / 7))
    moved = RunningHeight(200.0, None, 0.0, FRAME).moved(rows(*hz))
    assert mean_hertz(moved[:, 100:]) == pytest.approx(200.0, rel=0.02)
    factor = hertz(moved)[100:] / torch.from_numpy(hz)[100:]
    assert factor.max() / factor.min() < 1.05  # the melody keeps its shape


def test_a_known_height_and_semitones_move_by_one_factor() -> None:
    given = rows(90.0, 0.0, 120.0)
    for target, source, semitones, factor in (
        (200.0, 100.0, 0.0, 2.0),
        (None, None, 12.0, 2.0),
        (200.0, 100.0, 12.0, 4.0),
    ):
        moved = RunningHeight(target, source, semitones, FRAME).moved(given)
        torch.testing.assert_close(hertz(moved), factor * hertz(given))
        assert torch.equal(moved[1], given[1])
