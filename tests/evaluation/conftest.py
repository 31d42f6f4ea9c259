"""Speech-like sounds and small data directories for the tests of scoring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.data import DataDirectory, write_data_directory

RATE = 16000


def make_speechlike(f0_hz: float = 140.0, seconds: float = 1.5, seed: int = 0) -> np.ndarray:
    """Harmonic bursts with pauses and a faint hiss; the seed moves bursts and formant."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    formant = rng.uniform(500, 1500)
    harmonics = np.arange(1, int(7000 / f0_hz))
    gains = 1 / harmonics + np.exp(-(((harmonics * f0_hz - formant) / 200) ** 2))
    tone = np.sin(2 * np.pi * f0_hz * np.outer(time, harmonics)) @ gains
    gate = np.sin(2 * np.pi * 2.5 * time + rng.uniform(0, 6)) > -0.4
    return (0.08 * tone * gate + rng.normal(size=len(time)) * 1e-3).astype(np.float32)


@pytest.fixture
def speechlike() -> Callable[..., np.ndarray]:
    return make_speechlike


@pytest.fixture
def voices(tmp_path: Path) -> DataDirectory:
    """Data directory of three speakers, three utterances each, of unequal lengths."""
    folder = tmp_path / "voices"
    wavs, speakers = {}, {}
    for number, (speaker, f0_hz) in enumerate({"ann": 210.0, "bob": 110.0, "cyd": 150.0}.items()):
        for index in range(3):
            name = f"{speaker}_{index}"
            wavs[name], speakers[name] = folder / f"{name}.wav", speaker
            wave = make_speechlike(f0_hz, 1.0 + 0.13 * index, seed=10 * number + index)
            write(wavs[name], wave, RATE)
    return write_data_directory(folder, wavs, speakers)
