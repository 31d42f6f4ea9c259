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


@pytest.mark.parametrize("speaker", ["bdl", "slt"])
def test_ours_agrees_with_it_on_real_speech(corpora: Path, speaker: str) -> None:
    """Half a semitone in the median, hardly an octave error, voicing alike in most frames."""
    path = sorted((corpora / "arctic" / speaker).rglob("*.flac"))[6]
    wave, rate = read(path, num_samples=48000)
    (ours, our_voicing), (theirs, voicing) = (track(wave[0], rate, HOP) for track in (f0, pyin_f0))
    both = our_voicing & voicing
    cents = 1200 * np.abs(np.log2(ours[both] / theirs[both]))
    assert both.sum() > 100
    assert np.median(cents) < 20
    assert np.mean(cents > 600) < 0.06
    assert np.mean(our_voicing != voicing) < 0.2
