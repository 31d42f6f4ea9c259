from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.features import f0
from speechgen.features.pitch import _mend_octaves

RATE, HOP = 16000, 160


def harmonics(f0_hz: np.ndarray, amplitudes: list[float]) -> np.ndarray:
    """A wave with the given course of F0 (time,) and amplitudes of its harmonics."""
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    return 0.1 * sum(a * np.sin((k + 1) * phase) for k, a in enumerate(amplitudes))


@pytest.mark.parametrize("hz", [70.0, 110.0, 220.0, 437.0])
def test_pulse_trains(hz: float) -> None:
    wave = harmonics(np.full(RATE, hz), [1.0 / (k + 1) for k in range(8)])
    f0_hz, voicing = f0(wave, RATE, HOP)
    assert voicing[3:-3].all()
    np.testing.assert_allclose(f0_hz[5:-5], hz, rtol=2e-3)


def test_a_missing_fundamental_is_found() -> None:
    wave = harmonics(np.full(RATE, 120.0), [0.0, 1.0, 1.0, 1.0])
    f0_hz, _ = f0(wave, RATE, HOP)
    np.testing.assert_allclose(f0_hz[5:-5], 120.0, rtol=5e-3)


def test_a_sweep_is_followed_at_the_right_frames() -> None:
    course = 100.0 * 2 ** (np.arange(2 * RATE) / RATE * 0.8)
    f0_hz, voicing = f0(harmonics(course, [1.0, 0.7, 0.5, 0.3]), RATE, HOP)
    truth = course[HOP // 2 :: HOP]
    assert voicing.mean() > 0.95
    np.testing.assert_allclose(f0_hz[voicing], truth[voicing], rtol=0.01)


def test_noise_and_silence_are_unvoiced() -> None:
    noise = np.random.default_rng(0).normal(size=RATE) * 0.1
    assert f0(noise, RATE, HOP)[1].mean() < 0.05
    f0_hz, voicing = f0(np.zeros(RATE), RATE, HOP)
    assert not voicing.any()
    assert not f0_hz.any()


def test_level_does_not_matter() -> None:
    wave = harmonics(np.full(RATE, 150.0), [1.0, 0.5])
    loud, quiet = f0(wave, RATE, HOP), f0(wave * 0.01, RATE, HOP)
    np.testing.assert_array_equal(loud[1], quiet[1])
    np.testing.assert_allclose(loud[0], quiet[0], rtol=1e-4)


def test_an_octave_jump_goes_back_or_falls_silent() -> None:
    difference = np.ones((9, 300))
    difference[:, 100] = difference[:, 200] = 0.1
    lag, voiced = np.full(9, 100), np.ones(9, bool)
    lag[4], lag[7] = 200, 200
    difference[7, 90:110] = 0.9  # nothing to go back to
    mended, voicing = _mend_octaves(difference, lag, voiced, 32, 267)
    assert mended[4] == 100
    np.testing.assert_array_equal(np.flatnonzero(~voicing), [7])


@pytest.mark.parametrize("num_samples", [1, 100, 160, 161, 4001])
def test_one_value_a_frame_at_any_length(num_samples: int) -> None:
    f0_hz, voicing = f0(np.ones(num_samples) * 0.1, RATE, HOP)
    assert f0_hz.shape == voicing.shape == (-(-num_samples // HOP),)
    assert np.isfinite(f0_hz).all()


def test_agrees_with_pyin_on_real_speech(corpora: Path) -> None:
    import librosa
    import soundfile

    for speaker in ("bdl", "slt"):
        path = sorted((corpora / "arctic" / speaker).rglob("*.flac"))[3]
        wave, rate = soundfile.read(path, dtype="float32", frames=32000)
        ours, voicing = f0(wave, rate, HOP)
        theirs, their_voicing, _ = librosa.pyin(
            wave, fmin=60, fmax=500, sr=rate, frame_length=1024, hop_length=HOP // 2
        )
        count = min(len(ours), len(theirs[1::2]))  # every other frame is centred on ours
        theirs, their_voicing = theirs[1::2][:count], their_voicing[1::2][:count]
        both = voicing[:count] & their_voicing
        error = np.abs(ours[:count][both] / theirs[both] - 1)
        assert both.sum() > 50
        assert error.mean() < 0.05
        assert (error > 0.2).mean() < 0.05
        assert (voicing[:count] == their_voicing).mean() > 0.75
