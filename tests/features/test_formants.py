"""Formants move by the factor that is asked for, harmonics and levels stay."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.errors import ConfigError
from speechgen.features import FeatureSettings, mel_filters
from speechgen.features.formants import check_formants, formant_warp, with_formants

SETTINGS = FeatureSettings("mel", absolute_pitch=True)


def mel_of(spectrum: np.ndarray) -> torch.Tensor:
    """(mel, 1) of magnitudes at the bins of the FFT."""
    filters = mel_filters(16000, 1024, 80, 0.0, 8000.0)
    return (filters @ torch.from_numpy(spectrum).float()).log()[:, None]


HERTZ = np.linspace(0.0, 8000.0, 513)


def resonances(*hertz: float) -> np.ndarray:
    return 1e-3 + sum(np.exp(-0.5 * ((HERTZ - place) / (0.15 * place)) ** 2) for place in hertz)


@pytest.mark.parametrize("factor", [0.8, 1.1, 1.25])
def test_resonances_move_by_the_factor(factor: float) -> None:
    moved = with_formants(mel_of(resonances(900.0, 2600.0)), formant_warp(factor, SETTINGS))
    wanted = mel_of(resonances(900.0 * factor, 2600.0 * factor))
    still = (mel_of(resonances(900.0, 2600.0)) - wanted).abs()
    assert (moved - wanted)[:70].abs().mean() < 0.35 * still[:70].mean()


def test_harmonics_stay() -> None:
    """What is finer than the envelope, of which there is little in the smooth spectrum here."""
    comb = mel_of(1.0 + 0.9 * np.cos(2 * np.pi * HERTZ / 160.0))
    moved = with_formants(comb, formant_warp(1.2, SETTINGS))
    low = slice(4, 24)  # where the bands are narrower than harmonics are far apart
    assert np.corrcoef(comb[low, 0], moved[low, 0])[0, 1] > 0.95


def test_what_is_flat_or_not_moved_stays() -> None:
    flat = torch.full((80, 3), -1.3)
    torch.testing.assert_close(with_formants(flat, formant_warp(1.3, SETTINGS)), flat)
    mel = torch.randn(2, 80, 3)
    torch.testing.assert_close(with_formants(mel, formant_warp(1.0, SETTINGS)[None]), mel)
    assert with_formants(mel, None) is mel


@pytest.mark.parametrize("factor", [0.4, 2.5, float("nan")])
def test_factors_out_of_range(factor: float) -> None:
    with pytest.raises(ConfigError, match=r"0\.5 to 2"):
        check_formants(factor)
