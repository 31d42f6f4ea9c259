"""Speech made faster, slower and of another colour before it is mixed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from speechgen.audio import write
from speechgen.data import AudioBank, MixtureDataset, write_data_directory
from speechgen.data.augment.mixtures import played_at

RATE = 16000


@pytest.fixture
def tone(tmp_path: Path) -> AudioBank:
    """One speaker, who hums at 500 Hz."""
    wave = 0.3 * np.sin(2 * np.pi * 500 * np.arange(3 * RATE) / RATE)
    write(tmp_path / "a-1.wav", wave[None].astype(np.float32), RATE)
    data = write_data_directory(tmp_path / "d", {"a-1": tmp_path / "a-1.wav"}, {"a-1": "a"})
    return AudioBank(data, RATE)


def loudest_hz(wave: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(np.argmax(spectrum) * RATE / len(wave))


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.25])
def test_speed_moves_pitch(tone: AudioBank, speed: float) -> None:
    dataset = MixtureDataset(tone, None, crop_samples=8000, speed=(speed, speed))
    for index in range(3):
        item = dataset[index]
        assert item["clean"].shape == item["noisy"].shape == (1, 8000)
        assert loudest_hz(item["clean"][0].numpy()) == pytest.approx(500 * speed, abs=4)


def test_speed_one_is_the_recording() -> None:
    wave = np.random.default_rng(0).standard_normal(100).astype(np.float32)
    np.testing.assert_array_equal(played_at(wave, 1.0, 90), wave[:90])


def test_colour_is_put_on_speech_and_mixture_alike(tone: AudioBank) -> None:
    options = {"crop_samples": 8000, "snr_db": (200.0, 200.0), "equalise_speech_db": 6.0}
    item = MixtureDataset(tone, None, **options)[0]
    np.testing.assert_allclose(item["noisy"], item["clean"], atol=1e-5)


@pytest.mark.parametrize(
    "options, norms",
    [
        ({}, [(2.39694, 2.41293), (2.75037, 3.0192), (1.8464, 1.87135), (2.01613, 3.90936)]),
        (
            {"speed": (0.75, 1.33), "equalise_speech_db": 6.0},
            [(1.42871, 3.55869), (0.87563, 1.20201), (1.42351, 1.43848), (1.64519, 1.87779)],
        ),
    ],
)
def test_plain_mixtures_stay_what_published_models_were_trained_on(
    speech, noise, options, norms
) -> None:
    banks = AudioBank(speech, RATE), AudioBank(noise, RATE)
    dataset = MixtureDataset(*banks, crop_samples=4000, seed=3, **options)
    for index, expected in enumerate(norms):
        item = dataset[index]
        found = [float(item[side].square().sum().sqrt()) for side in ("clean", "noisy")]
        assert found == pytest.approx(expected, rel=1e-3)
