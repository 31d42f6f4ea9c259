"""F0 and mel as a stream: those of the whole wave, and no later than they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import read_mono
from speechgen.features import FeatureSettings, extract, f0, log_mel
from speechgen.features.live_frames import LiveMel, LiveMelody
from speechgen.features.live_pitch import LivePitch
from speechgen.features.span_stream import PaddedStream
from speechgen.features.spectrum import as_wave, logarithm, pad_for_frames

SETTINGS = FeatureSettings("mel", absolute_pitch=True)
RATE, HOP, STEP = SETTINGS.sample_rate, SETTINGS.hop_samples, SETTINGS.hop_samples // 4


def pieces(wave: np.ndarray, seed: int = 0) -> list[np.ndarray]:
    cuts = np.cumsum(np.random.default_rng(seed).integers(0, 700, size=len(wave)))
    return np.split(wave, cuts[cuts < len(wave)])


def spoken(seconds: float = 1.5) -> np.ndarray:
    """A gliding buzz with pauses, in a little noise."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * np.cumsum(120 + 30 * np.sin(4 * time)) / RATE
    buzz = sum(np.sin(k * phase) / k for k in range(1, 20)) * (np.sin(9 * time) > -0.3)
    noise = np.random.default_rng(0).standard_normal(len(time))
    return (0.1 * buzz + 0.003 * noise).astype(np.float32)


def tracked(wave: np.ndarray, lag: int = 26, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    live = LivePitch(RATE, STEP, lag=lag)
    parts = [*(live.push(piece) for piece in pieces(wave, seed)), live.finish()]
    f0_hz, voicing = (np.concatenate(each) for each in zip(*parts, strict=True))
    return f0_hz, voicing


@pytest.mark.parametrize("samples", [0, 1, 300, 481, 543, 544, 545, 1023, 1024, 1025, 5000])
def test_a_padded_stream_is_the_padded_wave(samples: int) -> None:
    wave = np.arange(samples, dtype=np.float32) / 8192
    for span, hop in ((1024, 256), (1024, 64), (256, 256)):
        stream = PaddedStream(span, hop)
        made = [*(stream.push(piece) for piece in np.split(wave, range(1, samples, 97)))]
        made.append(stream.finish())
        whole = pad_for_frames(as_wave(wave), span, hop).numpy() if samples else wave
        np.testing.assert_array_equal(np.concatenate(made), whole)


def test_with_a_lag_longer_than_the_wave_it_is_the_whole_search() -> None:
    wave = spoken()
    for mine, theirs in zip(tracked(wave, lag=10_000), f0(wave, RATE, STEP), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("samples", [1, 60, 544, 600, 1100])
def test_short_waves_have_all_their_frames(samples: int) -> None:
    assert len(tracked(spoken()[:samples])[0]) == -(-samples // STEP)


def test_pieces_do_not_matter() -> None:
    wave = spoken()
    for mine, theirs in zip(tracked(wave, seed=1), tracked(wave, seed=2), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9)


def test_frames_are_decided_by_their_reach() -> None:
    wave, live = spoken(0.3), LivePitch(RATE, STEP, lag=9)
    for taken in range(1, len(wave) + 1):
        decided = len(live.push(wave[taken - 1 : taken])[0])
        late = taken - live.reach_samples
        assert decided == (late >= 0 and late % STEP == 0)


def test_mel_is_that_of_the_whole() -> None:
    for samples in (1, 500, 640, 4000):
        wave, live = spoken()[:samples], LiveMel(SETTINGS)
        parts = [*(live.push(piece) for piece in pieces(wave)), live.finish()]
        mel = logarithm(torch.cat([magnitudes for magnitudes, _ in parts], dim=1))
        torch.testing.assert_close(mel, log_mel(wave, SETTINGS), atol=1e-5, rtol=0)
        assert sum(len(power) for _, power in parts) == mel.shape[1]


def melody_of(wave: np.ndarray, within: int = 8 * HOP + 640) -> torch.Tensor:
    live = LiveMelody(SETTINGS, within)
    return torch.cat([*(live.push(piece) for piece in pieces(wave)), live.finish()], dim=1)


def test_melody_is_that_of_the_whole_where_there_is_one() -> None:
    wave = spoken()
    theirs, mine = extract(SETTINGS, wave)[-2:], melody_of(wave)
    assert mine.shape == theirs.shape and 0.2 < theirs[1].mean() < 0.9
    torch.testing.assert_close(mine[1], theirs[1])
    voiced = theirs[1] > 0
    torch.testing.assert_close(mine[0, voiced], theirs[0, voiced])


def test_a_pause_stays_at_the_height_before_it() -> None:
    melody = melody_of(spoken())
    height, voiced = melody[0], melody[1] > 0
    begun = int(voiced.nonzero()[0])
    for frame in range(begun + 1, len(height) - 1):
        if not voiced[frame]:
            assert height[frame] == height[frame + 1 if voiced[frame + 1] else frame - 1]


def test_melody_comes_within_the_samples_that_it_was_given() -> None:
    within = 8 * HOP + 640
    live, wave = LiveMelody(SETTINGS, within), spoken(0.5)
    assert live.reach_samples <= within
    known = 0
    for taken in range(HOP // 2, len(wave), HOP // 2):
        known += live.push(wave[taken - HOP // 2 : taken]).shape[1]
        assert known == max(0, (taken - live.reach_samples) // HOP + 1)


def test_real_speech_has_the_offline_f0(corpora: Path) -> None:
    """Where it differs, a breath before the first word was waited for too briefly."""
    wrong, cents = [], []
    for voice in ("bdl", "slt"):
        for number in ("0011", "0012"):
            wave = read_mono(corpora / "arctic" / voice / f"arctic_a{number}.flac", RATE)
            (mine, ours), (theirs, voicing) = tracked(wave), f0(wave, RATE, STEP)
            both = ours & voicing
            assert both.mean() > 0.4
            wrong.append((ours != voicing).mean())
            cents.append(1200 * np.abs(np.log2(mine[both] / theirs[both])))
    assert np.mean(wrong) < 0.03 and (np.concatenate(cents) > 5).mean() < 0.01
