"""pYIN on our frames: known tones, and our own tracker against it on real speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read
from speechgen.features import f0, pyin_f0

RATE, HOP = 16000, 160


def test_a_tone_has_its_frequency_in_every_frame_of_ours() -> None:
    time = np.arange(8000) / RATE
    wave = sum(np.sin(2 * np.pi * 150.0 * k * time) / k for k in range(1, 6)) * 0.2
    theirs, voicing = pyin_f0(wave, RATE, HOP)
    ours, our_voicing = f0(wave, RATE, HOP)
    assert theirs.shape == ours.shape == voicing.shape == (50,)
    inside = slice(3, -3)
    assert voicing[inside].all() and our_voicing[inside].all()
    np.testing.assert_allclose(theirs[inside], 150.0, rtol=0.01)


def test_where_it_changes_both_trackers_change_in_the_same_frame() -> None:
    """A glide of two octaves a second, 24 cents a frame: nowhere are they a frame apart."""
    time = np.arange(16000) / RATE
    phase = 2 * np.pi * np.cumsum(100.0 * 2 ** (2.0 * time)) / RATE
    wave = 0.2 * sum(np.sin(k * phase) / k for k in range(1, 6))
    (theirs, _), (ours, _) = pyin_f0(wave, RATE, HOP), f0(wave, RATE, HOP)
    both = (theirs > 0) & (ours > 0)
    both[:4] = both[-4:] = False
    assert both.sum() > 70
    assert abs(np.median(1200 * np.log2(ours[both] / theirs[both]))) < 20


def test_noise_and_silence_have_no_pitch() -> None:
    rng = np.random.default_rng(0)
    for wave in (np.zeros(8000), 0.1 * rng.standard_normal(8000)):
        f0_hz, voicing = pyin_f0(wave.astype(np.float32), RATE, HOP)
        assert np.mean(voicing) < 0.2
        assert np.isfinite(f0_hz).all() and (f0_hz[~voicing] == 0).all()


@pytest.mark.parametrize("noise_db", [None, -10.0], ids=["clean", "noisy"])
@pytest.mark.parametrize("sentence", ["bdl/arctic_a0023", "slt/arctic_a0041", "bdl/arctic_a0070"])
def test_ours_agrees_with_it_on_real_speech(
    corpora: Path, sentence: str, noise_db: float | None
) -> None:
    """Our tracker, on clean speech and in white noise, against pYIN on the clean."""
    clean = read(corpora / "arctic" / f"{sentence}.flac", num_samples=36000)[0][0]
    heard = clean
    if noise_db is not None:
        noise = np.random.default_rng(0).standard_normal(len(clean))
        heard = clean + noise * np.sqrt(np.mean(clean**2) * 10 ** (noise_db / 10))
    (theirs, voicing), (ours, our_voicing) = pyin_f0(clean, RATE, HOP), f0(heard, RATE, HOP)
    both = our_voicing & voicing
    cents = 1200 * np.abs(np.log2(ours[both] / theirs[both]))
    assert both.sum() > 80
    assert np.median(cents) < 5
    assert np.sqrt(np.mean(cents**2)) < 40
    assert not (cents > 900).any()
    assert np.mean(our_voicing != voicing) < (0.05 if noise_db is None else 0.12)


def test_ours_agrees_with_itself_at_any_level(corpora: Path) -> None:
    """As after levelling: whatever the gain, voicing is the same and F0 as good as so."""
    wave = read(corpora / "arctic" / "slt" / "arctic_a0054.flac")[0][0]
    f0_hz, voicing = f0(wave, RATE, 256)
    for gain in (0.02, 0.37, 2.9):
        louder_hz, louder_voicing = f0(wave * np.float32(gain), RATE, 256)
        np.testing.assert_array_equal(louder_voicing, voicing)
        np.testing.assert_allclose(louder_hz, f0_hz, rtol=1e-5)
