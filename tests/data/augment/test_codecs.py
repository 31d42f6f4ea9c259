"""Codecs and clipping: in place, in length, and as rough as they are known to be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from speechgen.data.augment.codecs import CODECS, at_rate, clipped, coded, is_telephone

# Signal-to-noise ratio in dB of what a codec leaves of a coloured noise: at least, at most. G.711
# is good for 33 to 39 dB over most of its range (8-bit logarithmic quantisation).
EXPECTED = {
    "mu_law": (33, 40),
    "a_law": (33, 40),
    "gsm": (5, 15),
    "ima_adpcm": (15, 30),
    "ima_adpcm_wide": (15, 30),
}


def narrow_noise(num_samples: int, rate: int) -> np.ndarray:
    """Below 2.5 kHz, so that telephones pass it, and quiet at both ends."""
    rng = np.random.default_rng(0)
    wave = lfilter([0.1], [1, -0.9], rng.standard_normal(num_samples))
    spectrum = np.fft.rfft(wave)
    spectrum[np.fft.rfftfreq(num_samples, 1 / rate) > 2500] = 0
    wave = np.fft.irfft(spectrum, num_samples) * np.hanning(num_samples)
    return (0.5 * wave / np.abs(wave).max()).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize("codec", CODECS)
def test_codecs_keep_length_place_and_what_they_should(codec: str, rate: int) -> None:
    wave = narrow_noise(rate + 333, rate)
    decoded = coded(wave, rate, codec)
    assert decoded.shape == wave.shape and decoded.dtype == np.float32
    snr_db = 10 * np.log10(np.sum(wave**2) / np.sum((decoded - wave) ** 2))
    low, high = EXPECTED[codec]
    assert (
        low < snr_db < high + (15 if codec.startswith("ima") else 0)
    )  # oversampled tones are easy
    lags = range(-40, 41)
    products = [np.dot(wave[100:-100], np.roll(decoded, lag)[100:-100]) for lag in lags]
    assert lags[int(np.argmax(products))] == 0


def test_nothing_above_4_khz_passes_a_telephone() -> None:
    time = np.arange(16000) / 16000
    wave = (0.2 * np.sin(2 * np.pi * 5000 * time)).astype(np.float32)
    for codec in CODECS:
        left = np.abs(coded(wave, 16000, codec)[200:-200]).max()
        assert left < 0.01 if is_telephone(codec) else left > 0.1


@pytest.mark.parametrize("rates", [(16000, 8000), (8000, 16000), (44100, 8000), (48000, 8000)])
def test_resampling_a_tone_keeps_it(rates: tuple[int, int]) -> None:
    from_rate, to_rate = rates
    tone = np.sin(2 * np.pi * 1000 * np.arange(from_rate) / from_rate).astype(np.float32)
    expected = np.sin(2 * np.pi * 1000 * np.arange(to_rate) / to_rate)
    found = at_rate(tone, from_rate, to_rate)
    assert len(found) == to_rate
    np.testing.assert_allclose(found[400:-400], expected[400:-400], atol=0.01)


def test_clipping_is_as_deep_as_asked() -> None:
    wave = np.random.default_rng(1).standard_normal(5000).astype(np.float32)
    cut = clipped(wave, 6.0)
    limit = np.abs(wave).max() * 10 ** (-6 / 20)
    assert np.abs(cut).max() == pytest.approx(limit)
    quiet = np.abs(wave) < limit
    np.testing.assert_array_equal(cut[quiet], wave[quiet])
