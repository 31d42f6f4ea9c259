"""Levels before and after: known noise and known speech are measured as what they are."""

from __future__ import annotations

import numpy as np
import pytest

from speechgen.enhancement.batch.loudness_report import Meter

RATE = 16000


def scene(seconds: float = 10.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Bursts of a tone at -20 dB, a third of the time, and noise at -50 dB: (1, time) each."""
    time = np.arange(int(seconds * RATE)) / RATE
    speech = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 300 * time) * (time % 1.5 < 0.5)
    noise = 10 ** (-50 / 20) * np.random.default_rng(seed).standard_normal(len(time))
    return speech[None].astype(np.float32), noise[None].astype(np.float32)


def measure(before: np.ndarray, after: np.ndarray, piece: int = 100_000) -> dict:
    meter = Meter(RATE, len(before))
    for at in range(0, before.shape[1], piece):
        meter.process(before[:, at : at + piece], after[:, at : at + piece])
    return meter.result()


@pytest.mark.parametrize("gain_db", [0.0, -6.0, -20.0])
def test_noise_that_falls_is_measured_and_speech_is_told_apart_from_it(gain_db: float) -> None:
    speech, noise = scene()
    found = measure(speech + noise, speech + 10 ** (gain_db / 20) * noise)
    assert found["noise_reduction_db"] == pytest.approx(-gain_db, abs=0.3)
    assert found["speech_change_db"] == pytest.approx(0.0, abs=0.05)
    assert found["warnings"] == []
    found = measure(speech + noise, 10 ** (gain_db / 20) * speech + noise)
    assert found["speech_change_db"] == pytest.approx(gain_db, abs=0.1)
    assert found["noise_reduction_db"] == pytest.approx(0.0, abs=0.3)
    assert bool(found["warnings"]) == (gain_db < -6)


def test_pieces_and_offset_do_not_matter_and_channels_are_averaged() -> None:
    speech, noise = scene()
    before, after = speech + noise, speech + 0.1 * noise
    whole = measure(before, after)
    assert measure(before, after, 77) == whole
    assert measure(before + 0.2, after, 1000) == whole
    both = measure(np.concatenate([before, before]), np.concatenate([after, before]))
    assert 2.0 < both["noise_reduction_db"] < 3.5  # half of the energy is what it was


def test_an_output_that_is_nearly_silent_is_warned_of() -> None:
    speech, noise = scene()
    (warning, *_) = measure(speech + noise, 1e-4 * speech)["warnings"]
    assert "silent" in warning
    quiet = measure(1e-4 * (speech + noise), 1e-4 * speech)  # it was that quiet before
    assert not any("silent" in line for line in quiet["warnings"])


def test_samples_beyond_full_scale_are_counted() -> None:
    wave = np.array([[0.0, 1.0, -1.0, 1.0001, -2.0]], np.float32)
    found = measure(wave, wave)
    assert found["clipped_samples"] == 2
    assert "2 samples" in found["warnings"][0]


@pytest.mark.parametrize("length", [1, 319, 320, 321])
def test_nothing_is_said_of_what_cannot_be_known(length: int) -> None:
    silence = np.zeros((2, length), np.float32)
    found = measure(silence, silence)
    assert found["noise_reduction_db"] is None
    assert found["speech_change_db"] is None
    assert found["warnings"] == []
    steady = np.random.default_rng(0).standard_normal((1, 50_000)).astype(np.float32)
    assert measure(0.01 * steady, 0.001 * steady)["speech_change_db"] is None
