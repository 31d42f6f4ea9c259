from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.features import FeatureSettings, extract
from speechgen.features.pitch_rows import hertz, mean_hertz, periods, pitch_rows, shifted


def test_rows_and_back() -> None:
    f0_hz = np.array([0.0, 100.0, 120.0, 0.0, 0.0, 240.0, 0.0])
    rows = torch.from_numpy(pitch_rows(f0_hz, f0_hz > 0))
    found = periods(rows, 16000)
    assert torch.equal(found > 0, torch.from_numpy(f0_hz > 0))
    wanted = 16000 / torch.from_numpy(f0_hz[f0_hz > 0]).float()
    torch.testing.assert_close(found[found > 0], wanted, rtol=1e-5, atol=0.0)
    heights = hertz(rows)
    assert heights[0] == heights[1] and 120 < heights[3] < heights[4] < 240  # interpolated
    torch.testing.assert_close(periods(shifted(rows, 2.0), 16000), found / 2)


def test_nothing_voiced() -> None:
    rows = torch.from_numpy(pitch_rows(np.zeros(4), np.zeros(4, bool)))
    assert not rows.any() and not periods(rows, 16000).any()


def test_the_mean_is_geometric_and_over_voiced_frames() -> None:
    f0_hz = np.array([100.0, 0.0, 0.0, 0.0, 400.0, 0.0])
    rows = pitch_rows(f0_hz, f0_hz > 0)
    assert mean_hertz(rows) == pytest.approx(200.0)
    assert mean_hertz(shifted(torch.from_numpy(rows), 1.5)) == pytest.approx(300.0)
    assert mean_hertz(np.zeros((2, 4), np.float32)) is None


def test_a_sine_has_its_period_in_both_kinds() -> None:
    """160 Hz at 16 kHz is a period of 100 samples, at any level."""
    wave = sum(np.sin(2 * np.pi * 160 * k * np.arange(16000) / 16000) / k for k in range(1, 9))
    for kind in ("mel", "content"):
        settings = FeatureSettings(kind, absolute_pitch=True)
        for gain in (0.01, 0.3):
            features = extract(settings, gain * wave)
            assert features.shape == (settings.num_features, settings.num_frames(16000))
            found = periods(features[-2:], 16000)[5:-5]
            torch.testing.assert_close(found, torch.full_like(found, 100.0), rtol=0, atol=0.5)


def test_mel_rows_stay_as_they_are() -> None:
    wave = 0.1 * np.random.default_rng(0).standard_normal(5000)
    plain = extract(FeatureSettings("mel"), wave)
    assert torch.equal(extract(FeatureSettings("mel", absolute_pitch=True), wave)[:-2], plain)
