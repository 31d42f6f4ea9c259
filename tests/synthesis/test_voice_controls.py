"""Every control of a voice is heard: the shipped models on real speech."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import read_mono
from speechgen.data import recording_features
from speechgen.features import FeatureSettings, f0
from speechgen.features.formants import formant_warp
from speechgen.features.pitch import mean_f0
from speechgen.metrics import cosine
from speechgen.store import load
from speechgen.synthesis import embed_wave, synthesize

Say = Callable[..., np.ndarray]


@pytest.fixture(scope="module")
def arctic(corpora: Path) -> Path:
    return corpora / "arctic"


@pytest.fixture(scope="module")
def references(arctic: Path) -> dict[str, str]:
    """A recording of each of two voices, of other words than are said."""
    return {name: f"{arctic}/{name}/arctic_a0023.flac" for name in ("bdl", "slt")}


@pytest.fixture(scope="module")
def say(arctic: Path) -> Say:
    """A man's words in a voice, by the default models."""
    said: dict[tuple, np.ndarray] = {}
    wave = read_mono(arctic / "bdl" / "arctic_a0011.flac", 16000)[:32000]

    def made(speaker: str, semitones: float = 0.0, formants: float = 1.0) -> np.ndarray:
        key = speaker, semitones, formants
        if key not in said:
            said[key] = synthesize(
                wave, speaker=speaker, semitones=semitones, formants=formants, device="cpu"
            )
        return said[key]

    return made


def _moved_by(moved: np.ndarray, copy: np.ndarray) -> np.ndarray:
    """Semitones between two waves in the frames that are voiced in both."""
    (high, one), (low, other) = (f0(wave, 16000, 256) for wave in (moved, copy))
    voiced = one & other
    assert voiced.mean() > 0.5
    return 12 * np.log2(high[voiced] / low[voiced])


@pytest.mark.parametrize("name", ["bdl", "slt"])
@pytest.mark.parametrize("semitones", [2.0, -2.0])
def test_a_vocoder_copies_higher_and_lower(arctic: Path, name: str, semitones: float) -> None:
    wave = read_mono(arctic / name / "arctic_a0011.flac", 16000)[:32000]
    copy, moved = (
        synthesize(wave, model="vocoder-small", semitones=value, device="cpu")
        for value in (0.0, semitones)
    )
    heard = _moved_by(moved, copy)
    assert np.median(heard) == pytest.approx(semitones, abs=0.1)
    assert (np.abs(heard - semitones) < 0.5).mean() > 0.8


def test_semitones_come_on_top_of_another_voice(references: dict[str, str], say: Say) -> None:
    voice = references["slt"]
    heard = _moved_by(say(voice, 2.0), say(voice))
    assert np.median(heard) == pytest.approx(2.0, abs=0.1)
    assert mean_f0(say(voice), 16000) > 1.3 * mean_f0(say(references["bdl"]), 16000)


def _factor_of(moved: np.ndarray, copy: np.ndarray) -> float:
    """By which the formants of two waves of the same words differ."""
    settings = FeatureSettings("mel", absolute_pitch=True)
    one, other = (recording_features(settings, wave, -26.0)[:80] for wave in (moved, copy))
    level = other.mean(dim=0)
    one, other = (mel[:, level > level.median()] for mel in (one, other))
    tried = np.exp(np.linspace(-0.3, 0.3, 31))
    left = [(formant_warp(each, settings) @ other - one)[:60] for each in tried]
    off = [(rest - rest.mean(dim=0)).abs().mean().item() for rest in left]
    return float(tried[np.argmin(off)])


@pytest.mark.parametrize("formants", [0.87, 1.15])
def test_formants_move_and_pitch_does_not(
    arctic: Path, references: dict[str, str], say: Say, formants: float
) -> None:
    wave = read_mono(arctic / "slt" / "arctic_a0011.flac", 16000)[:32000]
    copies = [
        synthesize(wave, model="vocoder-small", formants=value, device="cpu")
        for value in (1.0, formants)
    ]
    converted = [say(references["slt"], formants=value) for value in (1.0, formants)]
    for copy, moved in (copies, converted):
        assert _factor_of(moved, copy) == pytest.approx(formants, abs=0.03)
        assert abs(np.median(_moved_by(moved, copy))) < 0.1


def test_another_voice_is_heard_and_half_of_two_lies_between(
    references: dict[str, str], say: Say
) -> None:
    encoder = load("speaker-ecapa")
    vectors = [embed_wave(read_mono(path, 16000), encoder) for path in references.values()]
    one, other = references.values()
    near, half, far = (
        [float(cosine(embed_wave(say(voice), encoder), vector)) for vector in vectors]
        for voice in (one, f"{one}:0.5,{other}:0.5", other)
    )
    assert near[0] > near[1] + 0.2 and far[1] > far[0] + 0.2
    assert near[0] > half[0] > far[0] and far[1] > half[1] > near[1]
    low, between, high = (
        np.log(mean_f0(say(voice), 16000)) for voice in (one, f"{one}:0.5,{other}:0.5", other)
    )
    assert between == pytest.approx((low + high) / 2, abs=0.06)  # a semitone
