from __future__ import annotations

import numpy as np
import pytest

from speechgen.features.mel_statistics import mel_statistics


def test_level_does_not_matter_and_colour_does() -> None:
    wave = np.random.default_rng(0).standard_normal(16000)
    found = mel_statistics(0.1 * wave, 16000)
    assert found.shape == (160,)
    np.testing.assert_allclose(mel_statistics(0.001 * wave, 16000), found, atol=1e-4)
    dull = np.convolve(wave, [0.5, 0.5], mode="same")
    assert mel_statistics(dull, 16000)[79] < found[79] - 1


def test_deviations_follow_the_means() -> None:
    wave = 0.1 * np.random.default_rng(0).standard_normal(32000)
    steady = mel_statistics(wave, 16000)
    wave[:16000] *= 0.01
    changing = mel_statistics(wave, 16000)
    assert changing[80:].mean() > 4 * steady[80:].mean()
    # half of the frames lie 40 dB = 4.6 nats lower: so is the mean by 2.3, and the deviation is 2.3
    assert (steady - changing)[:80].mean() == pytest.approx(2.3, abs=0.2)
    assert changing[80:].mean() == pytest.approx(2.3, abs=0.2)
