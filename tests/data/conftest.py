"""Small corpora and data directories made of generated sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechgen import audio
from speechgen.data import DataDirectory, prepare_noise, prepare_tree


def voice(seed: int, num_samples: int, sample_rate: int = 16000) -> np.ndarray:
    """Something like speech: a harmonic tone in syllables with pauses, and a little hiss."""
    rng = np.random.default_rng(seed)
    time = np.arange(num_samples) / sample_rate
    pitch = rng.uniform(90, 250)
    wave = sum(np.sin(2 * np.pi * k * pitch * time) / k for k in range(1, 9))
    syllables = np.clip(np.sin(2 * np.pi * 3 * time + rng.uniform(0, 6)), 0, None)
    return 0.1 * wave * syllables + 1e-4 * rng.standard_normal(num_samples)


@pytest.fixture
def make_sound() -> Callable[..., Path]:
    """Writes a file of "speech" and gives its path."""

    def make(path: Path, *, seed: int = 0, num_samples: int = 8000, rate: int = 16000) -> Path:
        audio.write(path, voice(seed, num_samples, rate), rate)
        return path

    return make


@pytest.fixture
def speech(tmp_path, make_sound) -> DataDirectory:
    """Five speakers with four utterances each, 0.5 to 2 s."""
    for speaker in range(5):
        for number in range(4):
            make_sound(
                tmp_path / "speech" / f"s{speaker}" / f"u{number}.wav",
                seed=10 * speaker + number,
                num_samples=8000 * (number + 1) + 37 * speaker,
            )
    return prepare_tree(tmp_path / "speech", tmp_path / "data" / "speech")


@pytest.fixture
def noise(tmp_path) -> DataDirectory:
    """Two classes of noise, one of them short, at two rates."""
    rng = np.random.default_rng(5)
    for name, num_samples, rate in [
        ("hiss/a", 40000, 16000),
        ("hiss/b", 120000, 48000),
        ("click/a", 3000, 16000),
        ("click/b", 5000, 16000),
    ]:
        wave = 0.01 * rng.standard_normal(num_samples)
        audio.write(tmp_path / "noise" / f"{name}.flac", wave, rate)
    return prepare_noise(tmp_path / "noise", tmp_path / "data" / "noise")
