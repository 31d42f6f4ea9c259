from __future__ import annotations

import librosa.filters
import numpy as np
import pytest
import torch

from speechgen.features import FeatureSettings, log_mel, mel_cepstra, mel_filters, stft_magnitude
from speechgen.features.spectrum import dct_matrix

SIZES = {"fft_samples": 64, "window_samples": 48, "hop_samples": 16}


@pytest.mark.parametrize("num_samples", [1, 5, 15, 16, 17, 33, 1000])
def test_frame_count_is_time_by_hop_rounded_up(num_samples: int) -> None:
    magnitude = stft_magnitude(torch.randn(num_samples), **SIZES)
    assert magnitude.shape == (33, -(-num_samples // 16))
    assert magnitude.isfinite().all()


def test_a_frame_is_the_windowed_transform_centred_on_its_samples() -> None:
    wave = torch.randn(320, dtype=torch.float64)
    window = torch.hann_window(48, dtype=torch.float64)
    frame = 7
    centre = frame * 16 + 8
    piece = wave[centre - 24 : centre + 24] * window
    expected = torch.fft.rfft(piece, 64).abs()
    found = stft_magnitude(wave, **SIZES)[:, frame]
    torch.testing.assert_close(found.double(), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("frame", [2, 5, 9])
def test_an_impulse_is_strongest_in_its_own_frame(frame: int) -> None:
    for place in (0, 8, 15):
        wave = torch.zeros(320)
        wave[frame * 16 + place] = 1.0
        energy = stft_magnitude(wave, **SIZES).square().sum(dim=0)
        assert energy[frame] >= 0.99 * energy.max()


def test_a_full_scale_sine_peaks_at_a_quarter_of_the_window() -> None:
    wave = torch.sin(2 * torch.pi * 8 / 64 * torch.arange(640))
    assert stft_magnitude(wave, **SIZES)[8, 10] == pytest.approx(12.0, rel=0.02)


def test_delay_by_a_hop_moves_frames_by_one() -> None:
    wave = torch.randn(2000)
    later = stft_magnitude(torch.cat([torch.randn(16), wave]), **SIZES)
    torch.testing.assert_close(later[:, 6:100], stft_magnitude(wave, **SIZES)[:, 5:99])


def test_mel_filters_are_those_of_librosa() -> None:
    """To 5e-6 of the largest weight.

    Their float32 powers round otherwise from one processor to another: 3e-6 and 4.1e-6 were seen.
    """
    for fft_samples, num_mels in ((512, 40), (1024, 80)):
        expected = librosa.filters.mel(sr=16000, n_fft=fft_samples, n_mels=num_mels)
        found = mel_filters(16000, fft_samples, num_mels, 0.0, 8000.0).numpy()
        np.testing.assert_allclose(found, expected, atol=5e-6 * expected.max())


def test_log_mel_moves_by_the_logarithm_of_the_gain() -> None:
    wave = torch.randn(8000) * 0.1
    settings = FeatureSettings("mel")
    shift = log_mel(2 * wave, settings) - log_mel(wave, settings)
    torch.testing.assert_close(shift, torch.full_like(shift, np.log(2.0)), atol=1e-4, rtol=0)


def test_cosine_transform_is_orthonormal() -> None:
    matrix = dct_matrix(40, 40)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(40), atol=1e-5, rtol=0)


def test_gain_changes_only_the_first_mel_cepstrum() -> None:
    wave = np.random.default_rng(0).normal(size=8000) * 0.1
    difference = mel_cepstra(2 * wave, 16000) - mel_cepstra(wave, 16000)
    assert difference.shape == (100, 25)
    np.testing.assert_allclose(difference[:, 0], np.log(2.0), atol=1e-4)
    np.testing.assert_allclose(difference[:, 1:], 0.0, atol=1e-4)


def test_mel_cepstra_expand_to_the_log_spectrum_in_nepers() -> None:
    """White noise through a one-zero filter: c1 stands for the tilt that the filter has."""
    noise = np.random.default_rng(0).normal(size=80000) * 0.05
    tilted = noise - 0.5 * np.concatenate([[0.0], noise[:-1]])
    difference = (mel_cepstra(tilted, 16000) - mel_cepstra(noise, 16000)).mean(axis=0)
    angle = np.pi * (np.arange(200) + 0.5) / 200
    curve = difference[0] + np.cos(np.outer(angle, np.arange(1, 25))) @ difference[1:]
    assert curve[0] == pytest.approx(np.log(0.5), abs=0.1)
    assert curve[-1] == pytest.approx(np.log(1.5), abs=0.1)


@pytest.mark.parametrize("shape", [(0,), (2, 100)])
def test_anything_but_one_wave_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shape"):
        stft_magnitude(torch.zeros(shape), **SIZES)
