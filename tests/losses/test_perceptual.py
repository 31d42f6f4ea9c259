"""The differentiable listener: it agrees with PESQ about real recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import read
from speechgen.losses import perceptual, perceptual_disturbance, wide_band_score
from speechgen.metrics import pesq_wb


def disturbance(estimate: np.ndarray, target: np.ndarray) -> float:
    return perceptual_disturbance(torch.from_numpy(estimate), torch.from_numpy(target)).item()


def test_the_calibration_tone_has_its_power() -> None:
    """P.862, section 10.1: a sine of 1 kHz and amplitude 29.54 has a power of 10^4 in its band."""
    time = torch.arange(32000) / 16000
    tone = 29.54 * torch.sin(2 * torch.pi * 1000.0 * time)
    frames = tone.unfold(-1, perceptual._FRAME, perceptual._HOP) * torch.hann_window(512)
    _, bank = perceptual._filters()
    powers = torch.fft.rfft(frames).abs().square().mean(0) @ bank / perceptual._HIGH_PASS_GAIN
    assert powers.max().item() == pytest.approx(1e4, rel=0.01)


def test_it_agrees_with_pesq_about_recordings(corpora: Path) -> None:
    """In order, and in value: the mapped score is PESQ's to a tenth in the root mean square."""
    folder = corpora / "paired" / "dns2020_no_reverb_part"
    ours, theirs = [], []
    for path in sorted((folder / "clean").iterdir())[::5]:
        clean, noisy = (read(folder / side / path.name)[0][0] for side in ("clean", "noisy"))
        for part in (1.0, 0.3, 0.1):
            estimate = clean + np.float32(part) * (noisy - clean)
            ours.append(disturbance(estimate, clean))
            theirs.append(pesq_wb(clean, estimate, 16000))
    mapped = wide_band_score(torch.tensor(ours)).numpy()
    assert np.corrcoef(mapped, theirs)[0, 1] > 0.99
    assert np.sqrt(np.mean(np.square(mapped - theirs))) < 0.12
    assert abs(np.mean(mapped) - np.mean(theirs)) < 0.06


def test_it_counts_quiet_noise_that_enhancement_leaves(corpora: Path) -> None:
    """Residual noise 25 dB below its old level costs what it costs PESQ, not nothing."""
    folder = corpora / "paired" / "dns2020_no_reverb_part"
    path = sorted((folder / "clean").iterdir())[3]
    clean, noisy = (read(folder / side / path.name)[0][0] for side in ("clean", "noisy"))
    estimate = clean + np.float32(10 ** (-25 / 20)) * (noisy - clean)
    ours = wide_band_score(torch.tensor(disturbance(estimate, clean))).item()
    assert ours == pytest.approx(pesq_wb(clean, estimate, 16000), abs=0.2)


def test_nothing_is_heard_between_equals_at_any_level() -> None:
    wave = torch.randn(2, 1, 16000)
    assert perceptual_disturbance(wave, wave).item() < 1e-2
    assert perceptual_disturbance(0.01 * wave, wave).item() < 1e-2


def test_what_is_added_counts_more_than_what_is_left_out() -> None:
    """Two tones of one level: one of them dropped, and one of them added."""
    time = torch.arange(16000) / 16000
    low, high = (torch.sin(2 * torch.pi * f * time)[None] for f in (500.0, 2500.0))
    added = perceptual_disturbance(low + 0.1 * high, low)
    dropped = perceptual_disturbance(low, low + 0.1 * high)
    assert added > 1.5 * dropped > 0


def test_the_scores_of_the_standards_mapping() -> None:
    assert wide_band_score(torch.tensor(0.0)).item() == pytest.approx(4.644, abs=1e-3)
    assert wide_band_score(torch.tensor(10.0)).item() == pytest.approx(0.999, abs=1e-3)


def test_silence_is_finite_and_short_signals_are_refused() -> None:
    for target in (torch.zeros(1, 8000), torch.randn(1, 8000)):
        estimate = torch.zeros(1, 8000, requires_grad=True)
        loss = perceptual_disturbance(estimate, target)
        loss.backward()
        assert loss.isfinite()
        assert estimate.grad.isfinite().all()
    with pytest.raises(ValueError, match="frames"):
        perceptual_disturbance(torch.zeros(1, 4000), torch.zeros(1, 4000))
