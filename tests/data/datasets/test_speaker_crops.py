"""Crops of voices: speeds make further voices, augmentation is each crop's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from speechgen.audio import write
from speechgen.data import (
    AudioBank,
    AugmentationSettings,
    AugmentedMixtureDataset,
    SpeakerCropDataset,
    write_data_directory,
)

RATE, CROP = 16000, 8000
HEAVY = AugmentationSettings(
    speech_room_probability=1.0, codec_probability=0.5, band_limit_probability=0.5
)


@pytest.fixture
def bank(speech) -> AudioBank:
    return AudioBank(speech, RATE)


def test_a_speaker_at_another_speed_is_another_voice(bank: AudioBank) -> None:
    dataset = SpeakerCropDataset(
        bank, CROP, speakers_per_batch=15, crops_per_speaker=1, speeds=(0.9, 1.1)
    )
    names = bank.speaker_names
    faster = [f"{name} x{speed}" for speed in (0.9, 1.1) for name in names]
    assert dataset.voice_names == [*names, *faster]
    assert {dataset[i]["speaker_id"] for i in range(15)} == set(range(3 * len(names)))
    assert all(dataset[i]["wave"].shape == (CROP,) for i in range(15))


def test_speed_moves_the_pitch(tmp_path) -> None:
    time = np.arange(3 * RATE) / RATE
    wavs = {}
    for name, pitch_hz in (("low", 200.0), ("high", 500.0)):
        wavs[f"{name}-1"] = tmp_path / f"{name}.wav"
        write(wavs[f"{name}-1"], 0.3 * np.sin(2 * np.pi * pitch_hz * time)[None], RATE)
    folder = write_data_directory(
        tmp_path / "data", wavs=wavs, speakers={key: key.split("-")[0] for key in wavs}
    )
    dataset = SpeakerCropDataset(
        AudioBank(folder, RATE), RATE, speakers_per_batch=4, crops_per_speaker=1, speeds=(1.2,)
    )
    found = {}
    for i in range(4):
        item = dataset[i]
        spectrum = np.abs(np.fft.rfft(item["wave"].numpy() * np.hanning(RATE)))
        found[dataset.voice_names[item["speaker_id"]]] = int(spectrum.argmax())
    expected = {"high": 500, "low": 200, "high x1.2": 600, "low x1.2": 240}
    assert found.keys() == expected.keys()
    assert all(abs(found[name] - expected[name]) <= 2 for name in expected)


def test_crops_of_one_recording_do_not_share_their_channel(bank: AudioBank) -> None:
    mixtures = AugmentedMixtureDataset(
        bank, None, crop_samples=CROP, augmentation=HEAVY, equalise_speech_db=8.0, seed=9
    )
    options = {"speakers_per_batch": 2, "crops_per_speaker": 2, "speeds": (1.1,)}
    dataset = SpeakerCropDataset(bank, CROP, mixtures=mixtures, **options)
    again = SpeakerCropDataset(bank, CROP, mixtures=mixtures, **options)
    for i in (5, 0, 4):
        item = dataset[i]
        assert item["wave"].dtype == torch.float32 and item["wave"].shape == (CROP,)
        assert torch.equal(item["wave"], again[i]["wave"])
    first, second = dataset[0], dataset[1]
    assert first["speaker_id"] == second["speaker_id"]
    assert not torch.equal(first["wave"], second["wave"])
