"""Rumble: where its energy lies, how it falls, and that mixtures get it when asked."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.data import AudioBank, write_data_directory
from speechgen.data.augment.background import Background
from speechgen.data.augment.config import AugmentationSettings
from speechgen.data.augment.noises import rumble
from speechgen.errors import ConfigError

RATE = 16000


def band_level_db(wave: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(wave)) ** 2
    frequencies = np.fft.rfftfreq(len(wave), 1 / RATE)
    return 10 * np.log10(power[(frequencies >= low_hz) & (frequencies < high_hz)].mean())


@pytest.mark.parametrize("corner_hz", [60.0, 300.0])
def test_it_is_flat_below_its_corner_and_falls_by_12_to_30_db_an_octave(corner_hz: float) -> None:
    falls = []
    for seed in range(30):
        wave = rumble(8 * RATE, RATE, corner_hz, np.random.default_rng(seed))
        assert wave.dtype == np.float32
        assert np.sqrt(np.mean(wave**2)) == pytest.approx(1.0, abs=1e-3)
        low = band_level_db(wave, 12, corner_hz / 3)
        assert low == pytest.approx(band_level_db(wave, corner_hz / 3, corner_hz / 2), abs=4.0)
        octaves = [band_level_db(wave, k * corner_hz * 0.95, k * corner_hz * 1.05) for k in (4, 8)]
        falls.append(octaves[0] - octaves[1])
    assert 10 < min(falls) < 16 and 24 < max(falls) < 32


def test_mixtures_get_it_beside_their_noise(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 3000 * np.arange(RATE) / RATE, dtype=np.float32)
    write(tmp_path / "a.wav", 0.1 * tone[None], RATE)
    write_data_directory(tmp_path, {"a": tmp_path / "a.wav"}, {"a": "a"})
    bank = AudioBank(tmp_path, RATE)
    chances = {"babble_probability": 0.0, "colour_probability": 0.0}
    for probability, number in ((0.0, 1), (1.0, 2)):
        augmentation = dataclasses.replace(
            AugmentationSettings(), rumble_probability=probability, rumble_db=(6.0, 6.0)
        )
        sounds = Background(bank, bank, 2 * RATE, augmentation, **chances)(
            np.random.default_rng(0), besides="nobody"
        )
        assert len(sounds) == number
    noise, low = (sound[0] for sound in sounds)
    assert 20 * np.log10(np.std(low) / np.std(noise)) == pytest.approx(6.0, abs=0.5)
    assert band_level_db(low, 20, 50) - band_level_db(low, 2900, 3100) > 40
    with pytest.raises(ConfigError, match="rumble_hz"):
        AugmentationSettings(rumble_hz=(400.0, 50.0))
