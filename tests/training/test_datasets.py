"""From ``data`` settings to mixtures: rooms, lengths and augmentation reach the items."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from speechgen.audio import write
from speechgen.data import AugmentedMixtureDataset, MixtureDataset
from speechgen.errors import ConfigError, DataError
from speechgen.training.composition import compose
from speechgen.training.datasets import data_settings, open_data
from speechgen.training.datasets.training_data import DataContext

RATE = 8000


@pytest.fixture
def rooms(tmp_path: Path) -> Path:
    wave = np.zeros((2, 2000), np.float32)
    wave[:, [50, 900]] = [[0.5, 0.4], [0.5, -0.4]]
    write(tmp_path / "rooms" / "r.wav", wave, RATE)
    return tmp_path / "rooms"


def context(window_samples: int | None = 4000) -> DataContext:
    return DataContext(RATE, window_samples, seed=3, validation_items=4, cache_dir=None)


def values(data: Path, **more) -> dict:
    names = {"train": str(data / "speech"), "noise": str(data / "noise")}
    return {"kind": "mixture"} | names | more


def test_without_augmentation_items_are_those_of_plain_mixtures(data: Path) -> None:
    opened = open_data(data_settings(values(data)), context())
    assert type(opened.dataset) is MixtureDataset
    again = MixtureDataset(
        opened.dataset.clean_bank, opened.dataset.noise_bank, crop_samples=4000, seed=3
    )
    assert torch.equal(opened.dataset[5]["noisy"], again[5]["noisy"])


def test_packaged_augmentation_reaches_the_dataset(data: Path, rooms: Path) -> None:
    words = [f"data.{key}={value}" for key, value in values(data).items()]
    words += ["experiment=segan", "output=x", "data=mixture_augmented", f"data.rooms={rooms}"]
    words += ["data.augmentation.room_seconds=0.2", "data.crop_seconds=0.25"]
    settings = data_settings(compose(words)["data"])
    opened = open_data(settings, context(None))
    dataset = opened.dataset
    assert isinstance(dataset, AugmentedMixtureDataset)
    assert (
        dataset.augmentation == settings.augmentation and dataset.augmentation.codec_probability > 0
    )
    assert dataset.rooms is not None and len(dataset.rooms) == 2
    assert max(len(response.wave) for response in dataset.rooms.responses) <= 0.2 * RATE + 8
    assert dataset[0]["noisy"].shape == (1, 2000)


def test_held_out_items_are_the_same_for_every_seed(data: Path) -> None:
    settings = data_settings(values(data, valid=str(data / "speech"), batch_size=2))
    first, second = (
        open_data(settings, dataclasses.replace(context(), seed=seed)) for seed in (3, 4)
    )
    assert not torch.equal(first.dataset[0]["noisy"], second.dataset[0]["noisy"])
    for one, other in zip(first.held_out, second.held_out, strict=True):
        assert torch.equal(one["noisy"], other["noisy"])


def test_held_out_mixtures_differ_from_those_of_training(data: Path) -> None:
    settings = data_settings(
        values(data, valid=str(data / "speech"), augmentation={}, batch_size=2)
    )
    opened = open_data(settings, context())
    assert [batch["noisy"].shape for batch in opened.held_out] == [(2, 1, 4000)] * 2
    assert not torch.equal(opened.held_out[0]["clean"][0], opened.dataset[0]["clean"])


@pytest.mark.parametrize(
    "more, kind, words",
    [
        ({"rooms": "/nowhere", "augmentation": {}}, DataError, "/nowhere: no such folder"),
        ({"rooms": "."}, ConfigError, "data.rooms: has an effect only with data.augmentation"),
        ({"augmentation": {"clip": 1}}, ConfigError, "data.augmentation: unknown key 'clip'"),
        ({"augmentation": {"clip_probability": 2}}, ConfigError, "clip_probability: needs 0 to 1"),
        ({"crop_seconds": 0}, ConfigError, "data.crop_seconds: needs a number above 0"),
    ],
)
def test_settings_that_cannot_be_are_refused(data: Path, more, kind, words) -> None:
    with pytest.raises(kind, match=words):
        data_settings(values(data, **more))


def test_a_model_without_window_needs_a_length(data: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.crop_seconds"):
        open_data(data_settings(values(data)), context(None))


def test_augmented_speakers_have_speeds_noise_and_rooms(data: Path, rooms: Path) -> None:
    words = ["experiment=speaker_ecapa", "output=x", "data.crop_seconds=0.25"]
    words += [f"data.train={data / 'speech'}", f"data.valid={data / 'speech'}"]
    words += [f"data.noise={data / 'noise'}", f"data.rooms={rooms}"]
    opened = open_data(data_settings(compose(words)["data"]), context(None))
    mixtures = opened.dataset.mixtures
    assert mixtures.noise_bank is not None and len(mixtures.rooms) == 2
    assert mixtures.augmentation.codec_probability > 0
    assert opened.speakers == [
        "ann", "ben", "cid", "ann x0.9", "ben x0.9", "cid x0.9", "ann x1.1", "ben x1.1", "cid x1.1",
    ]  # fmt: skip
    assert opened.batch_size == 9 * 2
    assert opened.dataset[0]["wave"].shape == (2000,)
    assert int(opened.held_out[0]["speaker_id"].max()) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"noise": "noise"}, "data.noise: has an effect only"),
        ({"rooms": "."}, "choose data: speakers_augmented"),
        ({"speeds": [1.0]}, "data.speeds: needs different speeds"),
        ({"speeds": [0.9, 0.9]}, "data.speeds"),
        ({"speeds": [3.0]}, "data.speeds"),
    ],
)
def test_settings_of_speakers_without_effect_are_refused(
    data: Path, more: dict, words: str
) -> None:
    more = {key: str(data / one) if isinstance(one, str) else one for key, one in more.items()}
    with pytest.raises(ConfigError, match=words):
        data_settings({"kind": "speakers", "train": str(data / "speech")} | more)


def test_a_text_model_may_be_told_a_part_of_speaker_vectors(data: Path) -> None:
    def arguments(**more) -> dict:
        names = {"train": str(data / "speech"), "converter": str(data / "converter")}
        features = {"kind": "mel", "absolute_pitch": True, "hop_samples": 80, "window_samples": 200,
                    "fft_samples": 256, "num_mels": 20}  # fmt: skip
        given = {"kind": "spoken", "speaker_vectors": str(data / "vectors.npz")} | names
        opened = open_data(data_settings(given | {"features": features} | more), context(None))
        assert opened.dataset[0]["speaker"].shape == (3,)
        return opened.model_arguments

    assert arguments()["speaker_features"] == 3
    assert arguments(told_features=2)["speaker_features"] == 2
    for number in (0, 4):
        with pytest.raises(ConfigError, match="told_features must be in"):
            arguments(told_features=number)
