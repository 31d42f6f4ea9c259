"""The resampler: exact lengths, no delay, stream equal to whole, tones kept."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechgen.audio import StreamResampler, resample
from speechgen.errors import AudioError

RATES = [(48000, 16000), (16000, 48000), (44100, 16000), (16000, 44100), (8000, 16000)]


@settings(max_examples=40, deadline=None)
@given(
    rates=st.sampled_from([*RATES, (22050, 16000), (16000, 16000), (96000, 16000)]),
    sizes=st.lists(st.integers(0, 700), min_size=1, max_size=8),
    channels=st.integers(1, 3),
)
def test_stream_equals_whole_whatever_the_chunks(rates, sizes, channels) -> None:
    wave = np.random.default_rng(sum(sizes)).standard_normal((channels, sum(sizes)))
    wave = wave.astype(np.float32)
    stream = StreamResampler(*rates, channels)
    edges = np.cumsum([0, *sizes])
    chunks = [
        stream.process(wave[:, a:b], last=b == edges[-1] and i == len(sizes) - 1)
        for i, (a, b) in enumerate(itertools.pairwise(edges))
    ]
    whole = resample(wave, *rates)
    joined = np.concatenate(chunks, axis=1)
    assert joined.shape == whole.shape == (channels, -(-sum(sizes) * rates[1] // rates[0]))
    np.testing.assert_allclose(joined, whole, atol=1e-6)


@pytest.mark.parametrize("rates", RATES)
def test_a_click_stays_where_it_is(rates) -> None:
    """Zero delay: the centre of gravity of a smooth bump is at the same time before and after."""
    time = np.arange(rates[0]) / rates[0]
    bump = np.exp(-0.5 * ((time - 0.4321) / 0.002) ** 2)
    out = resample(bump, *rates)
    centre = float((out * np.arange(len(out))).sum() / out.sum() / rates[1])
    assert abs(centre - 0.4321) < 1e-6


@pytest.mark.parametrize("rates", RATES)
def test_tones_below_both_nyquists_survive_and_others_vanish(rates) -> None:
    def tone(frequency: float, rate: int) -> np.ndarray:
        return np.sin(2 * np.pi * frequency * np.arange(rate) / rate)

    low = 0.4 * min(rates)
    inner = slice(rates[1] // 10, -rates[1] // 10)
    kept = resample(tone(low, rates[0]), *rates)
    np.testing.assert_allclose(kept[inner], tone(low, rates[1])[inner], atol=1e-3)
    if rates[1] < rates[0]:
        gone = resample(tone(0.55 * rates[1], rates[0]), *rates)
        assert np.abs(gone[inner]).max() < 1e-4


def test_shapes_precision_and_errors() -> None:
    wave = np.zeros((2, 3, 480))
    assert resample(wave, 48000, 16000).shape == (2, 3, 160)
    assert resample(wave, 48000, 16000).dtype == np.float64
    assert resample(wave[0, 0].astype(np.float16), 48000, 16000).dtype == np.float32
    with pytest.raises(AudioError, match="pass wave / 32768"):
        resample(wave[0, 0].astype(np.int16), 48000, 16000)
    with pytest.raises(AudioError, match=r"pass wave\.T"):
        resample(np.zeros((480, 2)), 48000, 16000)
    assert resample(np.zeros((2, 0), np.float32), 8000, 16000).shape == (2, 0)
    same = resample(wave, 16000, 16000)
    assert same is not wave
    assert not np.shares_memory(same, wave)
    with pytest.raises(AudioError, match="no rate of sound"):
        StreamResampler(0, 16000, 1)
    with pytest.raises(AudioError, match=r"\(2, time\) was due"):
        StreamResampler(8000, 16000, 2).process(np.zeros((1, 5)))


@pytest.mark.parametrize("rates", [(48000, 16000), (16000, 48000), (44100, 16000)])
def test_it_is_as_exact_as_librosas_best(rates) -> None:
    """Against the Fourier method, exact for periodic signals: a chord and its images, in dB."""
    import librosa

    time = np.arange(rates[0]) / rates[0]
    chord = sum(np.sin(2 * np.pi * f * time) for f in (300.0, 1700.0, 5200.0)) / 4
    exact = librosa.resample(chord, orig_sr=rates[0], target_sr=rates[1], res_type="fft")
    ours = resample(chord[None], *rates)[0]
    polyphase = librosa.resample(chord, orig_sr=rates[0], target_sr=rates[1], res_type="polyphase")
    inside = slice(rates[1] // 10, -rates[1] // 10)  # the ends have no neighbours
    errors_db = [
        10 * np.log10(np.mean((one[inside] - exact[inside]) ** 2) / np.mean(exact[inside] ** 2))
        for one in (ours, polyphase)
    ]
    assert errors_db[0] < -85
    assert errors_db[0] < errors_db[1] - 10
